import { describe, expect, test } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import { afterASecond, createScene, watch } from './scene.ts'

const manual = (id: string, more: object = {}): ChildOptions => ({ id, command: id, ready: 'manual', ...more })

describe('starting in order', () => {
  test('what waits for nothing starts in list order, and nobody waits for the one before', async () => {
    const scene = createScene({ children: ['c', 'a', 'b'].map((id) => manual(id)) })
    await scene.start()
    expect(scene.told({ types: ['process.spawned'] })).toEqual([
      'c process.spawned',
      'a process.spawned',
      'b process.spawned',
    ])
  })

  test('`started` is met with the spawn, `ready` with readiness', async () => {
    const scene = createScene({
      children: [
        manual('db'),
        { id: 'early', command: 'early', after: { db: 'started' } },
        { id: 'late', command: 'late', after: { db: 'ready' } },
      ],
    })
    await scene.start()
    expect(scene.states()).toEqual(['db starting', 'early running', 'late starting'])
    expect(scene.child('late').view.substate).toBe('waiting')
    scene.child('db').incarnation?.ready()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['db running', 'early running', 'late running'])
  })

  test('`completed` is met by a success only, and is what a list means for a one-shot', async () => {
    const scene = createScene(
      {
        children: [
          { id: 'migrate', command: 'migrate', oneShot: true },
          { id: 'web', command: 'web', after: ['migrate'] },
          { id: 'job', command: 'job', after: { migrate: 'completed' } },
        ],
      },
      { migrate: { exitsAfterMs: 50 } },
    )
    await scene.start()
    expect(scene.states()).toEqual(['migrate running', 'web starting', 'job starting'])
    await scene.world.advance(50)
    expect(scene.states()).toEqual(['migrate stopped(exited)', 'web running', 'job running'])
  })

  test('several conditions are all waited for, whichever is met first', async () => {
    const scene = createScene({
      children: [manual('a'), manual('b'), { id: 'web', command: 'web', after: ['a', 'b'] }],
    })
    await scene.start()
    scene.child('b').incarnation?.ready()
    await scene.world.advance(0)
    expect(scene.child('web').view.state).toBe('starting')
    scene.child('a').incarnation?.ready()
    await scene.world.advance(0)
    expect(scene.child('web').view.state).toBe('running')
  })

  test('a child may be listed before those it is after', async () => {
    const scene = createScene({
      children: [
        { id: 'web', command: 'web', after: ['db'] },
        { id: 'db', command: 'db' },
      ],
    })
    await scene.start()
    expect(scene.told({ types: ['process.spawned'] })).toEqual(['db process.spawned', 'web process.spawned'])
  })
})

