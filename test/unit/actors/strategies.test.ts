import { describe, expect, test } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import { afterASecond, atOnce, watch, type Scene } from './scene.ts'
import { causes, lives, running, three } from './strategy-scene.ts'

describe('one-for-one', () => {
  test('restarts the one that failed and nobody else', async () => {
    const scene = await running('one-for-one')
    await scene.end('a')
    await scene.world.advance(1_000)
    expect(scene.told({ types: lives })).toEqual(['a process.exited', 'a restart.due', 'a process.spawned'])
  })
})

describe('one-for-all', () => {
  test('brings all down in reverse, waits for the delay, and begins all in one batch and in order', async () => {
    const scene = await running('one-for-all', [
      { id: 'a', command: 'a', restart: afterASecond },
      { id: 'b', command: 'b', restart: afterASecond, after: ['a'] },
      { id: 'c', command: 'c', restart: afterASecond, after: ['b'] },
    ])
    await scene.end('b')
    expect(scene.states()).toEqual(['a settling', 'b backingOff', 'c settling'])
    expect(scene.told({ types: ['restart.requested', 'process.exited'] })).toEqual([
      'b process.exited',
      'c restart.requested',
      'c process.exited',
      'a restart.requested',
      'a process.exited',
    ])
    expect(causes(scene, 'restart.requested')).toEqual(['c strategy', 'a strategy'])
    expect(causes(scene, 'process.exited')).toEqual(['b crash', 'c strategy', 'a strategy'])

    scene.listen()
    await scene.world.advance(999)
    expect(scene.told()).toEqual([])
    await scene.world.advance(1)
    const due = scene.events.filter(({ type }) => type === 'restart.due')
    expect(new Set(due.map(({ child }) => child))).toEqual(new Set(['a', 'b', 'c']))
    // One batch: next to each other in the log, whatever follows from each stands behind all.
    expect(due.map(({ seq }) => seq - (due[0]?.seq ?? 0))).toEqual([0, 1, 2])
    expect(scene.told({ types: ['process.spawned'] })).toEqual([
      'a process.spawned',
      'b process.spawned',
      'c process.spawned',
    ])
    expect(scene.states()).toEqual(['a running', 'b running', 'c running'])
  })

  test('members without an order between them stop in parallel', async () => {
    const scene = await running('one-for-all', three(), {
      a: { onSignal: { SIGTERM: { afterMs: 100 } } },
      c: { onSignal: { SIGTERM: { afterMs: 100 } } },
    })
    await scene.end('b')
    expect(scene.told({ types: ['restart.requested'] })).toEqual(['a restart.requested', 'c restart.requested'])
    await scene.world.advance(100)
    expect(scene.told({ types: ['process.exited'] })).toEqual([
      'b process.exited',
      'a process.exited',
      'c process.exited',
    ])
  })

  test('waits for the slowest member, however short the delay', async () => {
    const scene = await running('one-for-all', three(atOnce), { c: { onSignal: { SIGTERM: { afterMs: 700 } } } })
    await scene.end('a')
    await scene.world.advance(699)
    expect(scene.told({ types: ['restart.due'] })).toEqual([])
    expect(scene.states()).toEqual(['a backingOff', 'b settling', 'c stopping'])
    await scene.world.advance(1)
    expect(scene.states()).toEqual(['a running', 'b running', 'c running'])
  })

  test('leaves alone what does not run: initial, stopped, or stopping for somebody', async () => {
    const scene = await running('one-for-all', [...three(), { id: 'd', command: 'd' }], {
      d: { onSignal: { SIGTERM: { afterMs: 5_000 } } },
    })
    scene.supervisor.add({ id: 'later', command: 'later' }, { start: false })
    void scene.child('b').stop()
    await scene.world.advance(0)
    void scene.child('d').stop()
    scene.listen()
    await scene.end('a')
    await scene.world.advance(1_000)
    expect(scene.told({ types: ['restart.requested', 'restart.due'] })).toEqual([
      'c restart.requested',
      'a restart.due',
      'c restart.due',
    ])
    expect(scene.states()).toEqual(['a running', 'b stopped(stopped)', 'c running', 'd stopping', 'later initial'])
  })

  test('is not for an exit that will not be restarted', async () => {
    const [a, b, c] = three() as [ChildOptions, ChildOptions, ChildOptions]
    const scene = await running('one-for-all', [a, b, { ...c, restart: 'temporary' }])
    await scene.end('c')
    await scene.world.advance(5_000)
    expect(scene.told({ types: lives })).toEqual(['c process.exited'])
    expect(scene.states()).toEqual(['a running', 'b running', 'c stopped(failed)'])
  })

  test('takes temporary siblings along: the type speaks of exits of their own', async () => {
    const [a, b] = three() as [ChildOptions, ChildOptions]
    const scene = await running('one-for-all', [a, { ...b, restart: 'temporary' }])
    await scene.end('a')
    await scene.world.advance(1_000)
    expect(scene.states()).toEqual(['a running', 'b running'])
    expect(scene.child('b').view.incarnation).toBe(2)
  })

  test('restarts that a strategy made never count in a limit', async () => {
    const limit = { restarts: 3, withinMs: 300_000 }
    const scene = await running('one-for-all', [
      { id: 'a', command: 'a', restart: atOnce },
      { id: 'b', command: 'b', restart: { type: 'permanent', limit, backoff: { minMs: 0, maxMs: 0 } } },
    ])
    for (let n = 0; n < 10; n++) await scene.end('a')
    expect(scene.states()).toEqual(['a running', 'b running'])
    expect(scene.child('b').view.restarts).toBe(10)
    for (let n = 0; n < 3; n++) await scene.end('b')
    expect(scene.states()).toEqual(['a running', 'b running'])
    await scene.end('b')
    expect(scene.states()).toEqual(['a running', 'b stopped(failed)'])
  })

  test('a member that is stopped meanwhile stays behind, and the others begin without it', async () => {
    const scene = await running('one-for-all')
    await scene.end('a')
    const stopped = scene.child('b').stop()
    await scene.world.advance(0)
    expect((await stopped).children).toMatchObject([{ id: 'b', outcome: 'stopped' }])
    await scene.world.advance(1_000)
    expect(scene.states()).toEqual(['a running', 'b stopped(stopped)', 'c running'])
  })

  test.each<[string, (scene: Scene) => Promise<unknown>]>([
    ['stopped', (scene) => scene.child('c').stop()],
    ['removed', (scene) => scene.supervisor.remove('c')],
  ])('a member that holds the others up and is %s lets them go on: the group does not wait for it', async (_, end) => {
    const scene = await running('one-for-all', three(atOnce), { c: { onSignal: { SIGTERM: { afterMs: 4_000 } } } })
    await scene.end('a')
    expect(scene.states()).toEqual(['a backingOff', 'b settling', 'c stopping'])
    const ended = watch(end(scene))
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['a running', 'b running', 'c stopping'])
    await scene.world.advance(4_000)
    expect(ended.settled).toBe(true)
    expect(scene.told({ of: 'c', types: ['restart.due'] })).toEqual([])
  })

  test('the failed one can be stopped while the others are held: they begin without it', async () => {
    const scene = await running('one-for-all')
    await scene.end('a')
    void scene.child('a').stop()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['a stopped(stopped)', 'b running', 'c running'])
  })

  test('a child that fails while it is being held back is one group with the first', async () => {
    const scene = await running('one-for-all', three(), { b: { onSignal: { SIGTERM: 'ignore' } } })
    await scene.end('a')
    expect(scene.states()).toEqual(['a backingOff', 'b stopping', 'c settling'])
    await scene.end('b', { signal: 'SIGSEGV' })
    await scene.world.advance(1_000)
    expect(scene.states()).toEqual(['a running', 'b running', 'c running'])
    expect(scene.told({ types: ['restart.due'] })).toHaveLength(3)
  })

  test('two that fail at once are one group: the second was asked before its exit was seen', async () => {
    const scene = await running('one-for-all')
    const pids = ['a', 'b'].map((id) => scene.child(id).view.pid ?? 0)
    for (const pid of pids) scene.world.exit(pid, { code: 1 })
    await scene.world.advance(0)
    await scene.world.advance(1_000)
    expect(scene.states()).toEqual(['a running', 'b running', 'c running'])
    expect(scene.supervisor.children().map(({ view }) => view.incarnation)).toEqual([2, 2, 2])
    expect(causes(scene, 'process.exited')).toEqual(['a crash', 'b strategy', 'c strategy'])
    expect(scene.told({ types: ['restart.scheduled'] })).toEqual(['a restart.scheduled'])
  })

  test('a stop of the supervisor ends a group that is held', async () => {
    const scene = await running('one-for-all')
    await scene.end('a')
    const stopped = watch(scene.supervisor.stop())
    await scene.world.advance(0)
    expect(stopped.settled).toBe(true)
    await scene.world.advance(10_000)
    expect(scene.told({ types: ['restart.due', 'spawn.requested'] })).toEqual([])
  })

  test('a restart of a member while it is held waits with the group', async () => {
    const scene = await running('one-for-all')
    await scene.end('a')
    const restarted = watch(scene.child('b').restart())
    await scene.world.advance(999)
    expect(restarted.settled).toBe(false)
    await scene.world.advance(1)
    expect(restarted.value).toMatchObject({ state: 'running', incarnation: 2 })
  })

  test('members that stop ignoring their signal are killed, and the group goes on', async () => {
    const scene = await running('one-for-all', three(atOnce), { c: { onSignal: { SIGTERM: 'ignore' } } })
    await scene.end('a')
    await scene.world.advance(5_000)
    expect(scene.states()).toEqual(['a running', 'b running', 'c running'])
  })

  test('an unkillable member ends there, and the others begin without it', async () => {
    const scene = await running('one-for-all', three(atOnce), { c: { unkillable: true } })
    await scene.end('a')
    await scene.world.advance(7_000)
    expect(scene.states()).toEqual(['a running', 'b running', 'c stopped(unkillable)'])
  })
})
