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

describe('the ladder', () => {
  test('is the stop signal to the group, the exit, the proof, and one record of each', async () => {
    const scene = await running()
    const stopped = watch(scene.child('web').stop({ reason: 'enough' }))
    await scene.world.advance(0)
    expect(scene.told()).toEqual([
      'web stop.requested',
      'web splay.elapsed',
      'web signal.sent',
      'web process.exited',
      'web process.drained',
      'web child.stopped',
    ])
    expect(scene.events[0]?.data).toEqual({
      cause: 'operator',
      now: false,
      reason: 'enough',
      signal: 'SIGTERM',
      splayMs: 0,
      killTimeoutMs: 5_000,
    })
    expect(signals(scene)).toEqual(['SIGTERM group stop'])
    expect(stopped.value).toEqual({
      children: [
        {
          id: 'web',
          stream: '/web',
          outcome: 'stopped',
          exit: {
            code: null,
            signal: 'SIGTERM',
            status: 143,
            at: expect.any(Number),
            expected: true,
            cause: 'operator',
          },
          escalated: false,
          durationMs: 0,
        },
      ],
      survivors: [],
    })
  })

  test('splays within its bounds, then signals, then waits, then kills', async () => {
    const scene = await running(
      { stop: { splayMs: 1_000, killTimeoutMs: 300, signal: 'SIGINT' } },
      { onSignal: { SIGINT: 'ignore' } },
    )
    const stopped = watch(scene.child('web').stop())
    const [asked] = scene.events
    const splayMs = asked?.type === 'stop.requested' ? asked.data.splayMs : 0
    expect(splayMs).toBeGreaterThan(0)
    expect(scene.child('web').view.substate).toBe('splaying')
    await scene.world.advance(splayMs - 1)
    expect(signals(scene)).toEqual([])
    await scene.world.advance(1)
    expect(scene.child('web').view.substate).toBe('terminating')
    expect(signals(scene)).toEqual(['SIGINT group stop'])
    await scene.world.advance(300)
    expect(signals(scene)).toEqual(['SIGINT group stop', 'SIGKILL group kill'])
    expect(stopped.value?.children[0]).toMatchObject({
      escalated: true,
      durationMs: splayMs + 300,
      exit: { signal: 'SIGKILL' },
    })
  })

  test('with killTimeoutMs 0 sends SIGKILL right after the stop signal', async () => {
    const scene = await running({ stop: { killTimeoutMs: 0 } }, { onSignal: { SIGTERM: 'ignore' } })
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(0)
    expect(signals(scene)).toEqual(['SIGTERM group stop', 'SIGKILL group kill'])
    expect(stopped.settled).toBe(true)
  })

  test('of Infinity never kills', async () => {
    const scene = await running({ stop: { killTimeoutMs: Infinity } }, { onSignal: { SIGTERM: { afterMs: 1e9 } } })
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(1e9)
    expect(stopped.value?.children[0]).toMatchObject({ escalated: false, exit: { code: 0 } })
  })

  test("the leader's exit does not end the grace of its group", async () => {
    const scene = await running(
      { stop: { killTimeoutMs: 500 } },
      { forks: [{ onSignal: { SIGTERM: { afterMs: 400 } } }] },
    )
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(399)
    expect(scene.child('web').view).toMatchObject({ state: 'settling', lastExit: { signal: 'SIGTERM' } })
    expect(stopped.settled).toBe(false)
    await scene.world.advance(1)
    expect(stopped.value?.children[0]).toMatchObject({ escalated: false, durationMs: 400 })
    expect(signals(scene)).toEqual(['SIGTERM group stop'])
  })

  test('and what outlives the grace is killed', async () => {
    const scene = await running({ stop: { killTimeoutMs: 500 } }, { forks: [{ onSignal: { SIGTERM: 'ignore' } }] })
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(500)
    expect(stopped.value?.children[0]).toMatchObject({ escalated: true, durationMs: 500 })
    expect(signals(scene)).toEqual(['SIGTERM group stop', 'SIGKILL group remnants'])
    expect(scene.world.processes()).toEqual([])
  })

  test('after an exit nobody asked for, what is left of the group is killed at once', async () => {
    const scene = await running({}, { forks: [{ onSignal: { SIGTERM: 'ignore' } }] })
    await scene.end('web')
    expect(signals(scene)).toEqual(['SIGKILL group remnants'])
    expect(scene.world.processes()).toEqual([])
  })

  test('a leader that goes by itself while it splays leaves a group that gets the whole ladder', async () => {
    const scene = await running(
      { stop: { splayMs: 1_000, killTimeoutMs: 500 } },
      { forks: [{ onSignal: { SIGTERM: { afterMs: 100 } } }] },
    )
    watch(scene.child('web').stop())
    await scene.end('web', { code: 0 })
    expect(signals(scene)).toEqual(['SIGTERM group remnants'])
    await scene.world.advance(100)
    expect(scene.states()).toEqual(['web stopped(stopped)'])
  })

  test('an escapee is killed under its own incarnation, and the stop waits for its end', async () => {
    const scene = await running({}, { forks: [{ leavesGroup: true, onSignal: { SIGTERM: 'ignore' } }] })
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(0)
    expect(signals(scene)).toEqual(['SIGTERM group stop', 'SIGKILL escapee sweep'])
    expect(stopped.value?.children[0]).toMatchObject({ escalated: true })
    expect(scene.world.processes()).toEqual([])
  })

  test('a restart does not wait for the sweep, and escapees of the life before are recorded as such', async () => {
    const scene = createScene(
      { children: [{ id: 'web', command: 'web' }] },
      { web: (_, n) => (n === 1 ? { forks: [{ leavesGroup: true }] } : {}) },
      { sweepMs: 50 },
    )
    await scene.start()
    watch(scene.child('web').restart())
    await scene.world.advance(0)
    expect(scene.child('web').view).toMatchObject({ state: 'running', incarnation: 2 })
    await scene.world.advance(50)
    const late = scene.events.findLast(({ type }) => type === 'signal.sent')
    expect(late).toMatchObject({ incarnation: 1, data: { to: 'escapee', stage: 'sweep' } })
    expect(scene.child('web').view).toMatchObject({ state: 'running', incarnation: 2 })
    // A stop waits for that sweep as well.
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(49)
    expect(stopped.settled).toBe(false)
    await scene.world.advance(51)
    expect(stopped.settled).toBe(true)
  })
})