describe('a dependency that will not come', () => {
  test('is stopped by its caller: the start that waits for it fails, and says why', async () => {
    const scene = createScene({ children: [manual('db')] })
    await scene.start()
    scene.supervisor.add({ id: 'web', command: 'web', after: ['db'] }, { start: false })
    const started = watch(scene.child('web').start())
    await scene.world.advance(0)
    expect(started.settled).toBe(false)
    void scene.child('db').stop()
    await scene.world.advance(0)
    expect(started.code).toBe('ERR_ABORTED')
    const stopped = scene.events.findLast(({ child, type }) => child === 'web' && type === 'child.stopped')
    expect(stopped).toMatchObject({ cause: 'dependency', data: { outcome: 'startFailed', cause: 'dependency' } })
    expect(scene.child('web').view).toMatchObject({ state: 'stopped', outcome: 'startFailed', incarnation: 0 })
    // Nothing was spawned for it: no number was used up.
    expect(scene.told({ of: 'web', types: ['spawn.requested'] })).toEqual([])
  })

  test('is there already, stopped: the start fails at once', async () => {
    const scene = createScene({ children: [{ id: 'db', command: 'db' }] })
    await scene.start()
    await Promise.all([scene.child('db').stop(), scene.world.advance(0)])
    scene.supervisor.add({ id: 'web', command: 'web', after: ['db'] }, { start: false })
    const started = watch(scene.child('web').start())
    await scene.world.advance(0)
    expect(started.code).toBe('ERR_ABORTED')
  })

  test('is removed', async () => {
    const scene = createScene({ children: [manual('db')] })
    await scene.start()
    const web = scene.supervisor.add({ id: 'web', command: 'web', after: ['db'] })
    const running = watch(web.when('running'))
    void scene.supervisor.remove('db')
    await scene.world.advance(0)
    expect(running.code).toBe('ERR_ABORTED')
    expect(web.view.outcome).toBe('startFailed')
  })

  test('is a one-shot that failed, or a `completed` that failed', async () => {
    const scene = createScene({ children: [manual('other')] }, { migrate: { code: 3 } })
    await scene.start()
    scene.supervisor.add({ id: 'migrate', command: 'migrate', oneShot: true })
    const web = scene.supervisor.add({ id: 'web', command: 'web', after: ['migrate'] })
    await scene.world.advance(0)
    expect(web.view).toMatchObject({ state: 'stopped', outcome: 'startFailed' })
  })

  test('brings down those that wait for the one that failed, in a chain', async () => {
    const scene = createScene({ children: [manual('other')] }, { db: { code: 3 } })
    await scene.start()
    scene.supervisor.add(manual('db'))
    scene.supervisor.add({ id: 'web', command: 'web', after: ['db'] })
    scene.supervisor.add({ id: 'ui', command: 'ui', after: ['web'] })
    await scene.world.advance(0)
    expect(scene.states()).toEqual([
      'other starting',
      'db stopped(startFailed)',
      'web stopped(startFailed)',
      'ui stopped(startFailed)',
    ])
  })
})

describe('an automatic restart', () => {
  const children = [
    { id: 'db', command: 'db', restart: afterASecond },
    { id: 'web', command: 'web', after: ['db'], restart: afterASecond },
  ] as const

  test('does not wait for a dependency that is stopped', async () => {
    const scene = createScene({ children })
    await scene.start()
    await Promise.all([scene.child('db').stop(), scene.world.advance(0)])
    await scene.end('web')
    await scene.world.advance(1_000)
    expect(scene.states()).toEqual(['db stopped(stopped)', 'web running'])
  })

  test('waits for one that is backing off', async () => {
    const scene = createScene({ children })
    await scene.start()
    await scene.end('web')
    await scene.world.advance(500)
    await scene.end('db')
    await scene.world.advance(500)
    expect(scene.states()).toEqual(['db backingOff', 'web starting'])
    await scene.world.advance(500)
    expect(scene.states()).toEqual(['db running', 'web running'])
  })

  test('waits for one that is not ready yet, and goes on without it when that is stopped', async () => {
    const scene = createScene({ children: [{ ...children[0], ready: 'manual' }, children[1]] })
    await scene.start()
    scene.child('db').incarnation?.ready()
    await scene.world.advance(0)
    await scene.end('web')
    await scene.end('db')
    await scene.world.advance(1_000)
    expect(scene.states()).toEqual(['db starting', 'web starting'])
    void scene.child('db').stop()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['db stopped(stopped)', 'web running'])
  })

  test('waits for one that settles towards a restart, and not for one that settles for good', async () => {
    const holds = { forks: [{ onSignal: { SIGTERM: 'ignore' }, holdsPipe: true }] } as const
    const scene = createScene(
      { children: [{ ...children[0], stop: { killTimeoutMs: 3_000 } }, children[1]] },
      { db: holds },
    )
    await scene.start()
    await scene.end('web')
    watch(scene.child('db').restart())
    await scene.world.advance(1_000)
    expect(scene.states()).toEqual(['db settling', 'web starting'])
    void scene.child('db').stop()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['db settling', 'web starting'])
    await scene.world.advance(2_000)
    expect(scene.child('web').view.state).toBe('running')
  })

  test("a dependency's restart leaves its dependants alone", async () => {
    const scene = createScene({ children })
    await scene.start()
    scene.listen()
    await scene.end('db')
    await scene.world.advance(1_000)
    expect(scene.told({ of: 'web' })).toEqual([])
  })
})
