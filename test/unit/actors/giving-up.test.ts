import { describe, expect, test } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import { afterASecond, atOnce, createScene, watch } from './scene.ts'

const significant = (id: string, more: object = {}): ChildOptions => ({
  id,
  command: id,
  restart: 'transient',
  significant: true,
  ...more,
})

describe('intensity', () => {
  const intensity = { restarts: 2, withinMs: 10_000 }
  const children = ['a', 'b'].map((id): ChildOptions => ({ id, command: id, restart: atOnce }))

  test('exceeded, all children are stopped and the supervisor ends `failed`', async () => {
    const scene = createScene({ intensity, children })
    await scene.start()
    for (const id of ['a', 'b', 'a']) await scene.end(id)
    expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
    expect(scene.states()).toEqual(['a stopped(failed)', 'b stopped(stopped)'])
    expect(scene.events.find(({ type }) => type === 'intensity.exceeded')).toMatchObject({
      stream: '/',
      child: 'root',
      data: { restarts: 2, withinMs: 10_000, by: '/a' },
    })
  })

  test('is off by default', async () => {
    const scene = createScene({ children })
    await scene.start()
    for (let n = 0; n < 50; n++) await scene.end('a')
    expect(scene.states()).toEqual(['a running', 'b running'])
  })

  test('forgets what lies before its window', async () => {
    const scene = createScene({ intensity, children })
    await scene.start()
    for (let n = 0; n < 20; n++) {
      await scene.end('a')
      await scene.world.advance(5_000)
    }
    expect(scene.supervisor.view.state).toBe('running')
  })

  test('does not count what an operator, a reload or a strategy restarts', async () => {
    const scene = createScene({ intensity, strategy: 'one-for-all', children })
    await scene.start()
    for (let n = 0; n < 10; n++) {
      watch(scene.child('a').restart())
      await scene.world.advance(0)
      watch(scene.child('a').reload())
      await scene.world.advance(0)
    }
    await scene.end('a')
    await scene.end('b')
    expect(scene.supervisor.view.state).toBe('running')
    await scene.end('b')
    expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
  })

  test('counts a burst of crashes that happen before any restart is scheduled', async () => {
    const many = Array.from({ length: 6 }, (_, n): ChildOptions => ({
      id: `c${n}`,
      command: 'c',
      restart: afterASecond,
    }))
    const scene = createScene({ intensity, children: many }, { c: { forks: [{ onSignal: { SIGTERM: 'ignore' } }] } })
    await scene.start()
    for (const { pid, leader } of scene.world
      .processes()
      .map((row) => ({ pid: row.pid, leader: row.pid === row.pgid }))) {
      if (leader) scene.world.exit(pid, { code: 1 })
    }
    await scene.world.advance(0)
    expect(scene.told({ types: ['intensity.exceeded'] })).toEqual(['root intensity.exceeded'])
    await scene.world.advance(5_000)
    expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
  })
})

describe('the limit of a child', () => {
  test('refuses its sixth automatic restart in five minutes: it is given up, and its siblings live', async () => {
    const scene = createScene({
      children: [
        { id: 'web', command: 'web', restart: { type: 'permanent', backoff: { minMs: 0, maxMs: 0 } } },
        { id: 'db', command: 'db' },
      ],
    })
    await scene.start()
    for (let n = 0; n < 5; n++) await scene.end('web')
    const running = watch(scene.child('web').when('stopped'))
    await scene.end('web', { code: 7 })
    expect(scene.states()).toEqual(['web stopped(failed)', 'db running'])
    expect(running.value).toMatchObject({ outcome: 'failed', lastExit: { code: 7 }, restarts: 5, incarnation: 6 })
    expect(scene.told({ of: 'web' }).slice(-4)).toEqual([
      'web process.exited',
      'web restart.abandoned',
      'web process.drained',
      'web child.stopped',
    ])
  })

  test('is measured in monotonic time: a clock that jumps changes nothing', async () => {
    const scene = createScene({
      children: [{ id: 'web', command: 'web', restart: { ...atOnce, limit: { restarts: 1, withinMs: 60_000 } } }],
    })
    await scene.start()
    await scene.end('web')
    await scene.world.advance(60_000)
    await scene.end('web')
    expect(scene.states()).toEqual(['web running'])
    await scene.world.advance(59_999)
    await scene.end('web')
    expect(scene.states()).toEqual(['web stopped(failed)'])
  })
})

