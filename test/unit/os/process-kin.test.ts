import { expect, test } from 'vitest'
import { descendantsOf, scanKin } from '../../../src/os/process-kin.ts'
import { stageKernel } from './staged-kernel.ts'

const root = { pid: 100, startTicks: 500, bootId: 'boot' }

function stage(parents: Readonly<Record<number, number>>) {
  const kernel = stageKernel()
  for (const pid of Object.keys(parents)) kernel.put({ pid: Number(pid) })
  return { kernel, scan: () => scanKin(kernel, (pid) => parents[pid] ?? null) }
}

test('descendants come breadth first, each once, without those of others', async () => {
  const { kernel, scan } = stage({ 100: 1, 20: 110, 110: 100, 120: 100, 21: 20, 200: 1, 201: 200 })
  const found = descendantsOf(kernel, [root], await scan())
  expect(found.map(({ pid }) => pid)).toEqual([110, 120, 20, 21])
  expect(found[0]).toEqual({ pid: 110, startTicks: 500, bootId: 'boot' })
})

test('several roots are one question, and none of them is an answer', async () => {
  const { kernel, scan } = stage({ 100: 1, 110: 100, 111: 110 })
  const both = [root, { ...root, pid: 110 }]
  expect(descendantsOf(kernel, both, await scan()).map(({ pid }) => pid)).toEqual([111])
})

test('the children of whoever has the number of a root by now are not its own', async () => {
  const { kernel, scan } = stage({ 100: 1, 110: 100 })
  const kin = await scan()
  kernel.put({ pid: 100, startTicks: 900 })
  expect(descendantsOf(kernel, [root], kin)).toEqual([])
})

test('the dead have no kin, and neither has who is gone before it is asked for its parent', async () => {
  const { kernel, scan } = stage({ 100: 1, 110: 100 })
  kernel.put({ pid: 120, dead: true })
  kernel.put({ pid: 130 })
  expect((await scan()).map(({ pid }) => pid)).toEqual([100, 110])
})

test('the start is read before the parent, so that a number that changes hands in between names nobody', async () => {
  const { kernel } = stage({ 100: 1, 110: 100 })
  const kin = await scanKin(kernel, (pid) => {
    // Between the two reads 110 ends, and a stranger with a parent of the same number has it.
    if (pid === 110) kernel.put({ pid: 110, startTicks: 900 })
    return 100
  })
  expect(kin.find(({ pid }) => pid === 110)?.startTicks).toBe(500)
})
