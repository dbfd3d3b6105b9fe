import { describe, expect, test } from 'vitest'
import { createSupervisor, replay, type Child, type RecordedEvent } from '../../../src/index.ts'
import { memoryJournal } from '../../../src/journals/memory-journal.ts'
import { atOnce, createScene, watch, type Scene } from './scene.ts'

const web = { id: 'web', command: 'web' }
const slow = { onSignal: { SIGTERM: { afterMs: 100 } } } as const
const code = (wanted: string): unknown => expect.objectContaining({ code: wanted })

async function running(more: object = {}, programs: Parameters<typeof createScene>[1] = {}): Promise<Scene> {
  const scene = createScene({ children: [web], ...more }, programs)
  await scene.start()
  scene.listen()
  return scene
}

/** Another supervisor of the same world, that runs. */
async function another(scene: Scene, more: object = {}) {
  const journal = memoryJournal()
  const supervisor = createSupervisor({ ...more, journal, ports: scene.world.ports })
  const started = supervisor.start()
  started.catch(() => {})
  await scene.world.advance(0)
  const events = (): readonly RecordedEvent[] => journal.read(1, Infinity)
  return { supervisor, events, types: () => events().map(({ child, type }) => `${child} ${type}`) }
}

describe('release()', () => {
  test('ends the stream, and nothing of the child is stopped', async () => {
    const scene = await running()
    const child = scene.child('web')
    const { pid } = child.view
    expect(scene.supervisor.release('web')).toBe(child)
    expect(scene.told()).toEqual(['web child.released'])
    expect(scene.supervisor.child('web')).toBeUndefined()
    expect(scene.supervisor.children()).toEqual([])
    expect(child.view).toMatchObject({ id: 'web', state: 'running', pid, incarnation: 1 })
    await scene.supervisor.stop()
    expect(scene.world.processes()).toMatchObject([{ pid }])
    const stopped = watch(child.stop())
    await scene.world.advance(0)
    expect(stopped.value).toMatchObject({ children: [{ id: 'web', outcome: 'stopped' }], survivors: [] })
    expect(scene.world.processes()).toEqual([])
  })

  test('leaves a child that restarts, can be stopped and started again by its handle', async () => {
    const scene = createScene({ children: [{ ...web, restart: atOnce }] })
    await scene.start()
    const child = scene.supervisor.release('web')
    await scene.supervisor.stop()
    scene.world.exit(child.view.pid ?? 0, { signal: 'SIGKILL' })
    await scene.world.advance(0)
    expect(child.view).toMatchObject({ state: 'running', incarnation: 2, restarts: 1 })
    const again = watch(child.restart())
    await scene.world.advance(0)
    expect(again.value).toMatchObject({ state: 'running', incarnation: 3 })
    const rested = watch(child.stop())
    await scene.world.advance(0)
    expect(rested.settled).toBe(true)
    expect(scene.world.processes()).toEqual([])
  })

  test('refuses what is unknown, on its way out, a supervisor, or stopped as a whole', async () => {
    const scene = await running(
      { children: [web, { id: 'sub', kind: 'supervisor', children: [{ id: 'in', command: 'in' }] }] },
      { web: slow },
    )
    expect(() => scene.supervisor.release('nobody')).toThrow(code('ERR_CHILD_NOT_FOUND'))
    expect(() => scene.supervisor.release('sub')).toThrow(code('ERR_UNSUPPORTED'))
    void scene.supervisor.remove('web')
    expect(() => scene.supervisor.release('web')).toThrow(code('ERR_CHILD_STOPPING'))
    await Promise.all([scene.supervisor.stop(), scene.world.advance(1_000)])
    expect(() => scene.supervisor.release('web')).toThrow(code('ERR_SUPERVISOR_STOPPED'))
  })

  test('works below a nested supervisor, which goes on', async () => {
    const scene = await running({
      children: [{ id: 'sub', kind: 'supervisor', children: [{ id: 'in', command: 'in' }] }],
    })
    const sub = scene.child('sub').supervisor
    const child = sub?.release('in')
    expect(scene.states()).toEqual(['sub running'])
    expect(child?.view.state).toBe('running')
  })

  test('fails the start of those that wait for it, as a removal does', async () => {
    const scene = createScene({
      children: [
        { ...web, ready: 'manual' },
        { id: 'ui', command: 'ui', after: ['web'] },
      ],
    })
    await scene.start()
    const ui = watch(scene.child('ui').when('running'))
    scene.supervisor.release('web')
    await scene.world.advance(0)
    expect(ui.code).toBe('ERR_ABORTED')
  })

  test('no longer counts for the start of its supervisor, and does not hold up its stop', async () => {
    const scene = createScene({ children: [web, { id: 'late', command: 'late', ready: 'manual' }] })
    const started = watch(scene.supervisor.start())
    await scene.world.advance(0)
    expect(started.settled).toBe(false)
    const late = scene.supervisor.release('late')
    await scene.world.advance(0)
    expect([started.settled, started.code]).toEqual([true, undefined])
    late.incarnation?.ready()
    expect(late.view.state).toBe('running')
  })

  test('in the middle of a stop: the stop ends without it, and it ends as it was asked to', async () => {
    const scene = await running({}, { web: slow })
    const stopped = watch(scene.supervisor.stop())
    await scene.world.advance(50)
    const child = scene.supervisor.release('web')
    await scene.world.advance(0)
    expect(stopped.value).toMatchObject({ children: [] })
    expect(child.view.state).toBe('stopping')
    await scene.world.advance(50)
    expect(child.view).toMatchObject({ state: 'stopped', outcome: 'stopped' })
  })

  test('leaves a group that restarts together without waiting for it', async () => {
    const scene = createScene(
      {
        strategy: 'one-for-all',
        children: [
          { ...web, restart: atOnce },
          { id: 'slow', command: 'slow', restart: atOnce },
        ],
      },
      { slow },
    )
    await scene.start()
    await scene.end('web')
    expect(scene.states()).toEqual(['web backingOff', 'slow stopping'])
    const slowly = scene.supervisor.release('slow')
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['web running'])
    await scene.world.advance(100)
    expect(slowly.view).toMatchObject({ state: 'running', incarnation: 2 })
  })

  test('of one that stood ready for its group: it begins alone', async () => {
    const scene = createScene(
      {
        strategy: 'one-for-all',
        children: [
          { ...web, restart: atOnce },
          { id: 'slow', command: 'slow', restart: atOnce },
        ],
      },
      { slow },
    )
    await scene.start()
    await scene.end('web')
    const child = scene.supervisor.release('web')
    await scene.world.advance(0)
    expect(child.view).toMatchObject({ state: 'running', incarnation: 2 })
    await scene.world.advance(100)
    expect(scene.states()).toEqual(['slow running'])
  })

  test('from within a subscriber: what was owed and untold by then is done and told, once', async () => {
    const scene = createScene({ children: [{ ...web, restart: atOnce }] })
    await scene.start()
    const child = scene.child('web')
    const seen: string[] = []
    child.incarnations$.subscribe(({ number }) => void seen.push(`life ${number}`))
    child.state$.subscribe(({ state, incarnation }) => void seen.push(`${state} ${incarnation}`))
    const off = scene.supervisor.events$.subscribe(({ type }) => {
      if (type !== 'process.exited') return
      off.unsubscribe()
      scene.supervisor.release('web')
    })
    const next = watch(child.when('starting'))
    await scene.end('web')
    expect(next.settled).toBe(true)
    expect(seen).toEqual(['life 1', 'running 1', 'settling 1', 'starting 2', 'life 2', 'running 2'])
    expect(new Set(seen).size).toBe(seen.length)
    expect(child.view).toMatchObject({ state: 'running', incarnation: 2 })
    expect(scene.world.processes()).toHaveLength(1)
  })
})

