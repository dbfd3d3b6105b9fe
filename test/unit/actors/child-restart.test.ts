import { describe, expect, test } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import type { Program } from '../../../src/testing/index.ts'
import { afterASecond, createScene, watch, type Scene } from './scene.ts'

async function running(more: object = {}, program: Program = {}): Promise<Scene> {
  const web = { id: 'web', command: 'web', restart: afterASecond, ...more } as ChildOptions
  const scene = createScene({ children: [web] }, { web: program })
  await scene.start()
  scene.listen()
  return scene
}

const slow = { onSignal: { SIGTERM: { afterMs: 100 } } } as const

describe('restart()', () => {
  test('of a running child is the ladder, then the next incarnation, and no child.stopped between', async () => {
    const scene = await running()
    const before = scene.child('web').view.since
    await scene.world.advance(500)
    const restarted = watch(scene.child('web').restart({ reason: 'new config' }))
    await scene.world.advance(0)
    expect(restarted.value).toMatchObject({
      state: 'running',
      incarnation: 2,
      restarts: 1,
      since: before + 500,
      desired: 'up',
    })
    expect(scene.told()).toEqual([
      'web restart.requested',
      'web splay.elapsed',
      'web signal.sent',
      'web process.exited',
      'web process.drained',
      'web restart.due',
      'web spawn.requested',
      'web process.spawned',
      'web child.ready',
    ])
    expect(scene.events[0]).toMatchObject({ cause: 'operator', data: { reason: 'new config', now: false } })
    expect(scene.events.find(({ type }) => type === 'process.exited')?.data).toMatchObject({
      expected: true,
      cause: 'operator',
    })
  })

  test('asked a thousand times while one is under way is one restart, and all resolve', async () => {
    const scene = await running({}, slow)
    const all = Array.from({ length: 1_000 }, () => watch(scene.child('web').restart()))
    await scene.world.advance(100)
    expect(all.every(({ value }) => value?.incarnation === 2)).toBe(true)
    expect(scene.told({ types: ['restart.requested', 'spawn.requested'] })).toHaveLength(2)
    expect(scene.child('web').view.restarts).toBe(1)
  })

  test('of an initial child is a start', async () => {
    const scene = await running()
    const more = scene.supervisor.add({ id: 'more', command: 'more' }, { start: false })
    const restarted = watch(more.restart())
    await scene.world.advance(0)
    expect(restarted.value).toMatchObject({ state: 'running', incarnation: 1, restarts: 0 })
    expect(scene.told({ of: 'more' })).toContain('more start.requested')
  })

  test('of a starting child cuts it, and the pending start settles with the next life', async () => {
    const scene = await running()
    const more = scene.supervisor.add({ id: 'more', command: 'more', ready: 'manual' }, { start: false })
    const started = watch(more.start())
    await scene.world.advance(0)
    const restarted = watch(more.restart())
    await scene.world.advance(0)
    expect(more.view).toMatchObject({ state: 'starting', incarnation: 2 })
    expect(started.settled).toBe(false)
    more.incarnation?.ready()
    await scene.world.advance(0)
    expect([started.value?.incarnation, restarted.value?.incarnation]).toEqual([2, 2])
  })

  test('of one that backs off is at once, with the attempt reset', async () => {
    const scene = await running({ restart: { type: 'permanent', backoff: { minMs: 1_000, factor: 10, jitter: 0 } } })
    await scene.end('web')
    await scene.world.advance(1_000)
    await scene.end('web')
    expect(scene.states()).toEqual(['web backingOff'])
    const restarted = watch(scene.child('web').restart())
    await scene.world.advance(0)
    expect(restarted.value).toMatchObject({ state: 'running', incarnation: 3 })
    await scene.end('web')
    expect(scene.events.findLast(({ type }) => type === 'restart.scheduled')?.data).toMatchObject({
      attempt: 0,
      delayMs: 1_000,
    })
  })

  test('of a stopped one is its next life, whatever it had come to', async () => {
    const scene = await running({ restart: 'temporary' })
    await scene.end('web')
    expect(scene.states()).toEqual(['web stopped(failed)'])
    const restarted = watch(scene.child('web').restart())
    await scene.world.advance(0)
    expect(restarted.value).toMatchObject({ state: 'running', incarnation: 2, restarts: 1 })
    expect(restarted.value).not.toHaveProperty('outcome')
  })

  test('of one that settles after a crash replaces the answer of its policy', async () => {
    const scene = await running({ restart: 'temporary', stop: { killTimeoutMs: 100 } }, (_, n) =>
      n === 1 ? { forks: [{ unkillable: true }] } : {},
    )
    await scene.end('web')
    expect(scene.states()).toEqual(['web settling'])
    const restarted = watch(scene.child('web').restart())
    scene.world.exit(scene.world.processes()[0]?.pid ?? 0, { code: 0 })
    await scene.world.advance(0)
    expect(restarted.value).toMatchObject({ state: 'running', incarnation: 2 })
  })

  test('is one attempt: what fails its start is the answer, and nothing is tried again', async () => {
    const scene = await running({ ready: 'spawned' })
    scene.world.fail.spawn('EMFILE')
    const restarted = watch(scene.child('web').restart())
    await scene.world.advance(0)
    expect(restarted.code).toBe('ERR_SPAWN_FAILED')
    await scene.world.advance(100_000)
    expect(scene.states()).toEqual(['web stopped(startFailed)'])
  })

  test('with `now` kills at once, also when it joins one under way', async () => {
    const scene = await running({ stop: { splayMs: 10_000 } }, { onSignal: { SIGTERM: 'ignore' } })
    const first = watch(scene.child('web').restart())
    await scene.world.advance(1)
    const second = watch(scene.child('web').restart({ now: true }))
    await scene.world.advance(0)
    expect([first.value?.incarnation, second.value?.incarnation]).toEqual([2, 2])
  })
})

