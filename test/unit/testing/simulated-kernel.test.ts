import { expect, test } from 'vitest'
import type { SimulatedLife } from '../../../src/testing/simulated-process.ts'
import { createKernel } from '../../../src/testing/simulated-kernel.ts'
import { createVirtualClock } from '../../../src/testing/virtual-clock.ts'

const host = { beats: true }

const newLife = (stream: string): SimulatedLife => ({
  key: { stream, incarnation: 1 },
  owner: { hostId: 'host', treeId: 'tree' },
  lifetime: 'attached',
  parent: host,
  keeper: host,
  graceMs: 0,
  stdout: 'lines',
  stderr: 'lines',
  drainMs: 200,
  observe: () => {},
  unended: new Map(),
  streams: undefined,
  leader: undefined,
  living: [],
  stage: 'alive',
  output: 'open',
  uncut: undefined,
  awaited: false,
})

test('a signal to a process whose pid has passed to another is forbidden, and reaches nobody', async () => {
  const clock = createVirtualClock()
  const problems: string[] = []
  const kernel = createKernel({
    clock,
    pids: { first: 300, last: 300 },
    hostPid: () => 299,
    bootId: 'boot',
    sweepMs: 0,
    forbid: (problem) => {
      problems.push(problem)
      throw new Error(problem)
    },
  })
  const start = (life: SimulatedLife) => {
    const process = kernel.table.create(life, 'web', {})
    if (process === undefined) throw new Error('No pid')
    life.leader = process
    return process
  }

  const old = start(newLife('/old'))
  kernel.deliver(old, 'SIGKILL')
  await clock.advance(0)
  const heir = start(newLife('/heir'))
  expect(heir.pid).toBe(old.pid)
  expect(kernel.identityOf(heir)).not.toEqual(kernel.identityOf(old))

  const problem = 'SIGKILL was sent to pid 300, which is no longer the process it was meant for'
  expect(() => kernel.deliver(old, 'SIGKILL')).toThrow(problem)
  expect(problems).toEqual([problem])
  expect(heir.state).toBe('running')
})
