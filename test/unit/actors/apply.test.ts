import { describe, expect, test } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import { createScene, watch, type Scene } from './scene.ts'

const one = (id: string, more: object = {}): ChildOptions => ({ id, command: id, ...more })
const slow = { onSignal: { SIGTERM: { afterMs: 100 } } } as const

async function running(children: readonly ChildOptions[], more: object = {}): Promise<Scene> {
  const scene = createScene({ children, ...more }, { slow, fails: { code: 1 } })
  await scene.start()
  scene.listen()
  return scene
}
const began = (scene: Scene): string[] =>
  scene.events
    .filter(({ type }) => type === 'process.spawned' || type === 'process.exited')
    .map(({ stream, type }) => `${stream} ${type.slice(8)}`)

/** A supervisor with one child of that command. */
const nested = (command: string): ChildOptions => ({
  id: 'sub',
  kind: 'supervisor',
  children: [one('in', { command })],
})

describe('plan()', () => {
  test('is the smallest set of changes: a spec that means the same is kept, however it is written', () => {
    const scene = createScene({ children: [one('a'), one('b', { after: ['a'] }), one('c'), one('gone')] })
    expect(
      scene.supervisor.plan([
        one('new'),
        one('c', { env: { A: 'b' } }),
        one('b', { after: { a: 'ready' }, args: [] }),
        one('a', { restart: { type: 'permanent' } }),
      ]),
    ).toEqual({ add: ['new'], remove: ['gone'], restart: ['c'], keep: ['b', 'a'] })
    expect(scene.supervisor.plan([])).toEqual({ add: [], remove: ['a', 'b', 'c', 'gone'], restart: [], keep: [] })
    expect(scene.told()).toEqual([])
  })

  test('takes a nested supervisor as a whole', () => {
    const scene = createScene({ children: [nested('x')] })
    expect(scene.supervisor.plan([nested('x')]).keep).toEqual(['sub'])
    expect(scene.supervisor.plan([nested('y')]).restart).toEqual(['sub'])
  })

  test.each([
    ['ERR_INVALID_SPEC', [{ id: 'a' }]],
    ['ERR_INVALID_SPEC', 'a'],
    ['ERR_INVALID_SPEC', [one('a', { after: ['nobody'] })]],
    ['ERR_CHILD_EXISTS', [one('a'), one('a')]],
    ['ERR_DEPENDENCY_CYCLE', [one('a', { after: ['b'] }), one('b', { after: ['a'] })]],
  ])('throws %s for %j, and apply rejects with it before anything happens', async (code, wanted) => {
    const scene = await running([one('old')])
    const children = wanted as readonly ChildOptions[]
    expect(() => scene.supervisor.plan(children)).toThrow(expect.objectContaining({ code }))
    await expect(scene.supervisor.apply(children)).rejects.toMatchObject({ code })
    expect(scene.told()).toEqual([])
    expect(scene.states()).toEqual(['old running'])
  })
})

