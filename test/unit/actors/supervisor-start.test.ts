import { describe, expect, test } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import type { Behaviour } from '../../../src/testing/index.ts'
import { afterASecond, createScene, watch } from './scene.ts'

const manual = (id: string, more: object = {}): ChildOptions => ({ id, command: id, ready: 'manual', ...more })

describe('supervisor.start()', () => {
  test('resolves when every child is ready, and a one-shot when it has finished', async () => {
    const scene = createScene(
      {
        children: [
          manual('web'),
          { id: 'migrate', command: 'migrate', oneShot: true },
          { id: 'plain', command: 'plain' },
        ],
      },
      { migrate: { exitsAfterMs: 100 } },
    )
    const started = watch(scene.supervisor.start())
    await scene.world.advance(0)
    scene.child('web').incarnation?.ready()
    await scene.world.advance(99)
    expect(scene.supervisor.view.state).toBe('starting')
    expect(started.settled).toBe(false)
    await scene.world.advance(1)
    expect(started.settled).toBe(true)
    expect(started.code).toBeUndefined()
    expect(scene.supervisor.view.state).toBe('running')
  })

  test('resolves at once without children', async () => {
    const scene = createScene({})
    const started = watch(scene.supervisor.start())
    await scene.world.advance(0)
    expect(started).toMatchObject({ settled: true })
    expect(scene.supervisor.view.state).toBe('running')
  })

  test('a second call joins, one after it has resolved resolves too, and there is one start', async () => {
    const scene = createScene({ children: [manual('web')] })
    const both = [watch(scene.supervisor.start()), watch(scene.supervisor.start())]
    await scene.world.advance(0)
    expect(both.map(({ settled }) => settled)).toEqual([false, false])
    scene.child('web').incarnation?.ready()
    await scene.world.advance(0)
    const third = watch(scene.supervisor.start())
    await scene.world.advance(0)
    expect([...both, third].map(({ settled, code }) => [settled, code])).toEqual(
      Array.from({ length: 3 }, () => [true, undefined]),
    )
    expect(scene.told({ types: ['supervisor.started', 'start.requested'] })).toEqual([
      'root supervisor.started',
      'web start.requested',
    ])
  })

  test('starts those in `initial` only: a child that was stopped before stays stopped', async () => {
    const scene = createScene({ children: [manual('web'), manual('off')] })
    await Promise.all([scene.child('off').stop(), scene.world.advance(0)])
    const started = watch(scene.supervisor.start())
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['web starting', 'off stopped(stopped)'])
    scene.child('web').incarnation?.ready()
    await scene.world.advance(0)
    expect(started.settled).toBe(true)
  })

  test('a child that is stopped or removed meanwhile no longer counts', async () => {
    const scene = createScene({ children: [manual('a'), manual('b'), manual('c')] })
    const started = watch(scene.supervisor.start())
    await scene.world.advance(0)
    scene.child('a').incarnation?.ready()
    void scene.child('b').stop()
    await scene.world.advance(0)
    expect(started.settled).toBe(false)
    void scene.supervisor.remove('c')
    await scene.world.advance(0)
    expect(started).toEqual({ settled: true, value: undefined })
    expect(scene.supervisor.view.state).toBe('running')
  })

  test('a child that is added meanwhile starts, and is not waited for', async () => {
    const scene = createScene({ children: [manual('a')] })
    const started = watch(scene.supervisor.start())
    await scene.world.advance(0)
    scene.supervisor.add(manual('later'))
    scene.child('a').incarnation?.ready()
    await scene.world.advance(0)
    expect(started.settled).toBe(true)
    expect(scene.states()).toEqual(['a running', 'later starting'])
  })

  test('a child that became ready and crashes before the others are is restarted, and settles nothing twice', async () => {
    const scene = createScene({ children: [{ id: 'a', command: 'a', restart: afterASecond }, manual('b')] })
    const started = watch(scene.supervisor.start())
    await scene.world.advance(0)
    await scene.end('a')
    await scene.world.advance(1_000)
    expect(scene.states()).toEqual(['a running', 'b starting'])
    expect(started.settled).toBe(false)
    scene.child('b').incarnation?.ready()
    await scene.world.advance(0)
    expect(started.settled).toBe(true)
  })

  test('a restart of a child meanwhile is waited for', async () => {
    const scene = createScene({ children: [manual('a')] })
    const started = watch(scene.supervisor.start())
    await scene.world.advance(0)
    const restarted = watch(scene.child('a').restart())
    await scene.world.advance(0)
    expect(started.settled).toBe(false)
    scene.child('a').incarnation?.ready()
    await scene.world.advance(0)
    expect([started.settled, restarted.settled]).toEqual([true, true])
  })
})

