import { describe, expect, test } from 'vitest'
import type { ChildOptions, Supervisor } from '../../../src/index.ts'
import { afterASecond, atOnce, createScene, watch, type Scene } from './scene.ts'

const manual = (id: string, more: object = {}): ChildOptions => ({ id, command: id, ready: 'manual', ...more })

const nested = (children: readonly ChildOptions[], more: object = {}): ChildOptions => ({
  id: 'api',
  kind: 'supervisor',
  children,
  ...more,
})

const below = (scene: Scene): Supervisor => {
  const { supervisor } = scene.child('api')
  if (supervisor === undefined) throw new Error('No supervisor in "api"')
  return supervisor
}
const childBelow = (scene: Scene, id: string) => {
  const child = below(scene).child(id)
  if (child === undefined) throw new Error(`No child "${id}" below "api"`)
  return child
}
const statesBelow = (scene: Scene): string[] =>
  below(scene)
    .children()
    .map(({ view: { id, state, outcome } }) => `${id} ${state}${outcome === undefined ? '' : `(${outcome})`}`)

async function endBelow(scene: Scene, id: string, code = 1): Promise<void> {
  scene.world.exit(childBelow(scene, id).view.pid ?? 0, { code })
  await scene.world.advance(0)
}

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

describe('its own end', () => {
  test('by intensity is a failure, which its parent judges and answers with a restart', async () => {
    const scene = createScene({
      children: [
        nested([{ id: 'w', command: 'w', restart: atOnce }], {
          intensity: { restarts: 1, withinMs: 10_000 },
          restart: afterASecond,
        }),
      ],
    })
    await scene.start()
    await endBelow(scene, 'w')
    expect(statesBelow(scene)).toEqual(['w running'])
    await endBelow(scene, 'w')
    expect(scene.states()).toEqual(['api backingOff'])
    expect(below(scene).view).toMatchObject({ state: 'stopped', outcome: 'failed' })
    const exceeded = scene.events.find(({ type }) => type === 'intensity.exceeded')
    expect(exceeded).toMatchObject({ stream: '/api', data: { restarts: 1, withinMs: 10_000, by: '/api/w' } })
    expect(scene.child('api').view.lastExit).toMatchObject({
      code: 1,
      signal: null,
      status: 1,
      expected: false,
      cause: 'crash',
    })
    await scene.world.advance(1_000)
    expect(scene.states()).toEqual(['api running'])
    expect(statesBelow(scene)).toEqual(['w running'])
  })

  test('by autoShutdown after a success is a good end', async () => {
    const scene = createScene({
      children: [
        nested(
          [
            { id: 'job', command: 'job', restart: 'transient', significant: true },
            { id: 'w', command: 'w' },
          ],
          { autoShutdown: 'any-significant', restart: 'transient' },
        ),
      ],
    })
    await scene.start()
    await endBelow(scene, 'job', 0)
    expect(scene.states()).toEqual(['api stopped(exited)'])
    expect(scene.child('api').view.lastExit).toMatchObject({ code: 0, cause: 'finished' })
    expect(statesBelow(scene)).toEqual(['job stopped(exited)', 'w stopped(stopped)'])
  })

  test('by autoShutdown after a failure is a failure', async () => {
    const scene = createScene({
      children: [
        nested([{ id: 'job', command: 'job', restart: 'temporary', significant: true }], {
          autoShutdown: 'any-significant',
          restart: 'temporary',
        }),
      ],
    })
    await scene.start()
    await endBelow(scene, 'job', 4)
    expect(scene.states()).toEqual(['api stopped(failed)'])
  })

  test('counts in its own limit and in the intensity above it', async () => {
    const scene = createScene({
      intensity: { restarts: 0, withinMs: 1_000 },
      children: [nested([{ id: 'w', command: 'w', restart: atOnce }], { intensity: { restarts: 0, withinMs: 1_000 } })],
    })
    await scene.start()
    await endBelow(scene, 'w')
    expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
    expect(
      scene.events
        .filter(({ type }) => type === 'intensity.exceeded')
        .map(({ stream, data }) => [stream, (data as { by: string }).by]),
    ).toEqual([
      ['/api', '/api/w'],
      ['/', '/api'],
    ])
  })

  test('that was asked for below it is none: a child stopped by its caller leaves it running', async () => {
    const scene = createScene({ children: [nested([{ id: 'w', command: 'w' }])] })
    await scene.start()
    await Promise.all([childBelow(scene, 'w').stop(), scene.world.advance(0)])
    expect(scene.states()).toEqual(['api running'])
  })
})

