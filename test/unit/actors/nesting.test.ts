import { describe, expect, test } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import { below, childBelow, nested, statesBelow } from './nested-scene.ts'
import { createScene, watch } from './scene.ts'

const manual = (id: string, more: object = {}): ChildOptions => ({ id, command: id, ready: 'manual', ...more })

describe('the life of a nested supervisor', () => {
  test('it is ready when its children are, and has neither pid nor identity', async () => {
    const scene = createScene({ children: [nested([manual('worker')]), { id: 'web', command: 'web', after: ['api'] }] })
    await scene.start()
    expect(scene.states()).toEqual(['api starting', 'web starting'])
    expect(scene.child('api').view).toMatchObject({ kind: 'supervisor', substate: 'probing' })
    childBelow(scene, 'worker').incarnation?.ready()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['api running', 'web running'])
    const spawned = scene.events.find(({ stream, type }) => stream === '/api' && type === 'process.spawned')
    expect(spawned?.data).toEqual({ pid: null, identity: null, spawnMs: null })
    expect('pid' in scene.child('api').view).toBe(false)
    expect(scene.child('api').incarnation?.pid).toBeNull()
  })

  test('without children it is ready at once', async () => {
    const scene = createScene({ children: [nested([])] })
    const started = watch(scene.supervisor.start())
    await scene.world.advance(0)
    expect(started.settled).toBe(true)
    expect(scene.states()).toEqual(['api running'])
  })

  test('its children have streams below its own, and its own stream tells its supervisor events', async () => {
    const scene = createScene({ children: [nested([manual('a/b')])] })
    await scene.start()
    expect(
      below(scene)
        .children()
        .map(({ stream }) => stream),
    ).toEqual(['/api/a%2Fb'])
    expect(scene.events.filter(({ stream }) => stream === '/api').map(({ type }) => type)).toContain(
      'supervisor.started',
    )
  })

  test('a child of it that cannot start fails its start, and with it the one above', async () => {
    const scene = createScene(
      { children: [nested([manual('ok'), { id: 'bad', command: 'bad', ready: 'manual' }])] },
      { bad: { code: 3 } },
    )
    const started = watch(scene.supervisor.start())
    await scene.world.advance(0)
    expect(started.error).toMatchObject({ code: 'ERR_EXITED_BEFORE_READY' })
    expect(scene.states()).toEqual(['api stopped(startFailed)'])
    expect(scene.world.processes()).toEqual([])
  })

  test('its end is an exit in the log, and none of a process: neither in exits$ nor in the reaper', async () => {
    const scene = createScene({ children: [nested([{ id: 'worker', command: 'worker' }])] })
    const exits: string[] = []
    scene.supervisor.exits$.subscribe(({ stream }) => exits.push(stream))
    await scene.start()
    await Promise.all([scene.supervisor.stop(), scene.world.advance(0)])
    expect(exits).toEqual(['/api/worker'])
    const own = scene.events.find(({ stream, type }) => stream === '/api' && type === 'process.exited')
    expect(own?.data).toMatchObject({
      pid: null,
      identity: null,
      code: 0,
      signal: null,
      expected: true,
      cause: 'shutdown',
    })
  })
})

describe('stopping', () => {
  test('reaches its children in their order, and it settles when all are stopped', async () => {
    const slow = { onSignal: { SIGTERM: { afterMs: 100 } } }
    const scene = createScene(
      {
        children: [
          nested([
            { id: 'db', command: 'slow' },
            { id: 'worker', command: 'slow', after: ['db'] },
          ]),
        ],
      },
      { slow },
    )
    await scene.start()
    const stopped = watch(scene.child('api').stop())
    await scene.world.advance(100)
    expect(statesBelow(scene)).toEqual(['db stopping', 'worker stopped(stopped)'])
    await scene.world.advance(100)
    expect(stopped.value?.children.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['api', 'stopped'],
      ['db', 'stopped'],
      ['worker', 'stopped'],
    ])
    expect(below(scene).view).toMatchObject({ state: 'stopped', outcome: 'stopped' })
  })

  test('by its own handle is the same, and is no failure to the one above', async () => {
    const scene = createScene({
      autoShutdown: 'any-significant',
      children: [nested([{ id: 'w', command: 'w' }], { significant: true, restart: 'transient' })],
    })
    await scene.start()
    const stopped = watch(below(scene).stop())
    await scene.world.advance(0)
    expect(stopped.value?.children[0]).toMatchObject({ id: 'api', outcome: 'stopped' })
    expect(scene.supervisor.view.state).toBe('running')
  })

  test('`now` kills all of them at once', async () => {
    const scene = createScene(
      {
        children: [
          nested([
            { id: 'db', command: 'db' },
            { id: 'w', command: 'w', after: ['db'] },
          ]),
        ],
      },
      { '*': { onSignal: { SIGTERM: 'ignore' } } },
    )
    await scene.start()
    const stopped = watch(scene.child('api').stop({ now: true }))
    await scene.world.advance(0)
    expect(stopped.value?.children.map(({ id, escalated }) => [id, escalated])).toEqual([
      ['api', false],
      ['db', true],
      ['w', true],
    ])
  })

  test('`now` later hurries a stop that is under way', async () => {
    const scene = createScene(
      { children: [nested([{ id: 'w', command: 'w', stop: { killTimeoutMs: Infinity } }])] },
      { '*': { onSignal: { SIGTERM: 'ignore' } } },
    )
    await scene.start()
    const stopped = watch(scene.child('api').stop())
    await scene.world.advance(1_000_000)
    expect(stopped.settled).toBe(false)
    void scene.child('api').stop({ now: true })
    await scene.world.advance(0)
    expect(stopped.settled).toBe(true)
  })

  test('a start() below it fails with ERR_SUPERVISOR_STOPPED while it stops, and works when it lives again', async () => {
    const scene = createScene(
      { children: [nested([{ id: 'w', command: 'w' }])] },
      { w: { onSignal: { SIGTERM: { afterMs: 50 } } } },
    )
    await scene.start()
    watch(scene.child('api').restart())
    const restart = watch(childBelow(scene, 'w').restart())
    await scene.world.advance(0)
    expect(restart.code).toBe('ERR_SUPERVISOR_STOPPED')
    await scene.world.advance(50)
    const again = watch(childBelow(scene, 'w').restart())
    await scene.world.advance(50)
    expect(again.value).toMatchObject({ state: 'running', incarnation: 3 })
  })
})
