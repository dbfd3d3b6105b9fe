import { expect, test } from 'vitest'
import type { Group, Sifted } from '../../../src/os/group.ts'
import { createGroup } from '../../../src/os/group.ts'
import type { StagedKernel } from './staged-kernel.ts'
import { stageKernel } from './staged-kernel.ts'

const ours = 'host:tree:attached:/web:1'
const exitTicks = 1000

const sift = (kernel: StagedKernel, group: Group): Promise<Sifted> =>
  new Promise((resolve) => group.sift([...kernel.processes.values()], resolve))

function stage(...members: Parameters<StagedKernel['put']>[0][]) {
  const kernel = stageKernel()
  for (const member of members) kernel.put({ pgrp: 100, session: 100, ...member })
  return { kernel, group: createGroup(kernel, 100, ours, exitTicks) }
}

test('a member from before the exit is ours, and is signalled, also with an empty environment', async () => {
  const { kernel, group } = stage({ pid: 101, startTicks: 900, cookie: { kind: 'empty' } })
  expect((await sift(kernel, group)).ours.map((stat) => stat.pid)).toEqual([101])
  expect(group.signal('SIGKILL')).toBe(true)
  expect(kernel.signals).toEqual(['-100 SIGKILL'])
})

test('a member born after the exit is ours by its cookie', async () => {
  const { kernel, group } = stage({ pid: 101, startTicks: 1001, cookie: ours })
  await sift(kernel, group)
  expect(group.signal('SIGTERM')).toBe(true)
})

test('a stranger that was given the number is never signalled', async () => {
  const { kernel, group } = stage(
    { pid: 100, startTicks: 1001 },
    { pid: 101, startTicks: 1002, cookie: 'another:tree:attached:/web:1' },
  )
  expect(await sift(kernel, group)).toEqual({ ours: [], unclear: false })
  expect(group.signal('SIGKILL')).toBe(false)
  expect(kernel.signals).toEqual([])
})

test('without the check, as the negative control, that stranger would be hit', async () => {
  const { kernel } = stage({ pid: 100, startTicks: 1001 })
  const believesAll = createGroup(kernel, 100, ours, Infinity)
  await sift(kernel, believesAll)
  believesAll.signal('SIGKILL')
  expect(kernel.signals).toEqual(['-100 SIGKILL'])
})

test('the next life of the same child is a stranger too', async () => {
  const { kernel, group } = stage({ pid: 101, startTicks: 1001, cookie: 'host:tree:attached:/web:2' })
  expect((await sift(kernel, group)).ours).toEqual([])
})

test('a job of a shell that was given the number is told by its session', async () => {
  const { kernel, group } = stage({ pid: 101, startTicks: 900, session: 90 })
  expect(await sift(kernel, group)).toEqual({ ours: [], unclear: false })
})

test('one proven member proves the others: while it lives the number is ours', async () => {
  const { kernel, group } = stage({ pid: 101, startTicks: 1001, cookie: ours }, { pid: 102, startTicks: 1002 })
  expect((await sift(kernel, group)).ours.map((stat) => stat.pid)).toEqual([101, 102])
  kernel.processes.delete(101)
  expect(group.hasWitness()).toBe(true)
})

test('between the look and the signal the number may change hands: it is looked at once more', async () => {
  const { kernel, group } = stage({ pid: 101, startTicks: 900 })
  await sift(kernel, group)
  kernel.put({ pid: 101, pgrp: 100, session: 100, startTicks: 1005 })
  expect(group.signal('SIGKILL')).toBe(false)
  expect(kernel.signals).toEqual([])
})

test('zombies are nobody', async () => {
  const { kernel, group } = stage({ pid: 101, startTicks: 900, dead: true })
  expect(await sift(kernel, group)).toEqual({ ours: [], unclear: false })
  expect(group.signal('SIGKILL')).toBe(false)
})

test.for(['forbidden', 'empty'] as const)(
  'whose environment is %s is neither proven ours nor proven gone',
  async (kind) => {
    const { kernel, group } = stage({ pid: 101, startTicks: 1001, cookie: { kind } })
    expect(await sift(kernel, group)).toEqual({ ours: [], unclear: true })
    expect(group.signal('SIGKILL')).toBe(false)
  },
)

test('in a hurry, members from before the exit are recognised at once, later ones are not', () => {
  const { kernel, group } = stage({ pid: 101, startTicks: 1001, cookie: ours })
  group.recall([...kernel.processes.values()])
  expect(group.signal('SIGKILL')).toBe(false)
  kernel.put({ pid: 102, pgrp: 100, session: 100, startTicks: 900 })
  group.recall([...kernel.processes.values()])
  expect(group.signal('SIGKILL')).toBe(true)
})