describe('autoShutdown', () => {
  const plain: ChildOptions = { id: 'plain', command: 'plain', restart: 'temporary' }

  test('`never` does not care', async () => {
    const scene = createScene({ children: [significant('a'), plain] })
    await scene.start()
    await scene.end('a', { code: 0 })
    expect(scene.states()).toEqual(['a stopped(exited)', 'plain running'])
  })

  test('`any-significant` ends with the first one: well after a success', async () => {
    const scene = createScene({
      autoShutdown: 'any-significant',
      children: [significant('a'), significant('b'), plain],
    })
    await scene.start()
    await scene.end('plain')
    expect(scene.supervisor.view.state).toBe('running')
    await scene.end('a', { code: 0 })
    expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'exited' })
    expect(scene.states()).toEqual(['a stopped(exited)', 'b stopped(stopped)', 'plain stopped(failed)'])
  })

  test('`any-significant` ends as failed after a failure', async () => {
    const scene = createScene({
      autoShutdown: 'any-significant',
      children: [significant('a', { restart: 'temporary' }), plain],
    })
    await scene.start()
    await scene.end('a', { code: 2 })
    expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
  })

  test('`all-significant` ends with the last of them', async () => {
    const scene = createScene({
      autoShutdown: 'all-significant',
      children: [significant('a'), significant('b'), plain],
    })
    await scene.start()
    await scene.end('a', { code: 0 })
    expect(scene.supervisor.view.state).toBe('running')
    await scene.end('b', { code: 0 })
    expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'exited' })
  })

  test.each(['any-significant', 'all-significant'] as const)(
    '%s: only an exit by itself counts',
    async (autoShutdown) => {
      const scene = createScene({ autoShutdown, children: [significant('a'), plain] })
      await scene.start()
      await Promise.all([scene.child('a').stop(), scene.world.advance(0)])
      expect(scene.supervisor.view.state).toBe('running')
      watch(scene.child('a').restart())
      await scene.world.advance(0)
      await Promise.all([scene.supervisor.remove('a'), scene.world.advance(0)])
      expect(scene.supervisor.view.state).toBe('running')
    },
  )

  test('`all-significant`: one that its caller had stopped is no longer waited for', async () => {
    const scene = createScene({ autoShutdown: 'all-significant', children: [significant('a'), significant('b')] })
    await scene.start()
    await Promise.all([scene.child('a').stop(), scene.world.advance(0)])
    await scene.end('b', { code: 0 })
    expect(scene.supervisor.view.state).toBe('stopped')
  })

  test('a crash that is restarted is no end; one that is given up is', async () => {
    const scene = createScene({
      autoShutdown: 'any-significant',
      children: [
        significant('a', { restart: { ...atOnce, type: 'transient', limit: { restarts: 1, withinMs: 1_000 } } }),
      ],
    })
    await scene.start()
    await scene.end('a')
    expect(scene.supervisor.view.state).toBe('running')
    await scene.end('a')
    expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
  })

  test('a start that failed is no end of a life: the supervisor goes on when the child was added later', async () => {
    const scene = createScene({ autoShutdown: 'any-significant', children: [plain] }, { bad: { code: 1 } })
    await scene.start()
    scene.supervisor.add(significant('bad', { ready: 'manual' }))
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['plain running', 'bad stopped(startFailed)'])
    expect(scene.supervisor.view.state).toBe('running')
  })
})
