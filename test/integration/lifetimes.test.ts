import { expect, onTestFinished, test } from 'vitest'
import { expectNoLeaks } from './support/no-leaks.ts'
import { nodeHost } from '../../src/os/node-host.ts'
import { guardsOf, isAlive } from './support/processes.ts'
import { allDead, pidsIn, runHost } from './support/run-host.ts'
import { supervise } from './support/supervise.ts'
import { until } from './support/until.ts'
import { zoo } from './support/zoo.ts'

expectNoLeaks()

type Lifetime = 'tethered' | 'attached'

const ready = { ready: { line: 'ready' } }
const sleeps = { ...zoo('sleeps'), ...ready }
const sleeper = { id: 'web', ...sleeps }

/** How many listeners there are for the end of the process. */
const exits = (counts: unknown): number => Number(Object(counts).exit ?? 0)

/** All that is hard to end: it ignores, it forks, it leaves its group. The guard grants each its own grace. */
const family = (lifetime: Lifetime) => ({
  supervisor: {
    children: [
      { id: 'plain', ...zoo('sleeps') },
      { id: 'deaf', ...zoo('ignores-term') },
      { id: 'tree', ...zoo('forks-tree') },
      { id: 'escapee', ...zoo('daemonises') },
      { id: 'stopped', ...zoo('stays-stopped') },
    ].map((child) => Object.assign(child, ready, { lifetime, stop: { killTimeoutMs: 100 } })),
  },
  pids: { tree: 3, escapee: 1 },
})

/** Of `family`: its five leaders, three members and one escapee. */
const FAMILY = 9

test('nothing that is tethered survives a host that is killed -9: not what ignores, forked, escaped or was stopped', async () => {
  const host = runHost('starts', family('tethered'))
  const pids = pidsIn(await host.hears('started'))
  expect(pids.filter(isAlive)).toHaveLength(FAMILY)
  await host.killed()
  await allDead(pids)
})

test('negative control: what is attached survives a host that is killed -9', async () => {
  const host = runHost('starts', family('attached'))
  const pids = pidsIn(await host.hears('started'))
  onTestFinished(async () => {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
    await allDead(pids)
  })
  await host.killed()
  // Not at once alive only: the same host with one tethered child, begun and ended after it, had all the time it needs.
  const other = runHost('starts', family('tethered'))
  const tethered = pidsIn(await other.hears('started'))
  await other.killed()
  await allDead(tethered)
  expect(pids.filter(isAlive)).toHaveLength(FAMILY)
})

test.each(['SIGTERM', 'SIGABRT', 'SIGSEGV'] as const)(
  'nothing that is tethered survives a host that dies of %s',
  async (signal) => {
    const host = runHost('starts', family('tethered'), { before: 'ulimit -c 0;' })
    const pids = pidsIn(await host.hears('started'))
    host.signal(signal)
    expect(await host.exited).toEqual({ code: null, signal })
    await allDead(pids)
  },
)

test.each([
  ['exits', 7],
  ['throws', 1],
  ['rejects', 1],
] as const)('no group survives a host that %s, attached or tethered', async (ending, code) => {
  for (const lifetime of ['attached', 'tethered'] as const) {
    const { supervisor } = family(lifetime)
    // What left its group is beyond the exit listener, which may only signal: the guard is there for that.
    const children = supervisor.children.filter(({ id }) => lifetime === 'tethered' || id !== 'escapee')
    const host = runHost('starts', { supervisor: { children }, pids: { tree: 3 }, ending })
    const pids = pidsIn(await host.hears('started'))
    expect(await host.exited).toEqual({ code, signal: null })
    await allDead(pids)
  }
})

test('an attached child has one exit listener for all, and none when all are stopped', async () => {
  const host = runHost('runs', {
    supervisor: { children: ['a', 'b', 'c'].map((id) => Object.assign({ id, lifetime: 'attached' }, sleeps)) },
  })
  const { before, during } = await host.hears('started')
  expect(exits(during)).toBe(exits(before) + 1)
  host.signal('SIGTERM')
  expect((await host.hears('result'))['after']).toEqual(before)
  await host.exited
})

test('a host that is killed -9 in the middle of a graceful stop takes the rest with it', async () => {
  const host = runHost('runs', {
    supervisor: { children: [{ id: 'deaf', ...zoo('ignores-term'), ...ready, stop: { killTimeoutMs: 600_000 } }] },
  })
  const pids = pidsIn(await host.hears('started'))
  host.signal('SIGTERM')
  await host.hears('stopping')
  expect(pids.filter(isAlive)).toHaveLength(1)
  // The guard would grant the grace that was asked for: an hour is nobody's to wait for, so it is ended by hand.
  await host.killed()
  expect(pids.every(isAlive)).toBe(true)
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await allDead(pids)
})

test('a guard that is killed is replaced, which is reported, and its successor keeps the promise', async () => {
  const host = runHost('starts', family('tethered'))
  const started = await host.hears('started')
  const [guard = 0, ...others] = guardsOf(String(started['hostId']))
  expect(others).toEqual([])
  process.kill(guard, 'SIGKILL')
  expect(await host.hears('reported')).toMatchObject({ subject: 'guard', message: expect.any(String) })
  await until('there is another guard', () => guardsOf(String(started['hostId'])).some((pid) => pid !== guard))
  await host.killed()
  await allDead(pidsIn(started))
})

test('a host with two supervisors keeps its guard until the last of them has stopped', async () => {
  const [one, other] = [supervise({ children: [sleeper] }), supervise({ children: [sleeper] })]
  await Promise.all([one.supervisor.start(), other.supervisor.start()])
  const { hostId } = nodeHost()
  expect(guardsOf(hostId)).toHaveLength(1)
  await one.supervisor.stop()
  expect(guardsOf(hostId)).toHaveLength(1)
  await other.supervisor.stop()
  await until('the guard has ended', () => guardsOf(hostId).length === 0)
})
