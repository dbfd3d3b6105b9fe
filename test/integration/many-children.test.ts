import { expect, test } from 'vitest'
import { expectNoLeaks } from './support/no-leaks.ts'
import { isAlive } from './support/processes.ts'
import { supervise } from './support/supervise.ts'
import { until } from './support/until.ts'
import { sh, whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

const ids = Array.from({ length: 200 }, (_, n) => `child ${n}`)

test('two hundred children at once are all started and all stopped, each of its own group', async () => {
  const { supervisor, of } = supervise({ children: ids.map((id) => ({ id, ...zoo('sleeps'), ...whenReady })) })
  await supervisor.start()
  const pids = supervisor.view.children.map(({ pid }) => pid ?? 0)
  expect(new Set(pids)).toHaveProperty('size', 200)
  expect(pids.every(isAlive)).toBe(true)
  const { children, survivors } = await supervisor.stop()
  expect(survivors).toEqual([])
  expect(children.map(({ id }) => id)).toEqual(ids)
  expect(
    children.every(({ outcome, escalated, exit }) => outcome === 'stopped' && !escalated && exit?.signal === 'SIGTERM'),
  ).toBe(true)
  expect(pids.some(isAlive)).toBe(false)
  expect(of('process.exited')).toHaveLength(200)
})

test('two hundred that end at once are two hundred exits', async () => {
  const { supervisor, of } = supervise({
    children: ids.map((id, n) => ({ id, ...sh(`exit ${n % 7}`), restart: 'temporary' })),
  })
  await supervisor.start()
  await until('all have stopped', () => of('child.stopped').length === 200)
  const codes = new Map(of('process.exited').map(({ child, data }) => [child, data.code]))
  expect(of('process.exited')).toHaveLength(200)
  expect(ids.map((id) => codes.get(id))).toEqual(ids.map((_, n) => n % 7))
})

test('children killed from outside at bad moments, again and again: every spawn has one exit, every life its number', async () => {
  const count = 12
  const { supervisor, events, of, at } = supervise({
    children: Array.from({ length: count }, (_, n) => ({
      id: `child ${n}`,
      ...(n % 3 === 0 ? zoo('forks-tree') : n % 3 === 1 ? zoo('daemonises') : zoo('ignores-term')),
      ...whenReady,
      restart: { type: 'permanent', backoff: { minMs: 0, maxMs: 3 }, limit: { restarts: Infinity, withinMs: 1 } },
      stop: { killTimeoutMs: 20 },
    })),
  })
  // A deterministic storm: with its spawn, when it is ready, in its first line, in the middle of a restart, of a stop.
  let shots = 0
  const shoot = (pid: number | null | undefined): void => {
    if (pid === null || pid === undefined || shots >= 150) return
    shots++
    try {
      process.kill(pid, shots % 4 === 0 ? 'SIGTERM' : 'SIGKILL')
    } catch {
      // Somebody was quicker.
    }
  }
  await supervisor.start()
  at('child.ready', ({ child = '', seq }) => {
    const target = supervisor.child(child)
    if (seq % 3 === 0) setImmediate(() => shoot(target?.view.pid))
    else if (seq % 3 === 1) shoot(target?.view.pid)
    else if (shots < 150) {
      void target?.restart().catch(() => {})
      shoot(target?.view.pid)
    }
  })
  at('process.spawned', ({ seq, data }) => {
    if (seq % 5 === 0) shoot(data.pid)
  })
  at('signal.sent', ({ data }) => {
    if (data.stage === 'stop') shoot(data.pid)
  })
  // A restart that a caller asked for is one attempt: shot before it is ready, it is over, unless it is asked for again.
  at('child.stopped', ({ child = '' }) => {
    if (shots < 150)
      void supervisor
        .child(child)
        ?.restart()
        .catch(() => {})
  })
  for (const { pid } of supervisor.view.children) shoot(pid)
  await until('the storm is over', () => shots >= 150)
  await until('all have come to something', () =>
    supervisor.view.children.every(({ state }) => state === 'running' || state === 'stopped'),
  )
  const failed = supervisor.children().filter(({ view }) => view.state === 'stopped')
  expect(failed.map(({ view }) => view.outcome)).toEqual(failed.map(() => 'startFailed'))
  await Promise.all(failed.map((each) => each.restart()))
  expect(supervisor.view.children.every(({ state, ready }) => state === 'running' && ready)).toBe(true)
  expect(of('process.spawned').length).toBeGreaterThan(count + 50)
  const { survivors } = await supervisor.stop()
  expect(survivors).toEqual([])
  // What holds of every record is checked when the test is over; here, that there was a storm to speak of.
  expect(events.filter(({ type }) => type === 'process.exited')).toHaveLength(of('process.spawned').length)
})
