import { describe, expect, test } from 'vitest'
import { replay, type RecordedEvent, type SupervisorView } from '../../../src/index.ts'
import { createScene, watch, type Scene } from '../actors/scene.ts'

async function logOf(scene: Scene): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  for await (const item of scene.supervisor.read({ live: false })) if ('stream' in item) events.push(item)
  return events
}

/** What no log holds is left out. */
const recordable = (view: SupervisorView): unknown =>
  JSON.parse(JSON.stringify(view, (key, value: unknown) => (key === 'stderrTail' ? undefined : value)))

/** A day in the life of a shop: crashes, a give-up, an unkillable, a nested supervisor, removals. */
async function aDay(): Promise<Scene> {
  const scene = createScene(
    {
      id: 'shop',
      strategy: 'rest-for-one',
      children: [
        { id: 'db', command: 'db', ready: { line: 'up' } },
        { id: 'web', command: 'web', restart: { type: 'permanent', limit: { restarts: 1, withinMs: Infinity } } },
        { id: 'api', kind: 'supervisor', children: [{ id: 'worker/1', command: 'worker' }] },
        { id: 'stuck', command: 'stuck' },
      ],
    },
    {
      db: { prints: ['up', { text: 'careful', source: 'stderr' }] },
      web: { exitsAfterMs: 5_000, code: 2 },
      stuck: { unkillable: true },
    },
  )
  await scene.start()
  await scene.world.advance(20_000)
  watch(scene.supervisor.remove('db'))
  await scene.world.advance(0)
  scene.supervisor.add({ id: 'db', command: 'db' })
  await scene.world.advance(10_000)
  return scene
}

describe('replay', () => {
  test('of a log gives the view that the living supervisor had, at any moment', async () => {
    const scene = await aDay()
    expect(replay(await logOf(scene))).toEqual(recordable(scene.supervisor.view))
    const before = scene.supervisor.view
    const { length } = await logOf(scene)
    watch(scene.supervisor.stop())
    await scene.world.advance(10_000)
    const log = await logOf(scene)
    expect(replay(log)).toEqual(recordable(scene.supervisor.view))
    expect(replay(log, { until: length })).toEqual(recordable(before))
    expect(replay(log, { until: Infinity })).toEqual(replay(log))
  })

  test('touches nothing, and says the same each time', async () => {
    const scene = await aDay()
    const log = await logOf(scene)
    const calls = { ...scene.world.calls }
    const text = JSON.stringify(log)
    expect(replay(log)).toEqual(replay(log))
    expect(scene.world.calls).toEqual(calls)
    expect(JSON.stringify(log)).toBe(text)
  })

  test('of nothing is an initial, empty view', () => {
    expect(replay([])).toEqual({ id: 'root', state: 'initial', strategy: 'one-for-one', children: [], since: 0 })
  })

  test('of registrations alone knows whose they are', () => {
    const scene = createScene({ id: 'shop', strategy: 'one-for-all', children: [{ id: 'web', command: 'web' }] })
    const log: RecordedEvent[] = []
    const { journal } = scene.world
    expect(journal.last).toBe(0)
    const recorded = createScene({
      id: 'shop',
      strategy: 'one-for-all',
      journal,
      children: [{ id: 'web', command: 'web' }],
    })
    log.push(...journal.read(1, Infinity))
    expect(replay(log)).toEqual(recorded.supervisor.view)
  })

  test.each([{ until: 'x' }, { until: -1 }, { until: Number.NaN }, { utnil: 1 }])('refuses %j', (options) => {
    expect(() => replay([], options as object)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_SPEC' }))
  })

  test('until before the beginning of a retained log throws ERR_INVALID_STATE', () => {
    const checkpointed = { type: 'journal.checkpointed', seq: 7, data: { state: {} } } as unknown as RecordedEvent
    expect(() => replay([checkpointed], { until: 5 })).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }))
  })
})
