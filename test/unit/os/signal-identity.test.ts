import { expect, test } from 'vitest'
import type { ProcessIdentity } from '../../../src/events/identity.ts'
import { signalIdentity } from '../../../src/os/signal-identity.ts'
import { stageKernel } from './staged-kernel.ts'

const identity = { pid: 100, startTicks: 500, bootId: 'boot' }

function stage() {
  const kernel = stageKernel()
  kernel.put({ pid: 100 })
  return kernel
}

test('the process that is meant is signalled, alone or with its group; a SIGCONT follows a SIGTERM', () => {
  const kernel = stage()
  expect(signalIdentity(kernel, identity, 'SIGHUP', 'process')).toBe(true)
  expect(signalIdentity(kernel, identity, 'SIGTERM', 'process')).toBe(true)
  expect(signalIdentity(kernel, identity, 'SIGTERM', 'group')).toBe(true)
  expect(signalIdentity(kernel, identity, 0, 'group')).toBe(true)
  expect(kernel.signals).toEqual(['100 SIGHUP', '100 SIGTERM', '100 SIGCONT', '-100 SIGTERM', '-100 SIGCONT'])
})

const others: readonly (readonly [string, ProcessIdentity])[] = [
  ['another start', { ...identity, startTicks: 499 }],
  ['another boot', { ...identity, bootId: 'earlier' }],
  ['another number', { ...identity, pid: 101 }],
  ...[0, -0, -1, -100, 1, 1.5, Number.NaN, process.pid].map((pid) => [`pid ${pid}`, { ...identity, pid }] as const),
]

test.each(others)('nobody is signalled for an identity with %s', (_, other) => {
  const kernel = stage()
  // Whatever the number is, there would be somebody to hit.
  kernel.stat = () => ({ pid: 100, dead: other.pid === 101, pgrp: 100, session: 100, startTicks: 500 })
  for (const to of ['process', 'group'] as const) {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) expect(signalIdentity(kernel, other, signal, to)).toBe(false)
  }
  expect(kernel.signals).toEqual([])
})

test('a zombie is signalled no more, and no SIGCONT goes to whoever has the number after the SIGTERM', () => {
  const kernel = stage()
  kernel.put({ pid: 100, dead: true })
  expect(signalIdentity(kernel, identity, 'SIGTERM', 'process')).toBe(false)
  kernel.put({ pid: 100 })
  const { kill } = kernel
  kernel.kill = (pid, signal) => {
    const result = kill(pid, signal)
    if (signal === 'SIGTERM') kernel.put({ pid: 100, startTicks: 900 })
    return result
  }
  expect(signalIdentity(kernel, identity, 'SIGTERM', 'process')).toBe(true)
  expect(kernel.signals).toEqual(['100 SIGTERM'])
})
