import { expect, test } from 'vitest'
import { createGroup } from '../../../src/os/group.ts'
import { createGroupWatch } from '../../../src/os/group-watch.ts'
import { createProcessScan } from '../../../src/os/process-scan.ts'
import { stageKernel } from './staged-kernel.ts'

function stage() {
  const kernel = stageKernel()
  const watch = createGroupWatch(kernel, createProcessScan(kernel))
  const wait = (pgid: number) =>
    new Promise<void>((resolve) => watch.add(createGroup(kernel, pgid, 'cookie', 1000), resolve))
  return { kernel, watch, wait }
}

/** Resolves after `count` more looks at group `pgid`: the handshake of these tests. */
function looks(kernel: ReturnType<typeof stageKernel>, pgid: number, count: number): Promise<void> {
  const { kill } = kernel
  return new Promise((resolve) => {
    kernel.kill = (pid, signal) => {
      if (pid === -pgid && signal === 0 && --count === 0) resolve()
      return kill(pid, signal)
    }
  })
}

test('a group that is no more is gone at the first look, without a walk over the processes', async () => {
  const { kernel, wait } = stage()
  await wait(100)
  expect(kernel.reads).toEqual({ lists: 0, stats: 0, environs: 0 })
})

test('a group of zombies is gone', async () => {
  const { kernel, wait } = stage()
  kernel.put({ pid: 101, pgrp: 100, session: 100, dead: true })
  expect(kernel.kill(-100, 0)).toBe('delivered')
  await wait(100)
})

test('a group is not gone while one of it lives, and is when it has ended', async () => {
  const { kernel, wait } = stage()
  kernel.put({ pid: 101, pgrp: 100, session: 100 })
  let gone = false
  const waiting = wait(100).then(() => (gone = true))
  await looks(kernel, 100, 5)
  expect(gone).toBe(false)
  kernel.put({ pid: 101, pgrp: 100, session: 100, dead: true })
  await waiting
})

test('while a known member lives only that one is looked at', async () => {
  const { kernel, wait } = stage()
  for (let pid = 1001; pid < 1100; pid++) kernel.put({ pid })
  kernel.put({ pid: 101, pgrp: 100, session: 100 })
  const waiting = wait(100)
  await looks(kernel, 100, 4)
  const before = { ...kernel.reads }
  await looks(kernel, 100, 3)
  expect(kernel.reads.lists).toBe(before.lists)
  expect(kernel.reads.stats - before.stats).toBeLessThanOrEqual(3)
  kernel.processes.clear()
  await waiting
})

test('a group whose number went to a stranger is gone, and the stranger untouched', async () => {
  const { kernel, wait } = stage()
  kernel.put({ pid: 100, startTicks: 2000 })
  await wait(100)
  expect(kernel.signals).toEqual([])
})

test('many groups share the walks', async () => {
  const { kernel, wait } = stage()
  for (let pgid = 1000; pgid < 1500; pgid++) kernel.put({ pid: pgid + 1000, pgrp: pgid, session: pgid, dead: true })
  await Promise.all(Array.from({ length: 500 }, (_, i) => wait(1000 + i)))
  // Two walks in a row find nobody, and each lists twice.
  expect(kernel.reads.lists).toBeLessThanOrEqual(3 * 2)
})

test('who stops waiting is told nothing, and nothing is armed any more', async () => {
  const { kernel, watch, wait } = stage()
  kernel.put({ pid: 101, pgrp: 100, session: 100 })
  let told = false
  const stop = watch.add(createGroup(kernel, 100, 'cookie', 1000), () => (told = true))
  await looks(kernel, 100, 2)
  stop()
  kernel.processes.clear()
  await wait(200)
  expect(told).toBe(false)
})