describe('the last command wins', () => {
  test('a stop that a restart overtakes resolves when the group is gone, as stopped, and the child runs again', async () => {
    const scene = await running({}, slow)
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(50)
    const restarted = watch(scene.child('web').restart())
    await scene.world.advance(49)
    expect(stopped.settled).toBe(false)
    await scene.world.advance(1)
    expect(stopped.value?.children[0]).toMatchObject({
      outcome: 'stopped',
      exit: { code: 0, expected: true },
      durationMs: 100,
    })
    expect(restarted.value).toMatchObject({ state: 'running', incarnation: 2 })
    expect(scene.told({ types: ['child.stopped'] })).toEqual([])
  })

  test('a restart that a stop overtakes rejects with ERR_ABORTED', async () => {
    const scene = await running({}, slow)
    const restarted = watch(scene.child('web').restart())
    await scene.world.advance(50)
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(50)
    expect(restarted.code).toBe('ERR_ABORTED')
    expect(stopped.value?.children[0]).toMatchObject({ outcome: 'stopped' })
    expect(scene.states()).toEqual(['web stopped(stopped)'])
  })

  test('the same while settling: the stop after the restart, and the restart after the stop', async () => {
    const scene = await running(
      { stop: { killTimeoutMs: 1_000 } },
      { forks: [{ onSignal: { SIGTERM: { afterMs: 300 } } }] },
    )
    const restarted = watch(scene.child('web').restart())
    await scene.world.advance(100)
    expect(scene.child('web').view.state).toBe('settling')
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(100)
    const again = watch(scene.child('web').restart())
    await scene.world.advance(100)
    expect(stopped.value?.children[0]?.outcome).toBe('stopped')
    // The first restart was taken up again before it was given up: it is fulfilled like the last.
    expect(restarted.value?.incarnation ?? restarted.code).toBe(2)
    expect(again.value).toMatchObject({ incarnation: 2 })
  })

  test('a restart while a timeout brings it down makes it the next life at once, without a delay', async () => {
    const scene = await running({ runTimeoutMs: 1_000 }, slow)
    await scene.world.advance(1_000)
    expect(scene.states()).toEqual(['web stopping'])
    const restarted = watch(scene.child('web').restart())
    await scene.world.advance(100)
    expect(restarted.value).toMatchObject({ state: 'running', incarnation: 2 })
    expect(scene.told({ types: ['restart.scheduled'] })).toEqual([])
  })
})

describe('a run timeout', () => {
  test('brings the child down, counts as a failure, and is followed by what the policy says', async () => {
    const scene = await running({
      runTimeoutMs: 1_000,
      restart: { ...afterASecond, limit: { restarts: 1, withinMs: 100_000 } },
    })
    await scene.world.advance(1_000)
    expect(scene.events.find(({ type }) => type === 'run.timedOut')?.data).toEqual({
      timeoutMs: 1_000,
      signal: 'SIGTERM',
      splayMs: 0,
      killTimeoutMs: 5_000,
    })
    expect(scene.child('web').view).toMatchObject({
      state: 'backingOff',
      lastExit: { signal: 'SIGTERM', expected: false, cause: 'timeout' },
    })
    await scene.world.advance(1_000 + 1_000)
    expect(scene.states()).toEqual(['web stopped(failed)'])
    expect(scene.told({ types: ['restart.abandoned'] })).toHaveLength(1)
    await expect(scene.child('web').when('running')).rejects.toMatchObject({ code: 'ERR_RUN_TIMEOUT' })
  })

  test('is measured from the spawn of each life, and called off by its end', async () => {
    const scene = await running({ runTimeoutMs: 1_000 })
    await scene.world.advance(900)
    watch(scene.child('web').restart())
    await scene.world.advance(999)
    expect(scene.states()).toEqual(['web running'])
    await scene.world.advance(1)
    expect(scene.states()).toEqual(['web backingOff'])
  })
})