describe('adopt()', () => {
  test('records the whole child, so that a replay of the new log alone gives its view', async () => {
    const scene = createScene({ children: [{ ...web, restart: atOnce }] })
    await scene.start()
    await scene.end('web')
    const child = scene.child('web')
    const other = await another(scene)
    expect(other.supervisor.adopt(child)).toBeUndefined()
    expect(other.supervisor.child('web')).toBe(child)
    expect(child.stream).toBe('/web')
    expect(scene.told({ types: ['child.released', 'child.removed'] })).toEqual(['web child.released'])
    expect(other.types()).toEqual(['root supervisor.started', 'web child.added'])
    const view = (): unknown =>
      JSON.parse(JSON.stringify({ ...other.supervisor.view, children: other.supervisor.view.children }))
    expect(JSON.parse(JSON.stringify(replay(other.events())))).toEqual(view())
    expect(child.view).toMatchObject({ state: 'running', incarnation: 2, restarts: 1, stream: '/web' })
    scene.world.exit(child.view.pid ?? 0, { code: 3 })
    await scene.world.advance(0)
    expect(child.view).toMatchObject({ state: 'running', incarnation: 3, restarts: 2 })
    expect(JSON.parse(JSON.stringify(replay(other.events())))).toEqual(view())
  })

  test('goes on counting: a limit that was half used up is used up by the rest', async () => {
    const limit = { restarts: 2, withinMs: 60_000 }
    const scene = createScene({ children: [{ ...web, restart: { ...atOnce, limit } }] })
    await scene.start()
    await scene.end('web')
    const child = scene.child('web')
    const other = await another(scene)
    other.supervisor.adopt(child)
    for (const _ of [1, 2]) {
      scene.world.exit(child.view.pid ?? 0, { code: 1 })
      await scene.world.advance(0)
    }
    expect(child.view).toMatchObject({ state: 'stopped', outcome: 'failed', restarts: 2 })
    expect(other.supervisor.explain('web').summary).toContain('given up')
  })

  test('puts it in the place of the one that has its id, and gives that one back, alive', async () => {
    const scene = await running()
    const other = await another(scene, { children: [{ id: 'a', command: 'a' }, web, { id: 'b', command: 'b' }] })
    const [mine, theirs] = [scene.child('web'), other.supervisor.child('web')]
    expect(other.supervisor.adopt(mine)).toBe(theirs)
    expect(other.supervisor.children().map(({ id, stream }) => [id, stream])).toEqual([
      ['a', '/a'],
      ['web', '/web@2'],
      ['b', '/b'],
    ])
    expect(other.types().slice(-3)).toEqual(['web child.added', 'web child.replaced', 'web child.released'])
    await Promise.all([other.supervisor.stop(), scene.world.advance(0)])
    expect(theirs?.view.state).toBe('running')
    expect(mine.view.state).toBe('stopped')
  })

  test('moves a child within its own tree', async () => {
    const scene = await running({
      children: [{ id: 'sub', kind: 'supervisor', children: [{ id: 'in', command: 'in' }] }, web],
    })
    const sub = scene.child('sub').supervisor
    const child = sub?.child('in')
    if (sub === undefined || child === undefined) throw new Error('No child')
    const states: string[] = []
    child.state$.subscribe(({ stream, state }) => void states.push(`${stream} ${state}`))
    expect(scene.supervisor.adopt(child)).toBeUndefined()
    expect(sub.children()).toEqual([])
    expect(scene.child('in')).toBe(child)
    expect(scene.told()).toEqual(['in child.added', 'in child.released'])
    expect(states).toEqual(['/sub/in running', '/in running'])
    expect(sub.adopt(child)).toBeUndefined()
    expect(child.stream).toBe('/sub/in@2')
    expect(sub.adopt(child)).toBeUndefined()
    expect(child.stream).toBe('/sub/in@2')
  })

  test('before its start a supervisor takes a running child, and stops it with itself', async () => {
    const scene = await running()
    const other = createSupervisor({ ports: scene.world.ports })
    other.adopt(scene.child('web'))
    expect(other.view).toMatchObject({ state: 'initial', children: [{ state: 'running' }] })
    await Promise.all([other.stop(), scene.world.advance(0)])
    expect(scene.world.processes()).toEqual([])
  })

  test('refuses what it cannot own, and leaves it where it is', async () => {
    const scene = await running(
      {
        children: [
          web,
          { id: 'slow', command: 'slow' },
          { id: 'sub', kind: 'supervisor', children: [{ id: 'in', command: 'in' }] },
        ],
      },
      { slow },
    )
    const child = scene.child('web')
    const stopped = createSupervisor({ ports: scene.world.ports })
    await stopped.stop()
    expect(() => stopped.adopt(child)).toThrow(code('ERR_SUPERVISOR_STOPPED'))
    const elsewhere = createScene({})
    expect(() => elsewhere.supervisor.adopt(child)).toThrow(code('ERR_UNSUPPORTED'))
    const other = await another(scene, { children: [{ id: 'a', command: 'a' }] })
    expect(() => other.supervisor.adopt(scene.child('sub'))).toThrow(code('ERR_UNSUPPORTED'))
    for (const nobody of [undefined, null, {}, 'web', { ...child }]) {
      expect(() => other.supervisor.adopt(nobody as Child)).toThrow(code('ERR_INVALID_SPEC'))
    }
    const leaving = scene.child('slow')
    const removed = watch(scene.supervisor.remove('slow'))
    expect(() => other.supervisor.adopt(leaving)).toThrow(code('ERR_CHILD_STOPPING'))
    await scene.world.advance(100)
    expect(removed.settled).toBe(true)
    expect(() => other.supervisor.adopt(leaving)).toThrow(code('ERR_INVALID_STATE'))
    expect(scene.states()).toEqual(['web running', 'sub running'])
    expect(scene.told({ types: ['child.released'] })).toEqual([])
  })

  test('refuses a circle of dependencies; ids that are not there are as if they had been removed', async () => {
    const scene = createScene({
      children: [
        { id: 'db', command: 'db' },
        { ...web, after: ['db'] },
      ],
    })
    await scene.start()
    const other = await another(scene)
    const child = scene.child('web')
    other.supervisor.adopt(child)
    const refused = watch(child.restart())
    await scene.world.advance(0)
    expect(refused.code).toBe('ERR_ABORTED')
    other.supervisor.adopt(scene.child('db'))
    const again = watch(child.restart())
    await scene.world.advance(0)
    expect(again.value).toMatchObject({ state: 'running' })
    const circle = createScene({
      children: [
        { id: 'db', command: 'db' },
        { id: 'web', command: 'web', after: ['db'] },
      ],
    })
    const free = createSupervisor({
      ports: circle.world.ports,
      children: [
        { id: 'web', command: 'w' },
        { id: 'db', command: 'd', after: ['web'] },
      ],
    })
    expect(() => circle.supervisor.adopt(free.child('db') as Child)).toThrow(code('ERR_DEPENDENCY_CYCLE'))
  })

  test('merging two supervisors is a loop', async () => {
    const scene = await running({
      children: [
        { ...web, after: ['db'] },
        { id: 'db', command: 'db' },
      ],
    })
    const other = await another(scene, { children: [{ id: 'a', command: 'a' }] })
    for (const child of scene.supervisor.children()) other.supervisor.adopt(child)
    await scene.supervisor.stop()
    expect(other.supervisor.view.children.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'a running',
      'web running',
      'db running',
    ])
    const stopped = watch(other.supervisor.stop())
    await scene.world.advance(0)
    expect(stopped.settled).toBe(true)
    expect(other.types().filter((line) => line.endsWith('child.stopped'))).toEqual([
      'a child.stopped',
      'web child.stopped',
      'db child.stopped',
    ])
    expect(scene.world.processes()).toEqual([])
  })
})

describe('a task', () => {
  test('is released and adopted as a process is: its run, its readiness and its end go on', async () => {
    const scene = createScene({})
    await scene.start()
    const told: string[] = []
    const { promise: opened, resolve: open } = Promise.withResolvers<void>()
    const task = scene.supervisor.add({
      id: 'task',
      kind: 'task',
      run: async ({ signal }, ready) => {
        await opened
        told.push('begins')
        await ready({ signal })
        told.push('ends')
      },
    })
    const ready = watch(task.when('running'))
    await scene.world.advance(0)
    expect(task.view.state).toBe('starting')
    scene.supervisor.release('task')
    const other = await another(scene)
    other.supervisor.adopt(task)
    await scene.supervisor.stop()
    open()
    await scene.world.advance(0)
    expect(ready.value).toMatchObject({ state: 'running', incarnation: 1 })
    const stopped = watch(other.supervisor.stop())
    await scene.world.advance(0)
    expect(stopped.value).toMatchObject({ children: [{ id: 'task', outcome: 'stopped' }] })
    expect(told).toEqual(['begins', 'ends'])
  })
})
