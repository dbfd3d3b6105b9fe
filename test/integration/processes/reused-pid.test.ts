import { expect, test } from 'vitest'
import { runWithChosenPids, skipsWithoutChosenPids } from '../support/chosen-pids.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'

expectNoLeaks()

test.skipIf(skipsWithoutChosenPids('the reuse of a pid'))(
  'whoever is given the pid of a process that has ended is never signalled in its place, and without the check dies',
  () => {
    expect(runWithChosenPids('processes/reused-pid.ts')).toEqual({
      reused: true,
      differs: true,
      stop: 'ERR_IDENTITY_MISMATCH',
      stopAlone: 'ERR_IDENTITY_MISMATCH',
      stopKnown: 'exited',
      find: 'ERR_IDENTITY_MISMATCH',
      tree: 'ERR_IDENTITY_MISMATCH',
      wait: 'resolved',
      signal: false,
      livesWithTheCheck: true,
      // Negative control: the bare number reaches the stranger.
      livesWithoutIt: false,
    })
  },
)
