import { expect, test } from 'vitest'
import { assertIdentities } from '../../../src/processes/assert-identities.ts'
import { followFamily } from '../../../src/processes/family.ts'
import { stageKernel, type StagedProcess } from '../os/staged-kernel.ts'

type Relative = Partial<StagedProcess> & { readonly pid: number; readonly parent: number }

/** Processes on paper with parents. All are of the one session 7, which none of them leads, unless it is said. */
function stage(...relatives: readonly Relative[]) {
  const kernel = stageKernel()
  const parents = new Map<number, number>()
  const put = ({ parent, ...process }: Relative): void => {
    kernel.put({ session: 7, ...process })
    parents.set(process.pid, parent)
  }
  /** Ends and is reaped; its children go to init. */
  const end = (pid: number): void => {
    kernel.processes.delete(pid)
    for (const [child, parent] of parents) if (parent === pid) parents.set(child, 1)
  }
  for (const relative of relatives) put(relative)
  assertIdentities(kernel)
  const root = { pid: 100, startTicks: 500, bootId: 'boot' }
  const numbers = { last: 5_000, started: 70_000, alive: 100, limit: 32_768 }
  const moment = () => ({ ...numbers })
  const family = followFamily(kernel, root, { parent: (pid) => parents.get(pid) ?? null, moment })
  const living = (): number[] => family.living().map(({ pid }) => pid)
  return { kernel, numbers, put, end, family, living }
}

test('descendants are found, parents before children, and nobody else', async () => {
  const { family, living } = stage(
    { pid: 100, parent: 1 },
    { pid: 50, parent: 120 },
    { pid: 110, parent: 100 },
    { pid: 120, parent: 100 },
    { pid: 200, parent: 1 },
    { pid: 201, parent: 200 },
  )
  await family.search()
  expect(living()).toEqual([100, 110, 120, 50])
})

test('who was known stays known when its parent ends, and who was not known has left the tree', async () => {
  const { put, end, family, living } = stage({ pid: 100, parent: 1 }, { pid: 110, parent: 100 })
  await family.search()
  put({ pid: 111, parent: 100 })
  end(100)
  await family.search()
  expect(living()).toEqual([110])
})

test('who is born later is found by the next search', async () => {
  const { put, family, living } = stage({ pid: 100, parent: 1 }, { pid: 110, parent: 100 })
  await family.search()
  put({ pid: 120, parent: 110 })
  put({ pid: 121, parent: 120 })
  expect(living()).toEqual([100, 110])
  await family.search()
  expect(living()).toEqual([100, 110, 120, 121])
})

test('an orphan of a session that the root began is found while anybody known is in it', async () => {
  const { put, end, family, living } = stage(
    { pid: 100, parent: 1, session: 100 },
    { pid: 110, parent: 100, session: 100 },
  )
  await family.search()
  put({ pid: 120, parent: 1, session: 100, startTicks: 9_000 })
  end(100)
  await family.search()
  expect(living()).toEqual([110, 120])
})

test('an orphan that its root left with its last breath is found, as its session’s number was given to nobody since', async () => {
  const { numbers, put, end, family, living } = stage({ pid: 100, parent: 1, session: 100 })
  await family.search()
  end(100)
  put({ pid: 5_001, parent: 1, session: 100, startTicks: 1_002 })
  numbers.last = 5_001
  numbers.started++
  await family.search()
  expect(living()).toEqual([5_001])
})

test('a zombie holds its number: the session is its own for as long as nobody has reaped it, and no longer', async () => {
  const { kernel, numbers, put, end, family, living } = stage({ pid: 100, parent: 1, session: 100 })
  await family.search()
  kernel.put({ pid: 100, session: 100, dead: true })
  numbers.last = 4_999
  put({ pid: 4_999, parent: 1, session: 100 })
  await family.search()
  expect(living()).toEqual([4_999])
  end(4_999)
  end(100)
  numbers.last = 4_998
  put({ pid: 4_998, parent: 1, session: 100 })
  await family.search()
  expect(living()).toEqual([])
})

test('a session whose number may have been given to another since is a stranger’s', async () => {
  for (const hand of [
    // The kernel came by: 100 is between 5000 and, after the end, 120.
    { last: 120 },
    // It may have gone a whole round.
    { last: 5_100, started: 102_500 },
  ]) {
    const staged = stage({ pid: 100, parent: 1, session: 100 })
    await staged.family.search()
    staged.end(100)
    staged.put({ pid: 120, parent: 1, session: 100 })
    Object.assign(staged.numbers, hand)
    await staged.family.search()
    expect(staged.living()).toEqual([])
  }
})

test('a session that the family only lives in is not its own', async () => {
  const { put, family, living } = stage({ pid: 100, parent: 1, session: 7 })
  put({ pid: 7, parent: 1, session: 7 })
  put({ pid: 8, parent: 7, session: 7 })
  await family.search()
  expect(living()).toEqual([100])
})

test('the session of this very process is nobody’s family', async () => {
  const { put, kernel, family } = stage({ pid: 100, parent: 1, session: 100 })
  put({ pid: process.pid, parent: 1, session: 100 })
  assertIdentities(kernel)
  const own = followFamily(kernel, { pid: 100, startTicks: 500, bootId: 'boot' }, { parent: () => 1 })
  await own.search()
  expect(own.living().map(({ pid }) => pid)).toEqual([100])
  expect(family.living()).toHaveLength(1)
})

test('a number that changes hands changes the member, not the family', async () => {
  const { put, family, living } = stage({ pid: 100, parent: 1 }, { pid: 110, parent: 100 })
  await family.search()
  put({ pid: 110, parent: 1, startTicks: 900 })
  await family.search()
  expect(living()).toEqual([100])
  put({ pid: 110, parent: 100, startTicks: 950 })
  await family.search()
  expect(family.living()).toContainEqual({ pid: 110, startTicks: 950, bootId: 'boot' })
})
