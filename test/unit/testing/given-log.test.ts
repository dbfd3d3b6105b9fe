import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSupervisor, replay, type RecordedEvent } from '../../../src/index.ts'
import { createWorld, given } from '../../../src/testing/index.ts'
import { histories, play } from '../record/random-history.ts'

async function recorded(): Promise<RecordedEvent[]> {
  const world = createWorld()
  world.program('*', {})
  const supervisor = createSupervisor({
    id: 'shop',
    ports: world.ports,
    journal: world.journal,
    children: [
      {
        id: 'db',
        command: 'db',
        restart: { type: 'transient', limit: { restarts: 1, withinMs: Infinity }, backoff: { minMs: 50, jitter: 0 } },
      },
      { id: 'web', command: 'web', after: ['db'], stop: { killTimeoutMs: Infinity, signal: 'SIGINT' } },
      { id: 'api', kind: 'supervisor', children: [{ id: 'w', command: 'w' }] },
    ],
  })
  const started = supervisor.start()
  await world.advance(0)
  await started
  const events: RecordedEvent[] = []
  for await (const item of supervisor.read({ live: false })) if ('stream' in item) events.push(item)
  return events
}

const crash = (more: ReturnType<typeof given>) =>
  more.when({ exited: 'db', code: 1 }).when({ drained: 'db' }).when({ gone: 'db' })

describe('a recorded log', () => {
  test('is decided upon by what it tells itself, without the program that wrote it', async () => {
    const log = await recorded()
    const history = given(log)
    expect(history.view.children.map(({ id, state }) => [id, state])).toEqual([
      ['db', 'running'],
      ['web', 'running'],
      ['api', 'running'],
    ])
    const stop = history.when({ stop: 'web' })
    stop.then(['stop.requested', 'splay.elapsed'])
    expect(stop.events[0]?.data).toMatchObject({ signal: 'SIGINT', killTimeoutMs: null })
    // The next number, and the next revision: it is the same log.
    expect(stop.events[0]?.seq).toBe((log.at(-1)?.seq ?? 0) + 1)
    const again = crash(history)
      .then(['restart.scheduled'])
      .when({ backoffElapsed: 'db', afterMs: 50 })
      .when({ spawned: 'db' })
    crash(again).thenNothing().when({ swept: 'db' }).thenNothing().when({ swept: 'db' }).then(['child.stopped'])
  })

  test('takes the rules that are given instead of those it tells', async () => {
    const log = await recorded()
    const children = [{ id: 'web', command: 'web', stop: { killTimeoutMs: 7 } }] as const
    expect(given(log, { children }).when({ stop: 'web' }).events[0]?.data).toMatchObject({
      signal: 'SIGTERM',
      killTimeoutMs: 7,
    })
  })

  test('can be gone on with in short', async () => {
    const log = await recorded()
    given([...log, { type: 'process.exited', child: 'web' }, { type: 'process.drained', child: 'web' }])
      .when({ gone: 'web' })
      .then(['restart.scheduled'])
  })

  test('of any life is a possible history, and looks like its replay', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const log: RecordedEvent[] = []
        play(history, (events) => void log.push(...events))
        expect(given(log).view).toEqual(replay(log))
      }),
      { numRuns: 60 },
    )
  })

  test('of which a part is missing is no log', async () => {
    const log = await recorded()
    expect(() => given(log.slice(3)).view).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }))
  })
})

test('a child that only its registration tells of has the usual rules', () => {
  given([
    { type: 'child.added', child: 'job', data: { oneShot: true, restart: 'temporary' } },
    { type: 'start.requested' },
  ])
    .when({ start: 'job' })
    .thenRefused('ERR_INVALID_STATE')
  given([{ type: 'child.added', child: 'web' }])
    .when({ start: 'web' })
    .then(['start.requested', 'spawn.requested'])
})