describe('its restart', () => {
  test('keeps handles, streams and incarnation counts of declared children, and removes later ones', async () => {
    const scene = createScene({
      children: [
        nested([
          { id: 'w', command: 'w' },
          { id: 'v', command: 'v' },
        ]),
      ],
    })
    await scene.start()
    const w = childBelow(scene, 'w')
    const later = below(scene).add({ id: 'later', command: 'later' })
    await scene.world.advance(0)
    expect(later.view.state).toBe('running')
    const restarted = watch(scene.child('api').restart())
    await scene.world.advance(0)
    expect(restarted.value).toMatchObject({ state: 'running', incarnation: 2 })
    expect(childBelow(scene, 'w')).toBe(w)
    expect(w).toMatchObject({ stream: '/api/w', view: { state: 'running', incarnation: 2, restarts: 1 } })
    expect(below(scene).child('later')).toBeUndefined()
    expect(later.view.state).toBe('removed')
    expect(scene.world.processes()).toHaveLength(2)
  })

  test('starts those again that their caller had stopped or that had ended', async () => {
    const scene = createScene({
      children: [
        nested([
          { id: 'w', command: 'w' },
          { id: 'job', command: 'job', restart: 'temporary' },
        ]),
      ],
    })
    await scene.start()
    await Promise.all([childBelow(scene, 'w').stop(), endBelow(scene, 'job', 0)])
    expect(statesBelow(scene)).toEqual(['w stopped(stopped)', 'job stopped(exited)'])
    watch(scene.child('api').restart())
    await scene.world.advance(0)
    expect(statesBelow(scene)).toEqual(['w running', 'job running'])
  })

  test('one that was declared and removed stays removed', async () => {
    const scene = createScene({
      children: [
        nested([
          { id: 'w', command: 'w' },
          { id: 'v', command: 'v' },
        ]),
      ],
    })
    await scene.start()
    await Promise.all([below(scene).remove('v'), scene.world.advance(0)])
    watch(scene.child('api').restart())
    await scene.world.advance(0)
    expect(statesBelow(scene)).toEqual(['w running'])
  })

  test('that fails to start is tried again: it is automatic', async () => {
    let spawns = 0
    const scene = createScene(
      {
        children: [
          nested([{ id: 'w', command: 'w', ready: 'manual', restart: atOnce }], {
            intensity: { restarts: 0, withinMs: 1_000 },
            restart: afterASecond,
          }),
        ],
      },
      { w: () => (++spawns === 2 ? { code: 1 } : {}) },
    )
    await scene.start()
    childBelow(scene, 'w').incarnation?.ready()
    await scene.world.advance(0)
    await endBelow(scene, 'w')
    await scene.world.advance(1_000)
    expect(scene.child('api').view.state).toBe('backingOff')
    await scene.world.advance(1_000)
    childBelow(scene, 'w').incarnation?.ready()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['api running'])
    expect(scene.child('api').view.incarnation).toBe(3)
  })

  test('by a strategy above takes it down and up like any other', async () => {
    const scene = createScene({
      strategy: 'one-for-all',
      children: [{ id: 'web', command: 'web', restart: atOnce }, nested([{ id: 'w', command: 'w' }])],
    })
    await scene.start()
    await scene.end('web')
    expect(scene.states()).toEqual(['web running', 'api running'])
    expect(childBelow(scene, 'w').view).toMatchObject({ state: 'running', incarnation: 2 })
  })
})

describe('what nobody can kill below it', () => {
  test('makes it unkillable, names its survivors, and holds the tree up no longer', async () => {
    const scene = createScene(
      {
        children: [
          nested([
            { id: 'w', command: 'w' },
            { id: 'ok', command: 'ok' },
          ]),
        ],
      },
      { w: { unkillable: true } },
    )
    await scene.start()
    const stopped = watch(scene.supervisor.stop())
    await scene.world.advance(7_000)
    expect(scene.states()).toEqual(['api stopped(unkillable)'])
    expect(statesBelow(scene)).toEqual(['w stopped(unkillable)', 'ok stopped(stopped)'])
    expect(stopped.value?.survivors).toHaveLength(1)
  })

  test('refuses its restart until it has died', async () => {
    const scene = createScene({ children: [nested([{ id: 'w', command: 'w' }])] }, { w: { unkillable: true } })
    await scene.start()
    const restarted = watch(scene.child('api').restart())
    await scene.world.advance(7_000)
    expect(restarted.code).toBe('ERR_STOP_TIMEOUT')
    const again = watch(scene.child('api').restart())
    await scene.world.advance(0)
    expect(again.code).toBe('ERR_INVALID_STATE')
    scene.world.exit(scene.world.processes()[0]?.pid ?? 0, { signal: 'SIGKILL' })
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['api stopped(stopped)'])
    const third = watch(scene.child('api').restart())
    await scene.world.advance(0)
    expect(third.value).toMatchObject({ state: 'running', incarnation: 2 })
  })
})
