import { describe, expect, test } from 'vitest'
import { createSupervisor, type Child, type ChildOptions } from '../../../src/index.ts'
import { atOnce, createScene, watch, type Scene } from './scene.ts'

const slow = { onSignal: { SIGTERM: { afterMs: 100 } } } as const
const old = { id: 'web', command: 'old' }
const next = { id: 'web', command: 'next' }

async function running(
  children: readonly ChildOptions[] = [{ id: 'a', command: 'a' }, old, { id: 'b', command: 'b' }],
  more: object = {},
): Promise<Scene> {
  const scene = createScene({ children, ...more }, { old: slow, fails: { code: 1 } })
  await scene.start()
  scene.listen()
  return scene
}
const commands = (scene: Scene): string[] => scene.world.processes().map(({ command }) => command)
const places = (scene: Scene): string[] =>
  scene.supervisor.children().map(({ stream, view }) => `${stream} ${view.state}`)

describe('replace(), stop-first', () => {
  test('stops the old one, forgets it and starts the new one in the same place', async () => {
    const scene = await running()
    const before = scene.child('web')
    const replaced = watch(scene.supervisor.replace(next))
    expect(scene.child('web')).toBe(before)
    await scene.world.advance(99)
    expect(replaced.settled).toBe(false)
    expect(commands(scene)).toEqual(['a', 'old', 'b'])
    await scene.world.advance(1)
    expect(replaced.value).toBe(scene.child('web'))
    expect(places(scene)).toEqual(['/a running', '/web@2 running', '/b running'])
    expect(commands(scene)).toEqual(['a', 'b', 'next'])
    expect(before.view).toMatchObject({ state: 'removed', stream: '/web' })
    expect(scene.events.find(({ type }) => type === 'stop.requested')).toMatchObject({
      stream: '/web',
      cause: 'replace',
    })
    const [, ...told] = scene.events.filter(({ type }) => type.startsWith('child.') || type === 'start.requested')
    expect(told.map(({ stream, type }) => `${stream} ${type}`)).toEqual([
      '/web child.stopped',
      '/web child.replaced',
      '/web child.removed',
      '/web@2 start.requested',
      '/web@2 child.ready',
    ])
  })

  test('keeps a new one that fails, and rejects with its error', async () => {
    const scene = await running()
    const replaced = watch(scene.supervisor.replace({ ...next, command: 'fails', ready: 'manual' }))
    await scene.world.advance(100)
    expect(replaced.code).toBe('ERR_EXITED_BEFORE_READY')
    expect(scene.states()[1]).toBe('web stopped(startFailed)')
    expect(scene.child('web').stream).toBe('/web@2')
  })

  test('does nothing but swap the registrations where nothing runs', async () => {
    const scene = createScene({ children: [old, { id: 'b', command: 'b', after: ['web'] }] })
    const replaced = watch(scene.supervisor.replace(next))
    await scene.world.advance(0)
    expect(replaced.value).toBe(scene.child('web'))
    expect(places(scene)).toEqual(['/web@2 initial', '/b initial'])
    await scene.start()
    expect(commands(scene)).toEqual(['next', 'b'])
  })

  test('starts the new one of a child that rests at once', async () => {
    const scene = await running()
    await Promise.all([scene.child('web').stop(), scene.world.advance(100)])
    const replaced = watch(scene.supervisor.replace(next))
    await scene.world.advance(0)
    expect(replaced.value).toMatchObject({ view: { state: 'running' } })
  })

  test('does not begin beside what cannot be killed: the old one stays, and ERR_STOP_TIMEOUT tells why', async () => {
    const scene = createScene({ children: [old] }, { old: { unkillable: true } })
    await scene.start()
    const replaced = watch(scene.supervisor.replace(next))
    await scene.world.advance(10_000)
    expect(replaced.code).toBe('ERR_STOP_TIMEOUT')
    expect(places(scene)).toEqual(['/web stopped'])
    expect(commands(scene)).toEqual(['old'])
    const again = watch(scene.supervisor.replace(next))
    await scene.world.advance(0)
    expect(again.code).toBe('ERR_STOP_TIMEOUT')
  })

  test('a one-shot has replaced when it has finished', async () => {
    const scene = await running()
    const replaced = watch(scene.supervisor.replace({ ...next, oneShot: true, restart: 'temporary' }))
    await scene.world.advance(100)
    expect(replaced.settled).toBe(false)
    await scene.end('web', { code: 0 })
    expect(replaced.value).toMatchObject({ view: { state: 'stopped', outcome: 'exited' } })
  })
})

