import { describe, expect, test } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import { afterASecond, createScene, watch, type Scene } from './scene.ts'

const web: ChildOptions = { id: 'web', command: 'web', ready: 'manual', stop: { killTimeoutMs: 100 } }

/** A supervisor that runs, and a child in it that nobody has started. */
async function registered(child: ChildOptions = web, programs = {}): Promise<Scene> {
  const scene = createScene({}, programs)
  await scene.start()
  scene.supervisor.add(child, { start: false })
  scene.listen()
  return scene
}

describe('child.start()', () => {
  test('resolves with the view when the child is ready', async () => {
    const scene = await registered()
    const started = watch(scene.child('web').start())
    await scene.world.advance(0)
    expect(started.settled).toBe(false)
    scene.child('web').incarnation?.ready()
    await scene.world.advance(0)
    expect(started.value).toBe(scene.child('web').view)
    expect(started.value).toMatchObject({ state: 'running', ready: true, incarnation: 1, restarts: 0 })
    expect(scene.told()).toEqual([
      'web start.requested',
      'web spawn.requested',
      'web process.spawned',
      'web child.ready',
    ])
  })

  test('rejects before the supervisor runs, and registers nothing', async () => {
    const scene = createScene({ children: [web] })
    const refused = expect.objectContaining({ code: 'ERR_SUPERVISOR_NOT_RUNNING', child: 'web' })
    await expect(scene.child('web').start()).rejects.toEqual(refused)
    await expect(scene.child('web').restart()).rejects.toEqual(refused)
    expect(scene.states()).toEqual(['web initial'])
  })

  test.each<[string, (scene: Scene) => Promise<void> | void]>([
    ['starting', () => {}],
    ['running', (scene) => scene.child('web').incarnation?.ready()],
    ['stopping', (scene) => void scene.child('web').stop()],
    ['stopping after a restart', (scene) => void watch(scene.child('web').restart())],
    ['settling', (scene) => scene.end('web')],
  ])('in %s rejects with ERR_INVALID_STATE, and changes nothing', async (state, bring) => {
    const scene = await registered(web, {
      web: { onSignal: { SIGTERM: 'ignore' }, forks: [{ unkillable: state === 'settling' }] },
    })
    watch(scene.child('web').start())
    await scene.world.advance(0)
    await bring(scene)
    await scene.world.advance(0)
    expect(scene.child('web').view.state).toBe(state.split(' ')[0])
    const { length } = scene.events
    await expect(scene.child('web').start()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE', child: 'web' })
    expect(scene.events).toHaveLength(length)
  })

  test('in backingOff, stopped and removed too', async () => {
    const invalid = { code: 'ERR_INVALID_STATE' }
    const scene = await registered({ ...web, ready: 'spawned', restart: afterASecond })
    const child = scene.child('web')
    watch(child.start())
    await scene.world.advance(0)
    await scene.end('web')
    expect(child.view.state).toBe('backingOff')
    await expect(child.start()).rejects.toMatchObject(invalid)
    await Promise.all([child.stop(), scene.world.advance(0)])
    await expect(child.start()).rejects.toMatchObject(invalid)
    await Promise.all([scene.supervisor.remove('web'), scene.world.advance(0)])
    await expect(child.start()).rejects.toMatchObject(invalid)
    await expect(child.restart()).rejects.toMatchObject(invalid)
    expect(await child.stop()).toMatchObject({ children: [{ id: 'web', outcome: 'stopped' }] })
  })

  test('a child that was stopped in `initial` cannot be started, only restarted', async () => {
    const scene = await registered()
    await Promise.all([scene.child('web').stop(), scene.world.advance(0)])
    expect(scene.states()).toEqual(['web stopped(stopped)'])
    await expect(scene.child('web').start()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
    const restarted = watch(scene.child('web').restart())
    await scene.world.advance(0)
    scene.child('web').incarnation?.ready()
    await scene.world.advance(0)
    expect(restarted.value).toMatchObject({ state: 'running', incarnation: 1 })
  })
})

describe('a start is one attempt', () => {
  test.each<[string, ChildOptions, object, string, object]>([
    ['the spawn fails', { ...web, command: 'none' }, {}, 'ERR_SPAWN_FAILED', {}],
    [
      'it exits before it is ready',
      web,
      { web: { code: 3, prints: [{ text: 'oops', source: 'stderr' }] } },
      'ERR_EXITED_BEFORE_READY',
      { exit: { code: 3 }, stderrTail: 'oops' },
    ],
    ['it exits well before it is ready', web, { web: { code: 0 } }, 'ERR_EXITED_BEFORE_READY', { exit: { code: 0 } }],
    [
      'it is not ready in time',
      { ...web, readyTimeoutMs: 50 },
      {},
      'ERR_READY_TIMEOUT',
      { exit: { signal: 'SIGTERM', expected: false, cause: 'timeout' } },
    ],
    ['its run takes too long before that', { ...web, runTimeoutMs: 50 }, {}, 'ERR_RUN_TIMEOUT', {}],
  ])('%s: it ends in stopped(startFailed), and is not tried again', async (_, child, programs, code, details) => {
    const scene = await registered({ ...child, restart: afterASecond }, programs)
    if (code === 'ERR_SPAWN_FAILED') scene.world.fail.spawn('EACCES')
    const started = watch(scene.child('web').start())
    await scene.world.advance(50)
    expect(started.code).toBe(code)
    expect(started.error).toMatchObject({ child: 'web', ...details })
    expect(scene.child('web').view).toMatchObject({
      state: 'stopped',
      outcome: 'startFailed',
      desired: 'down',
      incarnation: 1,
    })
    await scene.world.advance(100_000)
    expect(scene.told({ types: ['spawn.requested'] })).toHaveLength(1)
  })

  test('a failed spawn carries the errno as its cause, and no exit', async () => {
    const scene = await registered()
    scene.world.fail.spawn('EACCES')
    const started = watch(scene.child('web').start())
    await scene.world.advance(0)
    expect(started.error).toMatchObject({ cause: { code: 'EACCES' } })
    expect(started.error).not.toHaveProperty('exit')
  })

  test('only automatic restarts are retried: a failed one counts like a crash', async () => {
    const scene = await registered({
      ...web,
      ready: 'spawned',
      restart: { type: 'permanent', backoff: { minMs: 1_000, factor: 2, jitter: 0 } },
    })
    watch(scene.child('web').start())
    await scene.world.advance(0)
    await scene.end('web')
    scene.world.fail.spawn('EAGAIN', 2)
    await scene.world.advance(1_000 + 2_000)
    expect(scene.told({ types: ['process.spawnFailed'] })).toHaveLength(2)
    expect(scene.child('web').view).toMatchObject({ state: 'backingOff' })
    await scene.world.advance(4_000)
    expect(scene.child('web').view).toMatchObject({ state: 'running', incarnation: 4 })
  })
})

describe('start({ signal })', () => {
  test('an abort before ready stops the child, which rests as `aborted`, and rejects with the reason', async () => {
    const scene = await registered()
    const controller = new AbortController()
    const started = watch(scene.child('web').start({ signal: controller.signal }))
    await scene.world.advance(0)
    const reason = new Error('no more time')
    controller.abort(reason)
    await scene.world.advance(0)
    expect(started.error).toMatchObject({ code: 'ERR_ABORTED', cause: reason })
    expect(scene.child('web').view).toMatchObject({ state: 'stopped', outcome: 'aborted' })
    expect(scene.events.find(({ type }) => type === 'stop.requested')?.cause).toBe('abort')
  })

  test('a stop by somebody else is not told as the abort of that signal', async () => {
    const scene = await registered()
    const controller = new AbortController()
    const started = watch(scene.child('web').start({ signal: controller.signal }))
    await scene.world.advance(0)
    void scene.child('web').stop()
    controller.abort(new Error('too late'))
    await scene.world.advance(100)
    expect(started.code).toBe('ERR_ABORTED')
    expect(started.error).not.toHaveProperty('cause')
  })

  test('an abort after ready does nothing', async () => {
    const scene = await registered()
    const controller = new AbortController()
    watch(scene.child('web').start({ signal: controller.signal }))
    await scene.world.advance(0)
    scene.child('web').incarnation?.ready()
    await scene.world.advance(0)
    controller.abort()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['web running'])
  })

  test('one that was aborted before starts nothing', async () => {
    const scene = await registered()
    await expect(scene.child('web').start({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    })
    expect(scene.states()).toEqual(['web initial'])
  })

  test('no listener is left on the signal of a start that is over', async () => {
    const scene = await registered()
    const controller = new AbortController()
    const { signal } = controller
    const kept: unknown[] = []
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      kept.push(args[1])
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      kept.splice(kept.indexOf(args[1]), 1)
      remove(...args)
    }
    watch(scene.child('web').start({ signal }))
    await scene.world.advance(0)
    expect(kept).toHaveLength(1)
    scene.child('web').incarnation?.ready()
    await scene.world.advance(0)
    expect(kept).toEqual([])
  })
})
