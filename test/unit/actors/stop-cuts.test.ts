import { describe, expect, test } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import type { Behaviour } from '../../../src/testing/index.ts'
import { afterASecond, createScene, watch, type Scene } from './scene.ts'

async function running(more: object = {}, behaviour: Behaviour = {}): Promise<Scene> {
  const web = { id: 'web', command: 'web', restart: afterASecond, ...more } as ChildOptions
  const scene = createScene({ children: [web] }, { web: behaviour })
  await scene.start()
  scene.listen()
  return scene
}

const signals = (scene: Scene) =>
  scene.events.flatMap((event) =>
    event.type === 'signal.sent' ? [`${event.data.signal} ${event.data.to} ${event.data.stage}`] : [],
  )

describe('stop() again', () => {
  test('joins: one ladder, one record, the same report for all', async () => {
    const scene = await running({}, { onSignal: { SIGTERM: { afterMs: 100 } } })
    const stops = [1, 2, 3].map(() => watch(scene.child('web').stop()))
    await scene.world.advance(50)
    stops.push(watch(scene.child('web').stop()))
    await scene.world.advance(50)
    expect(new Set(stops.map(({ value }) => JSON.stringify(value))).size).toBe(1)
    expect(stops[0]?.settled).toBe(true)
    expect(scene.told({ types: ['stop.requested'] })).toHaveLength(1)
  })

  test('at rest resolves with the last report', async () => {
    const scene = await running()
    const [report] = await Promise.all([scene.child('web').stop(), scene.world.advance(0)])
    await scene.world.advance(5_000)
    expect(await scene.child('web').stop()).toEqual(report)
    expect(await scene.child('web').stop({ now: true })).toEqual(report)
  })

  test.each<[string, object, Behaviour, (scene: Scene) => Promise<void>]>([
    ['splaying', { stop: { splayMs: 10_000 } }, { onSignal: { SIGTERM: 'ignore' } }, async () => {}],
    ['terminating', {}, { onSignal: { SIGTERM: 'ignore' } }, async () => {}],
    ['settling', {}, { forks: [{ onSignal: { SIGTERM: 'ignore' } }] }, (scene) => scene.world.advance(10)],
  ])('with `now` escalates in %s', async (state, more, behaviour, bring) => {
    const scene = await running(more, behaviour)
    const stopped = watch(scene.child('web').stop())
    await bring(scene)
    const { view } = scene.child('web')
    expect(view.substate ?? view.state).toBe(state)
    watch(scene.child('web').stop({ now: true }))
    await scene.world.advance(0)
    expect(stopped.value?.children[0]).toMatchObject({ escalated: true, outcome: 'stopped' })
    expect(scene.world.processes()).toEqual([])
  })

  test('with `now` in killing changes nothing: the kill is under way', async () => {
    const scene = await running({}, { unkillable: true })
    watch(scene.child('web').stop({ now: true }))
    expect(scene.child('web').view.substate).toBe('killing')
    const { length } = scene.events
    watch(scene.child('web').stop({ now: true }))
    expect(scene.events).toHaveLength(length)
  })

  test('`now` knows neither splay nor signal nor grace', async () => {
    const scene = await running({ stop: { splayMs: 10_000 } })
    const stopped = watch(scene.child('web').stop({ now: true }))
    await scene.world.advance(0)
    expect(signals(scene)).toEqual(['SIGKILL group kill'])
    expect(stopped.value?.children[0]).toMatchObject({ escalated: true, durationMs: 0 })
  })
})

describe('stop() cuts short what only takes time', () => {
  test('a backoff: nothing is spawned afterwards', async () => {
    const scene = await running()
    await scene.end('web')
    expect(scene.states()).toEqual(['web backingOff'])
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(0)
    expect(stopped.value?.children[0]).toMatchObject({ outcome: 'stopped', escalated: false })
    await scene.world.advance(10_000)
    expect(scene.told({ types: ['spawn.requested'] })).toEqual([])
  })

  test('a probe: the pending start rejects with ERR_ABORTED', async () => {
    const scene = createScene({})
    await scene.start()
    const child = scene.supervisor.add({ id: 'web', command: 'web', ready: 'manual' }, { start: false })
    const started = watch(child.start())
    await scene.world.advance(0)
    const stopped = watch(child.stop())
    await scene.world.advance(0)
    expect(started.code).toBe('ERR_ABORTED')
    expect(stopped.value?.children[0]?.outcome).toBe('stopped')
  })

  test('a spawn that stands in the queue: it is dropped, and answered as ERR_ABORTED', async () => {
    const scene = createScene({ maxConcurrentStarts: 1 })
    await scene.start()
    scene.supervisor.add({ id: 'first', command: 'first' })
    const child = scene.supervisor.add({ id: 'web', command: 'web' })
    expect(child.view.substate).toBe('spawning')
    const stopped = watch(child.stop())
    await scene.world.advance(0)
    expect(stopped.value?.children[0]).toMatchObject({ outcome: 'stopped' })
    const failed = scene.events.find(({ type, child: id }) => id === 'web' && type === 'process.spawnFailed')
    expect(failed?.data).toMatchObject({ code: 'ERR_ABORTED' })
    expect(scene.world.calls.spawns).toBe(1)
  })

  test('a spawn that is under way: the process is born into its ladder', async () => {
    const scene = createScene({}, { web: { spawnMs: 100 } })
    await scene.start()
    const child = scene.supervisor.add({ id: 'web', command: 'web' })
    await scene.world.advance(10)
    const stopped = watch(child.stop())
    await scene.world.advance(89)
    expect(stopped.settled).toBe(false)
    await scene.world.advance(1)
    expect(stopped.value?.children[0]).toMatchObject({
      outcome: 'stopped',
      exit: { signal: 'SIGTERM', expected: true },
    })
    expect(scene.world.processes()).toEqual([])
  })

  test.each([false, true])('the same at once (now: %j)', async (now) => {
    const scene = createScene({}, { web: { spawnMs: 100, onSignal: { SIGTERM: 'exit' } } })
    await scene.start()
    const child = scene.supervisor.add({ id: 'web', command: 'web' })
    await scene.world.advance(10)
    watch(child.stop({ now }))
    await scene.world.advance(90)
    expect(child.view).toMatchObject({ state: 'stopped', lastExit: now ? { signal: 'SIGKILL' } : { code: 0 } })
  })
})

describe('kill()', () => {
  test('is stop({ now: true }) without waiting', async () => {
    const scene = await running({ stop: { splayMs: 10_000 } }, { onSignal: { SIGTERM: 'ignore' } })
    expect(scene.child('web').kill()).toBeUndefined()
    expect(scene.child('web').view).toMatchObject({ state: 'stopping', substate: 'killing', desired: 'down' })
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['web stopped(stopped)'])
  })

  test('without a process is a stop without a signal', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] })
    scene.child('web').kill()
    expect(scene.states()).toEqual(['web stopped(stopped)'])
    expect(signals(scene)).toEqual([])
  })

  test('of a child that was removed does nothing', async () => {
    const scene = await running()
    const child = scene.child('web')
    await Promise.all([scene.supervisor.remove('web'), scene.world.advance(0)])
    child.kill()
    expect(child.view.state).toBe('removed')
  })
})