describe.each(['release', 'adopt'] as const)('a new one that %s takes away before its start is over', (taking) => {
  test.each<[string, readonly ChildOptions[], (scene: Scene, spec: ChildOptions) => Promise<unknown>]>([
    ['replace()', [old], (scene, spec) => scene.supervisor.replace(spec)],
    ['apply() of a changed spec', [old], (scene, spec) => scene.supervisor.apply([spec])],
    ['apply() of a new id', [], (scene, spec) => scene.supervisor.apply([spec])],
  ])('is waited for no longer by %s, and lives on', async (_verb, children, change) => {
    const scene = await running(children)
    const changed = watch(change(scene, { ...next, oneShot: true }))
    await scene.world.advance(100)
    const child = scene.child('web')
    expect(changed.settled).toBe(false)
    if (taking === 'release') scene.supervisor.release('web')
    else createSupervisor({ ports: scene.world.ports }).adopt(child)
    await scene.world.advance(0)
    expect(changed).toMatchObject({ code: 'ERR_ABORTED', error: { child: 'web' } })
    expect(child.view.state).toBe('running')
    expect(commands(scene)).toEqual(['next'])
  })
})

describe('replace(), start-first', () => {
  const late = { ...next, ready: 'manual' } as const

  test('child(id) is the old one until the new one is ready; then that one goes', async () => {
    const scene = await running()
    const before = scene.child('web')
    const replaced = watch(scene.supervisor.replace(late, { order: 'start-first' }))
    await scene.world.advance(0)
    expect(scene.child('web')).toBe(before)
    expect(places(scene)).toEqual(['/a running', '/web running', '/b running'])
    expect(commands(scene)).toEqual(['a', 'old', 'b', 'next'])
    let coming: Child | undefined
    const pid = scene.world.processes().at(-1)?.pid
    expect(pid).toBeDefined()
    const off = scene.supervisor.events$.subscribe(() => (coming = scene.child('web')))
    // Its handle is given by the promise alone; a line, a port or a probe would be how it tells.
    scene.world.exit(pid ?? 0, { code: 1 })
    await scene.world.advance(0)
    off.unsubscribe()
    expect(replaced.code).toBe('ERR_EXITED_BEFORE_READY')
    expect(coming).toBe(before)
    expect(places(scene)).toEqual(['/a running', '/web running', '/b running'])
    expect(scene.told({ types: ['child.removed'] })).toEqual(['web child.removed'])
    expect(scene.events.at(-1)).toMatchObject({ stream: '/web@2', type: 'child.removed' })
    expect(before.view.state).toBe('running')
    const second = watch(scene.supervisor.replace(next, { order: 'start-first' }))
    await scene.world.advance(50)
    expect(places(scene)).toEqual(['/a running', '/web@3 running', '/b running'])
    expect(before.view.state).toBe('stopping')
    expect(second.settled).toBe(false)
    await scene.world.advance(50)
    expect(second.value).toBe(scene.child('web'))
    expect(before.view.state).toBe('removed')
    expect(commands(scene)).toEqual(['a', 'b', 'next'])
  })

  test('a failed one tells its stderr, as any start does', async () => {
    const scene = createScene(
      { children: [old] },
      { next: { prints: [{ text: 'no port', source: 'stderr' }], exitsAfterMs: 10, code: 1 } },
    )
    await scene.start()
    const replaced = watch(scene.supervisor.replace(late, { order: 'start-first' }))
    await scene.world.advance(1_000)
    expect(replaced.error).toMatchObject({ code: 'ERR_EXITED_BEFORE_READY', stderrTail: 'no port' })
  })

  test('a one-shot is ready when it has finished, and fails otherwise', async () => {
    const scene = createScene(
      { children: [old] },
      { done: { exitsAfterMs: 10, code: 0 }, fails: { exitsAfterMs: 10, code: 4 } },
    )
    await scene.start()
    const oneShot = { id: 'web', oneShot: true, restart: 'temporary' } as const
    const failed = watch(scene.supervisor.replace({ ...oneShot, command: 'fails' }, { order: 'start-first' }))
    await scene.world.advance(10)
    expect(failed.code).toBe('ERR_NONZERO_EXIT')
    expect(scene.states()).toEqual(['web running'])
    const done = watch(scene.supervisor.replace({ ...oneShot, command: 'done' }, { order: 'start-first' }))
    await scene.world.advance(5_010)
    expect(done.value).toMatchObject({ view: { state: 'stopped', outcome: 'exited' } })
    expect(commands(scene)).toEqual([])
  })
})

