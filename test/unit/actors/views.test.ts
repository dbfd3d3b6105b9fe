import { describe, expect, test } from 'vitest'
import type { ChildView } from '../../../src/index.ts'
import { afterASecond, createScene, watch, type Scene } from './scene.ts'

const always = ['desired', 'id', 'incarnation', 'kind', 'ready', 'restarts', 'since', 'state', 'stream']
const keysOf = (view: object): string[] => Object.keys(view).toSorted()

async function running(programs = {}): Promise<Scene> {
  const scene = createScene({ children: [{ id: 'web', command: 'web', restart: afterASecond }] }, programs)
  await scene.start()
  return scene
}

describe('the view of a child', () => {
  test('has exactly the keys that mean something in its state', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web', ready: 'manual', restart: afterASecond }] })
    const web = scene.child('web')
    expect(keysOf(web.view)).toEqual(always)
    await scene.start()
    expect(keysOf(web.view)).toEqual([...always, 'identity', 'pid', 'substate'].toSorted())
    web.incarnation?.ready()
    await scene.world.advance(0)
    expect(keysOf(web.view)).toEqual([...always, 'identity', 'pid'].toSorted())
    await scene.end('web')
    expect(web.view.state).toBe('backingOff')
    expect(keysOf(web.view)).toEqual([...always, 'lastExit'].toSorted())
    await Promise.all([web.stop(), scene.world.advance(0)])
    expect(keysOf(web.view)).toEqual([...always, 'lastExit', 'outcome'].toSorted())
    watch(web.restart())
    await scene.world.advance(0)
    // The last exit is remembered, the last outcome is over.
    expect(keysOf(web.view)).toEqual([...always, 'identity', 'lastExit', 'pid', 'substate'].toSorted())
  })

  test('is exact', async () => {
    const scene = await running()
    const { world } = scene
    expect(scene.child('web').view).toEqual({
      id: 'web',
      stream: '/web',
      kind: 'process',
      state: 'running',
      desired: 'up',
      incarnation: 1,
      restarts: 0,
      ready: true,
      since: world.ports.clock.at(),
      pid: 1000,
      identity: { pid: 1000, startTicks: expect.any(Number), bootId: world.ports.host.bootId },
    })
  })

  test('is frozen, and the same object until something in it changes', async () => {
    const scene = await running()
    const { view } = scene.child('web')
    expect(Object.isFrozen(view)).toBe(true)
    expect(scene.child('web').view).toBe(view)
    await scene.world.advance(1_000)
    expect(scene.supervisor.view.children[0]).toBe(view)
    await scene.child('web').signal('SIGCONT')
    expect(scene.child('web').view).toBe(view)
    void scene.child('web').stop()
    expect(scene.child('web').view).not.toBe(view)
    expect(view.state).toBe('running')
  })

  test('`since` is when the outermost state was entered', async () => {
    const scene = createScene(
      { children: [{ id: 'web', command: 'web', stop: { killTimeoutMs: 300 } }] },
      { web: { onSignal: { SIGTERM: 'ignore' } } },
    )
    const beginning = scene.world.ports.clock.at()
    await scene.start()
    const since = (): number => scene.child('web').view.since - beginning
    await scene.world.advance(100)
    expect(since()).toBe(0)
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(200)
    expect(since()).toBe(100)
    // From terminating to killing: still stopping.
    await scene.world.advance(100)
    expect(stopped.settled).toBe(true)
    expect(since()).toBe(400)
  })

  test('`desired` is what was last asked of it, whatever has become of that', async () => {
    const scene = await running({ web: { onSignal: { SIGTERM: { afterMs: 10 } } } })
    const desired = () => scene.child('web').view.desired
    expect(desired()).toBe('up')
    void scene.child('web').stop()
    expect(desired()).toBe('down')
    watch(scene.child('web').restart())
    expect(desired()).toBe('up')
    await scene.world.advance(10)
    await scene.end('web')
    expect(scene.child('web').view).toMatchObject({ state: 'backingOff', desired: 'up' })
  })

  test('`restarts` counts every life that was begun again, for whatever cause', async () => {
    const scene = await running()
    await scene.end('web')
    await scene.world.advance(1_000)
    watch(scene.child('web').restart())
    await scene.world.advance(0)
    await Promise.all([scene.child('web').stop(), scene.world.advance(0)])
    watch(scene.child('web').restart())
    await scene.world.advance(0)
    expect(scene.child('web').view).toMatchObject({ restarts: 3, incarnation: 4 })
  })

  test('`stderrTail` is the last 20 lines of stderr, 4 KiB at most, and its secrets are hidden', async () => {
    const prints = [
      ...Array.from({ length: 30 }, (_, n) => ({ text: `line ${n}`, source: 'stderr' as const })),
      { text: 'the key is hunter2', source: 'stderr' as const },
      { text: 'out', source: 'stdout' as const },
    ]
    const scene = createScene(
      {
        children: [
          { id: 'web', command: 'web', secrets: ['hunter2'] },
          { id: 'long', command: 'long' },
        ],
      },
      { web: { prints }, long: { prints: [{ text: 'x'.repeat(10_000), source: 'stderr' }] } },
    )
    await scene.start()
    const tail = scene.child('web').view.stderrTail ?? ''
    expect(tail.split('\n')).toEqual([
      ...Array.from({ length: 19 }, (_, n) => `line ${n + 11}`),
      'the key is [redacted]',
    ])
    expect(scene.child('long').view.stderrTail).toBe('x'.repeat(4_096))
    expect(Object.isFrozen(scene.child('web').view)).toBe(true)
    expect(scene.supervisor.view.children[0]).toBe(scene.child('web').view)
  })
})

