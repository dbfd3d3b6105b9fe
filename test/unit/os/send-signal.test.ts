import { expect, test } from 'vitest'
import { isSignal, signalGroup } from '../../../src/os/send-signal.ts'
import { stageKernel } from './staged-kernel.ts'

test.for([0, -0, 1, -1, -100, 1.5, Number.NaN, Infinity, undefined, null, '100'])(
  'a group with the number %j is never signalled',
  (pgid) => {
    const kernel = stageKernel()
    expect(signalGroup(kernel, pgid as number, 'SIGKILL')).toBe(false)
    expect(kernel.signals).toEqual([])
  },
)

test.for([-0, '', 'TERM', 'sigterm', 'toString', '__proto__', 9, -1, Number.NaN, undefined, null])(
  '%j is no signal',
  (value) => {
    expect(isSignal(value)).toBe(false)
  },
)

test('Node, as the negative control, takes a negative zero for our own group', () => {
  // A probe, of all signals: the others would reach this test too.
  expect(process.kill(-0, 0)).toBe(true)
})

test('0 and the names of signals are signals', () => {
  expect([0, 'SIGTERM', 'SIGKILL', 'SIGUSR1'].every(isSignal)).toBe(true)
})

test('a SIGTERM is followed by a SIGCONT, nothing else is', () => {
  const kernel = stageKernel()
  kernel.put({ pid: 100 })
  expect(signalGroup(kernel, 100, 'SIGTERM')).toBe(true)
  expect(signalGroup(kernel, 100, 'SIGHUP')).toBe(true)
  expect(signalGroup(kernel, 100, 0)).toBe(true)
  expect(kernel.signals).toEqual(['-100 SIGTERM', '-100 SIGCONT', '-100 SIGHUP'])
})

test('nobody there: nothing was delivered, and nothing is continued', () => {
  const kernel = stageKernel()
  expect(signalGroup(kernel, 100, 'SIGTERM')).toBe(false)
  expect(kernel.signals).toEqual(['-100 SIGTERM'])
})
