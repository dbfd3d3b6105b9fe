import { expect, test } from 'vitest'
import { runWithChosenPids, skipsWithoutChosenPids } from '../support/chosen-pids.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'

expectNoLeaks()

const skips = skipsWithoutChosenPids('the adoption of a reused pid')
const adopt = (...args: readonly string[]): unknown => runWithChosenPids('processes/adopts-reused-pid.ts', ...args)

test.skipIf(skips)(
  'whoever has the pid of a life that is over is no part of it: it is told as over, and nobody is signalled',
  () => {
    expect(adopt()).toEqual({
      reused: true,
      differs: true,
      look: 'gone',
      delivered: [false, false, false, false],
      found: [],
      seen: ['exited', 'drained', 'gone', 'swept'],
      strangerLives: true,
    })
  },
)

test.skipIf(skips)(
  'negative control: on a kernel that tells a stranger for the dead, the stranger is signalled and dies',
  () => {
    expect(adopt('unchecked')).toMatchObject({ reused: true, differs: true, strangerLives: false })
  },
)
