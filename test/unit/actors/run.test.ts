import { describe, expect, test } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import { createScene, watch } from './scene.ts'

const listeners = (): number => process.listenerCount('SIGUSR2')
const quiet = { handleSignals: false } as const
const significant = (id: string): ChildOptions => ({ id, command: id, significant: true, restart: 'temporary' })
const onUsr2 = { handleSignals: ['SIGUSR2'] } as const

describe('supervisor.run()', () => {
  test('starts, waits for the end whatever that is, and tells its exit code', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] })
    const run = watch(scene.supervisor.run(quiet))
    await scene.world.advance(5_000)
    expect(run.settled).toBe(false)
    void scene.supervisor.stop()
    await scene.world.advance(0)
    expect(run.value).toMatchObject({ exitCode: 0, report: { children: [{ id: 'web' }], survivors: [] } })
    expect(run.value).not.toHaveProperty('error')
  })

  test('joins after a start()', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] })
    await scene.start()
    const run = watch(scene.supervisor.run(quiet))
    await scene.world.advance(0)
    expect(scene.told({ types: ['supervisor.started'] })).toHaveLength(1)
    void scene.supervisor.stop()
    await scene.world.advance(0)
    expect(run.settled).toBe(true)
  })

  test('a failed start is a result, not a rejection: 1, and why', async () => {
    const scene = createScene({ children: [{ id: 'bad', command: 'bad', ready: 'manual' }] }, { bad: { code: 9 } })
    const run = watch(scene.supervisor.run(quiet))
    await scene.world.advance(0)
    expect(run.value).toMatchObject({ exitCode: 1, error: { code: 'ERR_EXITED_BEFORE_READY', child: 'bad' } })
  })

  test('a give-up is 1, with its reason', async () => {
    const scene = createScene({
      intensity: { restarts: 0, withinMs: 1_000 },
      children: [{ id: 'web', command: 'web' }],
    })
    const run = watch(scene.supervisor.run(quiet))
    await scene.world.advance(0)
    await scene.end('web', { code: 7 })
    expect(run.value).toMatchObject({ exitCode: 1, error: { child: 'web', exit: { code: 7 } } })
  })

  test.each<[string, Partial<ChildOptions>, object, number]>([
    ['a success', { restart: 'transient' }, { code: 0 }, 0],
    ['a failure', { restart: 'temporary' }, { code: 42 }, 42],
    ['a signal', { restart: 'temporary' }, { signal: 'SIGSEGV' }, 139],
    ['another success', { restart: { type: 'transient', success: [3] } }, { code: 3 }, 3],
  ])('the status of the significant child that ended it: %s', async (_, more, how, exitCode) => {
    const child = { id: 'main', command: 'main', significant: true, ...more } as ChildOptions
    const scene = createScene({ autoShutdown: 'any-significant', children: [child, { id: 'side', command: 'side' }] })
    const run = watch(scene.supervisor.run(quiet))
    await scene.world.advance(0)
    await scene.end('main', how as { code: number })
    expect(run.value?.exitCode).toBe(exitCode)
  })

  test('with all-significant it is the last one that counts', async () => {
    const scene = createScene({ autoShutdown: 'all-significant', children: [significant('a'), significant('b')] })
    const run = watch(scene.supervisor.run(quiet))
    await scene.world.advance(0)
    await scene.end('a', { code: 5 })
    await scene.end('b', { code: 6 })
    expect(run.value?.exitCode).toBe(6)
  })

  test('a signal stops gracefully, the second one at once, and the first one names the code', async () => {
    const scene = createScene(
      { children: [{ id: 'web', command: 'web' }] },
      { web: { onSignal: { SIGTERM: 'ignore' } } },
    )
    const run = watch(scene.supervisor.run(onUsr2))
    await scene.world.advance(0)
    process.emit('SIGUSR2', 'SIGUSR2')
    await scene.world.advance(100)
    expect(scene.states()).toEqual(['web stopping'])
    expect(run.settled).toBe(false)
    process.emit('SIGUSR2', 'SIGUSR2')
    await scene.world.advance(0)
    expect(run.value).toMatchObject({ exitCode: 140, report: { children: [{ escalated: true }] } })
  })

  test("a handled signal beats the significant child's status", async () => {
    const scene = createScene(
      {
        autoShutdown: 'any-significant',
        children: [{ id: 'main', command: 'main', significant: true, restart: 'temporary' }],
      },
      { main: { onSignal: { SIGTERM: { code: 42 } } } },
    )
    const run = watch(scene.supervisor.run(onUsr2))
    await scene.world.advance(0)
    process.emit('SIGUSR2', 'SIGUSR2')
    await scene.world.advance(0)
    expect(run.value?.exitCode).toBe(140)
  })

  test('listens only while it waits, and start() never does', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] })
    const before = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'].map((name) => process.listenerCount(name))
    await scene.start()
    expect(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'].map((name) => process.listenerCount(name))).toEqual(before)
    const was = listeners()
    const run = watch(scene.supervisor.run(onUsr2))
    expect(listeners()).toBe(was + 1)
    void scene.supervisor.stop()
    await scene.world.advance(0)
    expect(run.settled).toBe(true)
    expect(listeners()).toBe(was)
  })

  test('handles SIGINT, SIGTERM and SIGHUP by default', async () => {
    const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
    const before = names.map((name) => process.listenerCount(name))
    const scene = createScene({})
    const run = watch(scene.supervisor.run())
    expect(names.map((name) => process.listenerCount(name))).toEqual(before.map((count) => count + 1))
    void scene.supervisor.stop()
    await scene.world.advance(0)
    expect(run.settled).toBe(true)
    expect(names.map((name) => process.listenerCount(name))).toEqual(before)
  })

  test.each([['before'], ['while it starts'], ['later']])(
    'an abort of its signal %s is a graceful stop, 0',
    async (when) => {
      const scene = createScene({ children: [{ id: 'web', command: 'web', ready: 'manual' }] })
      const controller = new AbortController()
      if (when === 'before') controller.abort()
      const run = watch(scene.supervisor.run({ ...quiet, signal: controller.signal }))
      await scene.world.advance(0)
      if (when === 'later') scene.child('web').incarnation?.ready()
      await scene.world.advance(0)
      controller.abort()
      await scene.world.advance(0)
      expect(run.value).toMatchObject({ exitCode: 0 })
      expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'stopped' })
      expect(scene.world.processes()).toEqual([])
    },
  )

  test('rejects for misuse only', async () => {
    const scene = createScene({})
    const invalid = expect.objectContaining({ code: 'ERR_INVALID_SPEC' })
    await expect(scene.supervisor.run({ handleSignals: ['SIGKILL'] })).rejects.toEqual(invalid)
    await expect(scene.supervisor.run({ handleSignals: ['NOPE' as 'SIGINT'] })).rejects.toEqual(invalid)
    await expect(scene.supervisor.run({ handel: true } as object)).rejects.toEqual(invalid)
    expect(scene.supervisor.view.state).toBe('initial')
  })
})