describe('a start that fails', () => {
  test('stops those that were started, ends the supervisor as failed, and rejects with that error', async () => {
    const scene = createScene(
      { children: [manual('ok'), { id: 'bad', command: 'bad', ready: 'manual' }] },
      { bad: { code: 3, prints: [{ text: 'no port', source: 'stderr' }] } },
    )
    const started = watch(scene.supervisor.start())
    await scene.world.advance(0)
    expect(started.code).toBe('ERR_EXITED_BEFORE_READY')
    expect(started.error).toMatchObject({ child: 'bad', exit: { code: 3 }, stderrTail: 'no port' })
    expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
    expect(scene.states()).toEqual(['ok stopped(stopped)', 'bad stopped(startFailed)'])
    expect(scene.world.processes()).toEqual([])
  })

  test.each([
    ['a missing command', {}, { id: 'bad', command: 'missing' }, 'ERR_SPAWN_FAILED'],
    ['a ready timeout', {}, manual('bad', { readyTimeoutMs: 50 }), 'ERR_READY_TIMEOUT'],
    ['a one-shot that fails', { bad: { code: 2 } }, { id: 'bad', command: 'bad', oneShot: true }, 'ERR_NONZERO_EXIT'],
    [
      'a one-shot that takes too long',
      {},
      { id: 'bad', command: 'bad', oneShot: true, runTimeoutMs: 50 },
      'ERR_RUN_TIMEOUT',
    ],
  ] as [string, Record<string, Behaviour>, ChildOptions, string][])('%s', async (what, programs, bad, code) => {
    const scene = createScene({ children: [manual('ok'), bad] }, programs)
    // The first spawn fails: here it is of the one that is fine by itself.
    if (what === 'a missing command') scene.world.fail.spawn('ENOENT')
    const started = watch(scene.supervisor.start())
    await scene.world.advance(50)
    expect(started.code).toBe(code)
    expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
  })

  test('rejects once all is stopped, not before', async () => {
    const scene = createScene(
      {
        children: [
          { id: 'slow', command: 'slow' },
          { id: 'bad', command: 'bad', ready: 'manual' },
        ],
      },
      { slow: { onSignal: { SIGTERM: { afterMs: 700 } } }, bad: { exitsAfterMs: 10, code: 1 } },
    )
    const started = watch(scene.supervisor.start())
    await scene.world.advance(709)
    expect(started.settled).toBe(false)
    await scene.world.advance(1)
    expect(started.code).toBe('ERR_EXITED_BEFORE_READY')
  })

  test('a child that is late for being ready and cannot be killed has failed its start, too', async () => {
    const scene = createScene(
      { children: [manual('ok'), manual('bad', { readyTimeoutMs: 50, stop: { killTimeoutMs: 0, verifyMs: 10 } })] },
      { bad: { unkillable: true } },
    )
    const started = watch(scene.supervisor.start())
    await scene.world.advance(0)
    scene.child('ok').incarnation?.ready()
    await scene.world.advance(60)
    expect(started.error).toMatchObject({ code: 'ERR_STOP_TIMEOUT', child: 'bad' })
    expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
    expect(scene.states()).toEqual(['ok stopped(stopped)', 'bad stopped(unkillable)'])
  })

  test('a child that its caller stops meanwhile and that cannot be killed has not failed it', async () => {
    const scene = createScene(
      { children: [manual('ok'), manual('bad', { stop: { killTimeoutMs: 0, verifyMs: 10 } })] },
      { bad: { unkillable: true } },
    )
    const started = watch(scene.supervisor.start())
    await scene.world.advance(0)
    scene.child('ok').incarnation?.ready()
    void scene.child('bad').stop()
    await scene.world.advance(10)
    expect(started).toEqual({ settled: true, value: undefined })
    expect(scene.states()).toEqual(['ok running', 'bad stopped(unkillable)'])
  })

  test('the first failure is the reason, whatever fails after it', async () => {
    const scene = createScene(
      { children: [manual('a'), manual('b'), manual('ok')] },
      { a: { exitsAfterMs: 5, code: 1 }, b: { exitsAfterMs: 5, code: 2 } },
    )
    const started = watch(scene.supervisor.start())
    await scene.world.advance(5)
    expect(started.error).toMatchObject({ child: 'a' })
  })
})

describe('a start that is cut short', () => {
  test.each([
    ['stop()', (scene: ReturnType<typeof createScene>) => void scene.supervisor.stop()],
    ['stop({ now: true })', (scene: ReturnType<typeof createScene>) => void scene.supervisor.stop({ now: true })],
  ])('by %s rejects with ERR_ABORTED', async (_, cut) => {
    const scene = createScene({ children: [manual('web')] })
    const started = watch(scene.supervisor.start())
    await scene.world.advance(0)
    cut(scene)
    await scene.world.advance(0)
    expect(started.code).toBe('ERR_ABORTED')
    expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'stopped' })
  })

  test('by its signal stops everything and rejects with ERR_ABORTED, whose cause is the reason', async () => {
    const scene = createScene({ children: [manual('web')] })
    const controller = new AbortController()
    const started = watch(scene.supervisor.start({ signal: controller.signal }))
    await scene.world.advance(0)
    controller.abort('enough')
    await scene.world.advance(0)
    expect(started.code).toBe('ERR_ABORTED')
    expect(started.error).toMatchObject({ cause: 'enough' })
    expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'aborted' })
    expect(scene.world.processes()).toEqual([])
  })

  test('by a signal that was aborted before starts nothing', async () => {
    const scene = createScene({ children: [manual('web')] })
    const started = watch(scene.supervisor.start({ signal: AbortSignal.abort() }))
    await scene.world.advance(0)
    expect(started.code).toBe('ERR_ABORTED')
    expect(scene.supervisor.view.state).toBe('initial')
  })

  test('is not, by an abort after it is complete', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] })
    const controller = new AbortController()
    const started = watch(scene.supervisor.start({ signal: controller.signal }))
    await scene.world.advance(0)
    controller.abort()
    await scene.world.advance(0)
    expect(started.settled).toBe(true)
    expect(scene.supervisor.view.state).toBe('running')
  })
})

test('add() refuses a `start` that is neither true nor false, and registers nobody', () => {
  const { supervisor } = createScene({})
  const options = { start: 'no' } as unknown as { start: boolean }
  const refused = expect.objectContaining({
    code: 'ERR_INVALID_SPEC',
    issues: [expect.objectContaining({ path: 'start' })],
  })
  expect(() => supervisor.add({ id: 'web', command: 'web' }, options)).toThrow(refused)
  expect(supervisor.children()).toEqual([])
})
