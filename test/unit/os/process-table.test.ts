import { expect, test } from 'vitest'
import { identify, isAlive } from '../../../src/os/identity.ts'
import { realKernel } from '../../../src/os/kernel.ts'
import { listPids, parseStat, parseUptimeTicks, readStat, readUptimeTicks } from '../../../src/os/process-table.ts'

const line = (comm: string, state = 'S') =>
  `42 (${comm}) ${state} 1 40 39 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 1000 10 18446744073709551615\n`

test.for(['sleep', 'a b', 'a) S 1 2 3', ') R 9 9 9 (', '((', 'two\nlines'])(
  'the fields are found whatever the name is: %j',
  (comm) => {
    expect(parseStat(line(comm))).toEqual({ pid: 42, dead: false, pgrp: 40, session: 39, startTicks: 123_456 })
  },
)

test('counted from the first parenthesis, as the negative control, a name can forge the fields', () => {
  const forged = line('a) S 1 2 3')
  const naive = forged.slice(forged.indexOf(')') + 2).split(' ')
  expect(Number(naive[19])).not.toBe(123_456)
})

test.for(['Z', 'X', 'x'])('a process in state %s is dead', (state) =>
  expect(parseStat(line('sh', state))?.dead).toBe(true),
)

test('what has not called exec since its fork is told from what has', () => {
  // PF_FORKNOEXEC in the flags, field 9 of proc(5).
  expect(parseStat(line('node').replace(' 4194560 ', ' 4194624 '))).toMatchObject({ pid: 42, forked: true })
  expect(parseStat(line('node'))).not.toHaveProperty('forked')
})

test('a thread of the kernel is told from a process', () => {
  expect(parseStat(line('kworker/0:0H').replace(' 4194560 ', ' 69238880 '))).toEqual({
    pid: 42,
    dead: false,
    pgrp: 40,
    session: 39,
    startTicks: 123_456,
    kernelThread: true,
  })
})

test.for(['', 'nonsense', '12 (half', '12 (short) S 1'])('%j is no stat line', (text) =>
  expect(parseStat(text)).toBeNull(),
)

test('the uptime is told in whole ticks, none of them lost to a float', () => {
  const seconds = Array.from({ length: 100_000 }, (_, ticks) => (ticks / 100).toFixed(2))
  expect(seconds.filter((text, ticks) => parseUptimeTicks(`${text} 1.00\n`) !== ticks)).toEqual([])
  // Negative control: rounded down, a process seems to have started after its leader's exit was seen.
  expect(Math.floor(Number.parseFloat('8596.72') * 100)).toBeLessThan(859_672)
  expect(seconds.filter((text, ticks) => Math.floor(Number.parseFloat(text) * 100) !== ticks).length).toBeGreaterThan(
    1_000,
  )
})

test('this process is found in the table, alive, and not younger than now', () => {
  const stat = readStat(process.pid)
  expect(stat).toMatchObject({ pid: process.pid, dead: false })
  expect(stat?.startTicks).toBeLessThanOrEqual(readUptimeTicks())
  expect(listPids()).toContain(process.pid)
})

test('no process has the number 2^22 + 1, the largest plus one', () => expect(readStat(2 ** 22 + 1)).toBeNull())

test('an identity is of one start: the same number with another start is not alive', () => {
  const kernel = realKernel()
  const identity = identify(kernel, process.pid)
  expect(identity).toMatchObject({ pid: process.pid, bootId: kernel.bootId })
  if (identity === null) return
  expect(isAlive(kernel, identity)).toBe(true)
  expect(isAlive(kernel, { ...identity, startTicks: identity.startTicks + 1 })).toBe(false)
})

test('without /proc nothing has an identity', () => {
  expect(identify({ ...realKernel(), bootId: null }, process.pid)).toBeNull()
})