describe('apply()', () => {
  test('removes, replaces and adds; what is kept is not touched; again it has nothing to do', async () => {
    const scene = await running([one('keep'), one('change'), one('drop')])
    const kept = scene.child('keep').view.pid
    const wanted = [one('new', { after: ['change'] }), one('change', { args: ['-v'] }), one('keep')]
    const applied = watch(scene.supervisor.apply(wanted))
    await scene.world.advance(0)
    const plan = { add: ['new'], remove: ['drop'], restart: ['change'], keep: ['keep'] }
    expect(applied.value).toEqual(plan)
    expect(scene.states()).toEqual(['keep running', 'change running', 'new running'])
    expect(scene.child('keep').view.pid).toBe(kept)
    scene.listen()
    const again = watch(scene.supervisor.apply(wanted))
    await scene.world.advance(0)
    expect(again.value).toEqual({ add: [], remove: [], restart: [], keep: ['new', 'change', 'keep'] })
    expect(scene.told()).toEqual([])
  })

  test('stops dependants first and starts them last, the new ones after the new ones', async () => {
    const scene = await running([
      one('db', { command: 'slow' }),
      one('api', { command: 'slow', after: ['db'] }),
      one('ui', { command: 'slow', after: ['api'] }),
    ])
    const applied = watch(
      scene.supervisor.apply([one('db'), one('api', { after: ['db'] }), one('ui', { after: ['api'] })]),
    )
    await scene.world.advance(99)
    expect(scene.told({ types: ['stop.requested'] })).toEqual(['ui stop.requested'])
    await scene.world.advance(201)
    expect(applied.settled).toBe(true)
    expect(began(scene)).toEqual([
      '/ui exited',
      '/api exited',
      '/db exited',
      '/db@2 spawned',
      '/api@2 spawned',
      '/ui@2 spawned',
    ])
  })

  test('removes dependants before what they depend on, and lets a replaced one wait for one that is added', async () => {
    const scene = await running([
      one('db', { command: 'slow' }),
      one('api', { command: 'slow', after: ['db'] }),
      one('ui'),
    ])
    const applied = watch(scene.supervisor.apply([one('ui', { after: ['cache'] }), one('cache')]))
    await scene.world.advance(200)
    expect(applied.settled).toBe(true)
    expect(began(scene)).toEqual(['/api exited', '/db exited', '/cache spawned', '/ui exited', '/ui@2 spawned'])
  })

  test('an order of dependencies that is turned round is no circle on the way', async () => {
    const scene = await running([one('a', { after: ['b'] }), one('b')])
    const applied = watch(scene.supervisor.apply([one('a'), one('b', { after: ['a'] })]))
    await scene.world.advance(0)
    expect(applied.value).toMatchObject({ restart: ['a', 'b'] })
    expect(scene.states()).toEqual(['a running', 'b running'])
  })

  test('goes through all whatever fails; then the first failure is told, with all of them as its cause', async () => {
    const scene = await running([one('a'), one('b')])
    const bad = { command: 'fails', ready: 'manual' }
    const applied = watch(scene.supervisor.apply([one('a', bad), one('b', bad), one('c', bad), one('d')]))
    await scene.world.advance(0)
    expect(applied.error).toMatchObject({ code: 'ERR_EXITED_BEFORE_READY', child: 'a' })
    const { cause } = applied.error as { cause: AggregateError }
    expect(cause).toBeInstanceOf(AggregateError)
    expect(cause.errors.map(({ child }: { child: string }) => child)).toEqual(['a', 'b', 'c'])
    expect(scene.states()).toEqual([
      'a stopped(startFailed)',
      'b stopped(startFailed)',
      'c stopped(startFailed)',
      'd running',
    ])
    const alone = watch(
      scene.supervisor.apply([one('a', { ...bad, args: ['x'] }), one('b', bad), one('c', bad), one('d')]),
    )
    await scene.world.advance(0)
    expect(alone.error).toMatchObject({ code: 'ERR_EXITED_BEFORE_READY', child: 'a' })
    expect((alone.error as Error).cause).toBeUndefined()
  })

  test('before the start it changes the registrations, and starts nothing', async () => {
    const scene = createScene({ children: [one('a'), one('b')] })
    const applied = watch(scene.supervisor.apply([one('b', { args: ['x'] }), one('c')]))
    await scene.world.advance(0)
    expect(applied.settled).toBe(true)
    expect(scene.states()).toEqual(['b initial', 'c initial'])
    await scene.start()
    expect(scene.states()).toEqual(['b running', 'c running'])
  })

  test('rejects as a whole while a child that is to go or to change is on its way out', async () => {
    const scene = await running([one('a', { command: 'slow' }), one('b')])
    void scene.supervisor.remove('a')
    scene.listen()
    await expect(scene.supervisor.apply([one('c')])).rejects.toMatchObject({ code: 'ERR_CHILD_STOPPING' })
    expect(scene.told()).toEqual([])
    await Promise.all([scene.supervisor.stop(), scene.world.advance(100)])
    await expect(scene.supervisor.apply([])).rejects.toMatchObject({ code: 'ERR_SUPERVISOR_STOPPED' })
  })

  test('a stop of the supervisor in the middle leaves nothing, and is told', async () => {
    const scene = await running([one('a', { command: 'slow' }), one('gone', { command: 'slow' })])
    const applied = watch(scene.supervisor.apply([one('a'), one('b')]))
    await scene.world.advance(50)
    const stopped = watch(scene.supervisor.stop())
    await scene.world.advance(200)
    expect(stopped.settled).toBe(true)
    expect(applied.code).toBe('ERR_SUPERVISOR_STOPPED')
    expect(scene.world.processes()).toEqual([])
  })

  test('works for a nested supervisor', async () => {
    const scene = await running([{ id: 'sub', kind: 'supervisor', children: [one('in')] }])
    const { supervisor } = scene.child('sub')
    if (supervisor === undefined) throw new Error('No supervisor')
    const applied = watch(supervisor.apply([one('in', { args: ['x'] }), one('more')]))
    await scene.world.advance(0)
    expect(applied.value).toEqual({ add: ['more'], remove: [], restart: ['in'], keep: [] })
    expect(supervisor.children().map(({ stream }) => stream)).toEqual(['/sub/in@2', '/sub/more'])
  })
})
