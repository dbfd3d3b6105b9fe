import { expect, test } from 'vitest'
import { map } from 'rxjs'
import type { Gap, RecordedEvent, SupervisorView } from '../../src/index.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { recordOf, rejection, supervise } from './support/supervise.ts'
import { until } from './support/until.ts'
import { whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

/** Restarts itself some ten times without end in between. */
const busy = (times: number) =>
  ({
    id: 'busy',
    ...zoo('exits-fast', 1),
    restart: { type: 'permanent', backoff: { minMs: 0 }, limit: { restarts: times, withinMs: 600_000 } },
  }) as const

async function all(items: AsyncIterable<RecordedEvent | Gap>): Promise<readonly (RecordedEvent | Gap)[]> {
  const read: (RecordedEvent | Gap)[] = []
  for await (const item of items) read.push(item)
  return read
}

test('a reader that comes late reads the whole record, goes on live, and ends with its supervisor', async () => {
  const { supervisor, event } = supervise({ children: [busy(10)] })
  const early = all(supervisor.read())
  await supervisor.start()
  await event('process.exited', 'busy', 3)
  const late = all(supervisor.read({ from: 1 }))
  await event('child.stopped', 'busy')
  const later = all(supervisor.read({ from: 7 }))
  await supervisor.stop()
  const record = await recordOf(supervisor)
  expect(await early).toEqual(record)
  expect(await late).toEqual(record)
  expect(await later).toEqual(record.slice(6))
  expect(record.at(-1)?.type).toBe('supervisor.stopped')
  // After the end everything can still be read, and a live reader has nothing to wait for.
  expect(await all(supervisor.read({ from: 1, live: true }))).toEqual(record)
})

test('a reader may want some types alone, and none is missed', async () => {
  const { supervisor, event } = supervise({ children: [busy(10)] })
  const exits = all(supervisor.read({ types: ['process.exited', 'supervisor.stopped'] }))
  await supervisor.start()
  await event('child.stopped', 'busy')
  await supervisor.stop()
  expect((await exits).map(({ type }) => type)).toEqual([
    ...Array.from({ length: 11 }, () => 'process.exited'),
    'supervisor.stopped',
  ])
})

test('a reader that is too slow is told what it missed, and nobody else is held up', async () => {
  const { supervisor, event, events } = supervise({ children: [busy(20)] })
  const read: (RecordedEvent | Gap)[] = []
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const slow = (async () => {
    for await (const item of supervisor.read({ from: 1, bufferSize: 4 })) {
      read.push(item)
      if (read.length === 3) await released
    }
  })()
  const strict = (async () => {
    for await (const _ of supervisor.read({ bufferSize: 4, overflow: 'error' })) await released
  })()
  await supervisor.start()
  await event('child.stopped', 'busy')
  release()
  await supervisor.stop()
  await slow
  expect(await rejection(strict)).toMatchObject({ code: 'ERR_SLOW_SUBSCRIBER' })
  const gaps = read.filter((item): item is Gap => item.type === 'gap')
  expect(gaps.length).toBeGreaterThan(0)
  // Read and missed together are everything, in order.
  const accounted = read.flatMap((item) =>
    item.type === 'gap' ? Array.from({ length: item.missed }, (_, index) => item.from + index) : [item.seq],
  )
  expect(accounted).toEqual((await recordOf(supervisor)).map(({ seq }) => seq))
  expect(events.at(-1)?.type).toBe('supervisor.stopped')
})

test('a subscriber that throws loses its subscription, is recorded once, and reaches nobody else', async () => {
  const { supervisor, event, of, events } = supervise({
    children: [busy(5), { id: 'web', ...zoo('sleeps'), ...whenReady }],
  })
  const uncaught: unknown[] = []
  const onUncaught = (error: unknown): void => void uncaught.push(error)
  process.on('uncaughtException', onUncaught)
  const types: string[] = []
  supervisor.events$.subscribe(({ type }) => types.push(type))
  const calls = { events: 0, exits: 0, state: 0, lines: 0, piped: 0 }
  const fail = (stream: keyof typeof calls) => () => {
    calls[stream]++
    throw new Error(`${stream} is broken`)
  }
  supervisor.events$.subscribe(fail('events'))
  supervisor.exits$.subscribe(fail('exits'))
  supervisor.lines$.subscribe(fail('lines'))
  supervisor.state$.subscribe(fail('state'))
  supervisor.events$.pipe(map(fail('piped'))).subscribe({ error: () => {} })
  await supervisor.start()
  await event('child.stopped', 'busy')
  await supervisor.stop()
  await new Promise((resolve) => setImmediate(resolve))
  process.off('uncaughtException', onUncaught)
  expect(uncaught).toEqual([])
  expect(calls).toEqual({ events: 1, exits: 1, lines: 1, state: 1, piped: 1 })
  const failures = of('subscriber.failed').map(({ data }) => `${data.source}: ${data.message}`)
  expect(failures.filter((text) => text.includes('is broken')).toSorted()).toEqual(
    expect.arrayContaining([
      'events$: events is broken',
      'exits$: exits is broken',
      'lines$: lines is broken',
      'state$: state is broken',
    ]),
  )
  expect(types).toEqual(events.map(({ type }) => type))
})

test('a subscriber that blocks delays everything and breaks nothing', async () => {
  const { supervisor, event, of } = supervise({ children: [busy(6)] })
  supervisor.events$.subscribe(() => {
    const end = performance.now() + 3
    while (performance.now() < end);
  })
  await supervisor.start()
  await event('child.stopped', 'busy')
  expect(of('process.exited')).toHaveLength(7)
})

test('commands given from within a subscriber are carried out in order', async () => {
  const { supervisor, event, of, at } = supervise({
    children: [
      { id: 'a', ...zoo('sleeps') },
      { id: 'b', ...zoo('sleeps') },
    ],
  })
  at('child.ready', ({ child }) => {
    if (child === 'a') void supervisor.child('b')?.restart()
  })
  at('child.stopped', ({ child }) => {
    if (child === 'a') void supervisor.stop()
  })
  await supervisor.start()
  await event('child.ready', 'b')
  await supervisor.child('a')?.stop()
  await event('supervisor.stopped')
  expect(of('supervisor.stopping')).toHaveLength(1)
})

test("state$ begins with the view of its subscription and ends with the last one; each child's does as well", async () => {
  const { supervisor, child } = supervise({ children: [{ id: 'web', ...zoo('graceful'), ...whenReady }] })
  const views: SupervisorView[] = []
  const states: string[] = []
  const ended: string[] = []
  supervisor.state$.subscribe({ next: (view) => views.push(view), complete: () => ended.push('supervisor') })
  child('web').state$.subscribe({ next: ({ state }) => states.push(state), complete: () => ended.push('child') })
  expect(views).toEqual([supervisor.view])
  expect(states).toEqual(['initial'])
  await supervisor.start()
  await supervisor.stop()
  await until('both have ended', () => ended.length === 2)
  expect(views.at(-1)).toBe(supervisor.view)
  expect(Object.isFrozen(views.at(-1))).toBe(true)
  // Settling may be over within one turn.
  expect(states.filter((state) => state !== 'settling')).toEqual([
    'initial',
    'starting',
    'starting',
    'running',
    'stopping',
    'stopped',
  ])
})
