import { expect, test } from 'vitest'
import { createProcessScan } from '../../../src/os/process-scan.ts'
import type { ProcessStat } from '../../../src/os/process-table.ts'
import { visitInSlices } from '../../../src/os/slices.ts'
import { stageKernel } from './staged-kernel.ts'

test('who asks in the same turn shares one walk, who asks during a walk gets one that began later', async () => {
  const kernel = stageKernel()
  kernel.put({ pid: 101 })
  const scan = createProcessScan(kernel)
  const ask = () => new Promise<readonly ProcessStat[]>((resolve) => scan.request(resolve))
  const [first, second] = await Promise.all([ask(), ask()])
  expect(first).toBe(second)

  const { stat } = kernel
  let during: Promise<readonly ProcessStat[]> | undefined
  kernel.stat = (pid) => {
    during ??= ask()
    return stat(pid)
  }
  const walk = await ask()
  expect(await during).not.toBe(walk)
})

test('a process that is forked during the walk by one that dies during the walk is found', async () => {
  const kernel = stageKernel()
  kernel.put({ pid: 101 })
  kernel.put({ pid: 102 })
  const { stat } = kernel
  kernel.stat = (pid) => {
    if (pid === 101) {
      kernel.processes.delete(102)
      kernel.put({ pid: 103 })
    }
    return stat(pid)
  }
  const stats = await new Promise<readonly ProcessStat[]>((resolve) => createProcessScan(kernel).request(resolve))
  expect(stats.map((each) => each.pid)).toEqual([101, 103])
})

test('a machine that never stops forking does not keep the walk going', async () => {
  const kernel = stageKernel()
  kernel.put({ pid: 101 })
  const { stat } = kernel
  kernel.stat = (pid) => {
    kernel.put({ pid: pid + 1 })
    return stat(pid)
  }
  await new Promise((resolve) => createProcessScan(kernel).request(resolve))
  expect(kernel.reads.lists).toBeLessThan(10)
})

function busyFor<T>(ms: number, value: T): T {
  const end = performance.now() + ms
  while (performance.now() < end) void 0
  return value
}

test('a long visit gives the event loop its turns, and visits everything once', async () => {
  let turns = 0
  const count = (): void => {
    turns++
    ticking = setImmediate(count)
  }
  let ticking = setImmediate(count)
  const visited: number[] = []
  await new Promise<void>((resolve) => {
    visitInSlices([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], (item) => visited.push(busyFor(0.5, item)), resolve)
  })
  clearImmediate(ticking)
  expect(visited).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  expect(turns).toBeGreaterThan(1)
})
