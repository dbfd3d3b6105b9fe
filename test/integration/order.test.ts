import { expect, test } from 'vitest'
import type { EventType, RecordedEvent } from '../../src/index.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { isAlive } from './support/processes.ts'
import { recordOf, rejection, supervise } from './support/supervise.ts'
import { sh, whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

/** The children of the events of some types, in their order. */
const order = (events: readonly RecordedEvent[], ...types: readonly EventType[]) =>
  events.filter(({ type }) => types.includes(type)).map(({ child, type }) => `${child} ${type}`)

const place = (events: readonly RecordedEvent[], id: string, type: EventType) => {
  const index = events.findIndex((event) => event.child === id && event.type === type)
  if (index === -1) throw new Error(`No ${type} of ${id}`)
  return index
}

test('children start when those they wait for are ready, and stop before them', async () => {
  // A diamond, registered upside down.
  const { supervisor, events } = supervise({
    children: [
      { id: 'web', ...zoo('graceful'), ...whenReady, after: ['api', 'cache'] },
      { id: 'api', ...zoo('graceful'), ...whenReady, after: ['db'] },
      { id: 'cache', ...zoo('graceful'), ...whenReady, after: ['db'] },
      { id: 'db', ...zoo('graceful'), ...whenReady },
    ],
  })
  await supervisor.start()
  for (const [dependant, dependency] of [
    ['web', 'api'],
    ['web', 'cache'],
    ['api', 'db'],
    ['cache', 'db'],
  ] as const) {
    expect(place(events, dependant, 'spawn.requested')).toBeGreaterThan(place(events, dependency, 'child.ready'))
  }
  const { children } = await supervisor.stop()
  for (const [dependant, dependency] of [
    ['web', 'api'],
    ['web', 'cache'],
    ['api', 'db'],
    ['cache', 'db'],
  ] as const) {
    expect(place(events, dependant, 'child.stopped')).toBeLessThan(place(events, dependency, 'stop.requested'))
  }
  expect(children.map(({ id, outcome, escalated }) => [id, outcome, escalated])).toEqual(
    ['web', 'api', 'cache', 'db'].map((id) => [id, 'stopped', false]),
  )
})

test('what waits for nothing is started in list order, without waiting for one another', async () => {
  const { supervisor, events } = supervise({
    children: [
      { id: 'a', ...zoo('sleeps'), ready: 'manual' },
      { id: 'b', ...zoo('sleeps') },
      { id: 'c', ...zoo('sleeps') },
    ],
  })
  const started = supervisor.start()
  await supervisor.child('c')?.when('running')
  expect(order(events, 'process.spawned')).toEqual(['a process.spawned', 'b process.spawned', 'c process.spawned'])
  expect(supervisor.view.state).toBe('starting')
  supervisor.child('a')?.incarnation?.ready()
  await started
  expect(supervisor.view.state).toBe('running')
})

test('each condition is waited for as it was named', async () => {
  const { supervisor, events, child } = supervise({
    children: [
      { id: 'slow', ...zoo('sleeps'), ready: 'manual' },
      { id: 'job', ...sh('exit 0'), oneShot: true },
      { id: 'on started', ...zoo('sleeps'), after: { slow: 'started' } },
      { id: 'on completed', ...zoo('sleeps'), after: { job: 'completed' } },
      { id: 'on ready', ...zoo('sleeps'), after: { slow: 'ready' } },
    ],
  })
  const started = supervisor.start()
  await Promise.all([child('on started').when('running'), child('on completed').when('running')])
  expect(place(events, 'on started', 'spawn.requested')).toBeGreaterThan(place(events, 'slow', 'process.spawned'))
  expect(place(events, 'on completed', 'spawn.requested')).toBeGreaterThan(place(events, 'job', 'process.exited'))
  expect(child('on ready').view).toMatchObject({ state: 'starting', substate: 'waiting' })
  child('slow').incarnation?.ready()
  await started
  expect(place(events, 'on ready', 'spawn.requested')).toBeGreaterThan(place(events, 'slow', 'child.ready'))
})

test('a start that fails rolls back what was started, in the order of a stop, and rejects with that failure', async () => {
  const { supervisor, events, child } = supervise({
    children: [
      { id: 'db', ...zoo('graceful'), ...whenReady },
      { id: 'api', ...zoo('graceful'), ...whenReady, after: ['db'] },
      { id: 'bad', ...sh('echo broken >&2; exit 1'), ...whenReady, after: ['api'] },
      { id: 'web', ...zoo('sleeps'), after: ['bad'] },
    ],
  })
  expect(await rejection(supervisor.start())).toMatchObject({
    code: 'ERR_EXITED_BEFORE_READY',
    child: 'bad',
    stderrTail: 'broken',
  })
  expect(supervisor.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
  expect(child('bad').view).toMatchObject({ outcome: 'startFailed' })
  expect(place(events, 'api', 'child.stopped')).toBeLessThan(place(events, 'db', 'stop.requested'))
  expect(order(events, 'process.spawned')).not.toContain('web process.spawned')
  expect(events.at(-1)).toMatchObject({ type: 'supervisor.stopped', data: { outcome: 'failed' } })
  expect(await rejection(supervisor.start())).toMatchObject({ code: 'ERR_SUPERVISOR_STOPPED' })
})

test('a child whose dependency has ended without being ready cannot be started by a caller', async () => {
  const { supervisor, child, of } = supervise({ children: [{ id: 'db', ...zoo('sleeps') }] })
  await supervisor.start()
  await child('db').stop()
  const web = supervisor.add({ id: 'web', ...zoo('sleeps'), after: ['db'] }, { start: false })
  expect(await rejection(web.start())).toMatchObject({ code: 'ERR_ABORTED' })
  expect(web.view).toMatchObject({ state: 'stopped', outcome: 'startFailed' })
  expect(of('child.stopped', 'web')[0]?.data.cause).toBe('dependency')
  // Negative control: with its dependency back, it starts.
  await child('db').restart()
  expect(await web.restart()).toMatchObject({ state: 'running' })
})

test('a dependency that stops or restarts later leaves its dependants alone', async () => {
  const { supervisor, child } = supervise({
    children: [
      { id: 'db', ...zoo('sleeps') },
      { id: 'web', ...zoo('sleeps'), after: ['db'] },
    ],
  })
  await supervisor.start()
  const { pid } = child('web').view
  await child('db').restart()
  await child('db').stop()
  expect(child('web').view).toMatchObject({ state: 'running', pid, incarnation: 1 })
})

test('an abort of the start stops what was started', async () => {
  const { supervisor, child, event } = supervise({
    children: [
      { id: 'db', ...zoo('sleeps') },
      { id: 'web', ...zoo('sleeps'), ready: 'manual', after: ['db'] },
    ],
  })
  const abort = new AbortController()
  const started = rejection(supervisor.start({ signal: abort.signal }))
  await event('process.spawned', 'web')
  abort.abort()
  expect(await started).toMatchObject({ code: 'ERR_ABORTED' })
  expect(supervisor.view.state).toBe('stopped')
  expect(child('db').view.state).toBe('stopped')
})

test('a supervisor that is stopped while it starts rejects its start, and is stopped for good', async () => {
  const { supervisor, event } = supervise({ children: [{ id: 'web', ...zoo('sleeps'), ready: 'manual' }] })
  const started = rejection(supervisor.start())
  await event('process.spawned', 'web')
  const report = await supervisor.stop()
  expect(await started).toMatchObject({ code: 'ERR_ABORTED' })
  expect(await supervisor.stop()).toEqual(report)
  const never = supervise({ children: [{ id: 'web', ...zoo('sleeps') }] })
  expect((await never.supervisor.stop()).survivors).toEqual([])
  expect(never.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'stopped' })
  expect(never.of('process.spawned')).toEqual([])
})

test('after the shutdown timeout every stop that still runs becomes `now`', async () => {
  const { supervisor, child, of } = supervise({
    shutdownTimeoutMs: 150,
    children: [
      { id: 'db', ...zoo('graceful'), ...whenReady },
      { id: 'deaf', ...zoo('ignores-term'), ...whenReady, after: ['db'], stop: { killTimeoutMs: Infinity } },
    ],
  })
  await supervisor.start()
  const pids = [child('db').view.pid ?? 0, child('deaf').view.pid ?? 0]
  const { children, survivors } = await supervisor.stop()
  expect(survivors).toEqual([])
  expect(children.find(({ id }) => id === 'deaf')).toMatchObject({
    escalated: true,
    exit: { signal: 'SIGKILL', expected: true, cause: 'shutdown' },
  })
  expect(of('signal.sent', 'deaf').map(({ data }) => data.signal)).toEqual(['SIGTERM', 'SIGKILL'])
  expect(pids.map(isAlive)).toEqual([false, false])
})

test('stop({ now: true }) of a supervisor waits for no order and no grace', async () => {
  const { supervisor, of } = supervise({
    children: [
      { id: 'db', ...zoo('graceful'), ...whenReady },
      { id: 'web', ...zoo('ignores-term'), ...whenReady, after: ['db'], stop: { killTimeoutMs: Infinity } },
    ],
  })
  await supervisor.start()
  const { children } = await supervisor.stop({ now: true, reason: 'enough' })
  expect(children.map(({ exit, escalated }) => [exit?.signal, escalated])).toEqual([
    ['SIGKILL', true],
    ['SIGKILL', true],
  ])
  expect(of('signal.sent').map(({ data }) => data.signal)).toEqual(['SIGKILL', 'SIGKILL'])
  expect(of('supervisor.stopping')[0]?.data).toMatchObject({ now: true, reason: 'enough' })
})

test('an `await using` block leaves nothing behind, whichever way it is left', async () => {
  const pids: number[] = []
  const block = async (): Promise<void> => {
    const { supervisor, child } = supervise({ children: [{ id: 'web', ...zoo('forks-tree'), ...whenReady }] })
    await using running = supervisor
    await running.start()
    pids.push(child('web').view.pid ?? 0)
    throw new Error('the block fails')
  }
  expect(await rejection(block())).toMatchObject({ message: 'the block fails' })
  expect(pids.map(isAlive)).toEqual([false])
})

test('the record of a whole day can be read again from its first event to its last', async () => {
  const { supervisor, events } = supervise({ children: [{ id: 'web', ...zoo('sleeps') }] })
  await supervisor.start()
  await supervisor.child('web')?.restart()
  await supervisor.stop()
  const record = await recordOf(supervisor)
  expect(record.map(({ type }) => type).slice(0, 2)).toEqual(['child.added', 'supervisor.started'])
  expect(record.slice(-events.length)).toEqual(events)
  expect(record.at(-1)).toMatchObject({ type: 'supervisor.stopped', stream: '/' })
})
