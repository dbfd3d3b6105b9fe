import { expect, test } from 'vitest'
import type { ChildOptions, RecordedEvent } from '../../src/index.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { isAlive } from './support/processes.ts'
import { supervise } from './support/supervise.ts'
import { sh, whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

const soon = { type: 'permanent', backoff: { minMs: 0 } } as const
const trio = (): ChildOptions[] =>
  ['a', 'b', 'c'].map((id) => Object.assign({ id, restart: soon }, zoo('graceful'), whenReady))

/** Where an event of a life stands in the record. */
const seqOf = (events: readonly RecordedEvent[], type: string, id: string, incarnation: number): number =>
  events.find((event) => event.type === type && event.child === id && event.incarnation === incarnation)?.seq ??
  Number.NaN

test.each([
  ['one-for-one', [1, 2, 1]],
  ['one-for-all', [2, 2, 2]],
  ['rest-for-one', [1, 2, 2]],
] as const)('%s: when the middle one of three crashes, they go on with lives %j', async (strategy, lives) => {
  const { supervisor, child, event, of } = supervise({ strategy, children: trio() })
  await supervisor.start()
  const pids = supervisor.view.children.map(({ pid }) => pid)
  process.kill(child('b').view.pid ?? 0, 'SIGSEGV')
  for (const [index, id] of ['a', 'b', 'c'].entries()) await event('child.ready', id, lives[index])
  expect(supervisor.view.children.map(({ incarnation }) => incarnation)).toEqual(lives)
  expect(supervisor.view.children.map(({ pid }, index) => pid === pids[index])).toEqual(lives.map((life) => life === 1))
  const dragged = ['a', 'c'].filter((id) => child(id).view.incarnation === 2)
  for (const id of dragged) {
    expect(of('restart.requested', id)[0]?.data.cause).toBe('strategy')
    expect(of('process.exited', id)[0]?.data).toMatchObject({ code: 0, expected: true, cause: 'strategy' })
  }
  expect(of('child.stopped')).toEqual([])
})

test('a strategy ends every life of its group before the first of them begins anew, in order', async () => {
  const { supervisor, child, event, events } = supervise({
    strategy: 'rest-for-one',
    children: trio(),
  })
  await supervisor.start()
  process.kill(child('a').view.pid ?? 0, 'SIGKILL')
  await event('child.ready', 'c', 2)
  const exits = ['a', 'b', 'c'].map((id) => seqOf(events, 'process.exited', id, 1))
  const spawns = ['a', 'b', 'c'].map((id) => seqOf(events, 'spawn.requested', id, 2))
  expect(Math.max(...exits)).toBeLessThan(Math.min(...spawns))
  // Stopped from the right, started from the left: each is after its left neighbour.
  expect(seqOf(events, 'process.exited', 'c', 1)).toBeLessThan(seqOf(events, 'process.exited', 'b', 1))
  expect(spawns.toSorted((one, other) => one - other)).toEqual(spawns)
})

test('a strategy does not touch what was stopped, has finished, or was given up', async () => {
  const { supervisor, child, event } = supervise({
    strategy: 'one-for-all',
    children: [...trio(), { id: 'stopped', ...zoo('sleeps') }, { id: 'finished', ...sh('exit 0'), oneShot: true }],
  })
  await supervisor.start()
  await child('stopped').stop()
  process.kill(child('a').view.pid ?? 0, 'SIGKILL')
  await Promise.all(['a', 'b', 'c'].map((id) => event('child.ready', id, 2)))
  expect(child('stopped').view).toMatchObject({ state: 'stopped', incarnation: 1 })
  expect(child('finished').view).toMatchObject({ state: 'stopped', outcome: 'exited', incarnation: 1 })
})

test('a sibling that ignores the stop signal is killed in its own time, and the group goes on', async () => {
  const { supervisor, child, event, of } = supervise({
    strategy: 'one-for-all',
    children: [
      { id: 'a', ...zoo('sleeps'), ...whenReady, restart: soon },
      { id: 'deaf', ...zoo('ignores-term'), ...whenReady, restart: soon, stop: { killTimeoutMs: 100 } },
    ],
  })
  await supervisor.start()
  const deaf = child('deaf').view.pid ?? 0
  process.kill(child('a').view.pid ?? 0, 'SIGKILL')
  await Promise.all([event('child.ready', 'a', 2), event('child.ready', 'deaf', 2)])
  expect(isAlive(deaf)).toBe(false)
  expect(of('process.exited', 'deaf')[0]?.data).toMatchObject({ signal: 'SIGKILL', expected: true, cause: 'strategy' })
})

test('a stop of the supervisor in the middle of a strategy spawns nothing more', async () => {
  const { supervisor, child, event, of } = supervise({
    strategy: 'one-for-all',
    children: [
      { id: 'a', ...zoo('sleeps'), ...whenReady, restart: soon },
      { id: 'deaf', ...zoo('ignores-term'), ...whenReady, restart: soon, stop: { killTimeoutMs: 60_000 } },
    ],
  })
  await supervisor.start()
  process.kill(child('a').view.pid ?? 0, 'SIGKILL')
  await event('restart.requested', 'deaf')
  const { survivors } = await supervisor.stop({ now: true })
  expect(survivors).toEqual([])
  expect(of('process.spawned')).toHaveLength(2)
})