describe.each(['stop-first', 'start-first'] as const)('while it is replaced %s', (order) => {
  const late = { ...next, ready: 'manual' } as const

  test('start, restart, another replace, release and adopt answer ERR_CHILD_STOPPING', async () => {
    const scene = await running()
    const child = scene.child('web')
    void scene.supervisor.replace(late, { order }).catch(() => {})
    await scene.world.advance(10)
    const stopping = { code: 'ERR_CHILD_STOPPING' }
    await expect(child.restart()).rejects.toMatchObject(stopping)
    await expect(child.start()).rejects.toMatchObject(stopping)
    await expect(scene.supervisor.replace(next)).rejects.toMatchObject(stopping)
    expect(() => scene.supervisor.release('web')).toThrow(expect.objectContaining(stopping))
    expect(() => scene.supervisor.add(next)).toThrow(expect.objectContaining({ code: 'ERR_CHILD_EXISTS' }))
  })

  test('remove() takes both away, and the replacement rejects with ERR_ABORTED', async () => {
    const scene = await running()
    const replaced = watch(scene.supervisor.replace(late, { order }))
    await scene.world.advance(10)
    const removed = watch(scene.supervisor.remove('web'))
    await scene.world.advance(100)
    expect(replaced.code).toBe('ERR_ABORTED')
    expect(removed.value).toMatchObject({ children: [{ id: 'web', outcome: 'stopped' }], survivors: [] })
    expect(places(scene)).toEqual(['/a running', '/b running'])
    expect(commands(scene)).toEqual(['a', 'b'])
  })

  test('a stop of the supervisor ends it, and nothing is left of either', async () => {
    const scene = await running()
    const replaced = watch(scene.supervisor.replace(late, { order }))
    await scene.world.advance(10)
    const stopped = watch(scene.supervisor.stop())
    await scene.world.advance(200)
    expect(stopped.settled).toBe(true)
    expect(replaced.code).toBe('ERR_ABORTED')
    expect(commands(scene)).toEqual([])
    expect(scene.supervisor.view.children.map(({ stream }) => stream)).toEqual(['/a', '/web', '/b'])
    expect(scene.events.at(-1)).toMatchObject({ type: 'supervisor.stopped', stream: '/' })
  })

  test('those that are after its id wait for the new one', async () => {
    const scene = await running([old, { id: 'ui', command: 'ui', after: ['web'] }])
    await Promise.all([scene.child('ui').stop(), scene.world.advance(0)])
    const replaced = watch(scene.supervisor.replace(next, { order }))
    const ui = watch(scene.child('ui').restart())
    await scene.world.advance(100)
    expect(replaced.settled).toBe(true)
    expect(ui.value).toMatchObject({ state: 'running' })
    const begun = scene.events.filter(({ type }) => type === 'child.ready').map(({ stream }) => stream)
    expect(begun).toEqual(['/web@2', '/ui'])
  })

  test('under rest-for-one the new one has the neighbours of the old one', async () => {
    const children = ['a', 'web', 'b'].map((id) => ({ id, command: id, restart: atOnce }))
    const scene = await running(children, { strategy: 'rest-for-one' })
    await Promise.all([scene.supervisor.replace({ ...next, restart: atOnce }, { order }), scene.world.advance(0)])
    scene.listen()
    await scene.end('web')
    expect(scene.told({ types: ['restart.due'] })).toEqual(['web restart.due', 'b restart.due'])
    scene.listen()
    await scene.end('a')
    expect(scene.told({ types: ['restart.due'] })).toEqual(['a restart.due', 'web restart.due', 'b restart.due'])
  })
})

describe('replace()', () => {
  test('refuses, before anything happens: unknown ids, bad specs, unknown and circular `after`, a stopped supervisor', async () => {
    const scene = await running([old, { id: 'ui', command: 'ui', after: ['web'] }])
    const { supervisor } = scene
    await expect(supervisor.replace({ id: 'nobody', command: 'x' })).rejects.toMatchObject({
      code: 'ERR_CHILD_NOT_FOUND',
    })
    await expect(supervisor.replace({ id: 'web', command: '' })).rejects.toMatchObject({ code: 'ERR_INVALID_SPEC' })
    await expect(supervisor.replace({ ...next, after: ['nobody'] })).rejects.toMatchObject({ code: 'ERR_INVALID_SPEC' })
    await expect(supervisor.replace({ ...next, after: ['ui'] })).rejects.toMatchObject({ code: 'ERR_DEPENDENCY_CYCLE' })
    await expect(supervisor.replace(next, { order: 'both' as 'stop-first' })).rejects.toMatchObject({
      code: 'ERR_INVALID_SPEC',
    })
    expect(scene.told()).toEqual([])
    await Promise.all([supervisor.stop(), scene.world.advance(100)])
    await expect(supervisor.replace(next)).rejects.toMatchObject({ code: 'ERR_SUPERVISOR_STOPPED' })
  })

  test('makes a nested supervisor of a process, and a process of it again', async () => {
    const scene = await running([old])
    const nested = { id: 'web', kind: 'supervisor', children: [{ id: 'in', command: 'in' }] } as const
    await Promise.all([scene.supervisor.replace(nested), scene.world.advance(100)])
    expect(
      scene
        .child('web')
        .supervisor?.children()
        .map(({ stream }) => stream),
    ).toEqual(['/web@2/in'])
    expect(commands(scene)).toEqual(['in'])
    await Promise.all([scene.supervisor.replace(next, { order: 'start-first' }), scene.world.advance(0)])
    expect(commands(scene)).toEqual(['next'])
  })
})