describe('the view of a supervisor', () => {
  test('has exactly its keys, is frozen, and is built when it is read', async () => {
    const scene = await running()
    const { view } = scene.supervisor
    expect(keysOf(view)).toEqual(['children', 'id', 'since', 'state', 'strategy'])
    expect(view).toEqual({
      id: 'root',
      state: 'running',
      strategy: 'one-for-one',
      since: scene.world.ports.clock.at(),
      children: [scene.child('web').view],
    })
    expect([Object.isFrozen(view), Object.isFrozen(view.children)]).toEqual([true, true])
    expect(scene.supervisor.view).toBe(view)
  })

  test('shares what has not changed with the one before, and keeps the moment at which it was taken', async () => {
    const scene = createScene({
      children: [
        { id: 'a', command: 'a' },
        { id: 'b', command: 'b' },
      ],
    })
    await scene.start()
    const before = scene.supervisor.view
    void scene.child('a').stop()
    const after = scene.supervisor.view
    expect(after).not.toBe(before)
    expect(after.children[1]).toBe(before.children[1])
    expect(before.children.map(({ state }: ChildView) => state)).toEqual(['running', 'running'])
    expect(after.children.map(({ state }: ChildView) => state)).toEqual(['stopping', 'running'])
  })

  test('tells its outcome once it has one', async () => {
    const scene = await running()
    await Promise.all([scene.supervisor.stop(), scene.world.advance(0)])
    expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'stopped' })
  })
})

describe('an incarnation', () => {
  test('tells who the process is, and its end', async () => {
    const scene = await running()
    const life = scene.child('web').incarnation
    expect(life).toMatchObject({ number: 1, pid: 1000, identity: { pid: 1000 } })
    const exited = watch(life?.exited ?? Promise.reject(new Error('No life')))
    await scene.world.advance(100)
    expect(exited.settled).toBe(false)
    await scene.end('web', { signal: 'SIGSEGV' })
    expect(exited.value).toEqual({
      code: null,
      signal: 'SIGSEGV',
      status: 139,
      at: scene.world.ports.clock.at(),
      expected: false,
      cause: 'crash',
    })
    await scene.world.advance(1_000)
    expect(scene.child('web').incarnation).toMatchObject({ number: 2 })
    // The old handle still tells of the old life.
    expect(await life?.exited).toBe(exited.value)
    expect(life?.number).toBe(1)
  })

  test('has the raw streams of its own life', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web', stdio: 'raw' }] })
    await scene.start()
    const life = scene.child('web').incarnation
    expect(life?.stdin).toBeDefined()
    expect(life?.stdout).toBeDefined()
    expect(life?.stderr).toBeUndefined()
  })

  test('is undefined before the first life', () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] })
    expect(scene.child('web').incarnation).toBeUndefined()
  })
})
