import { describe, expect, test } from 'vitest'
import type { ChildState } from '../../../src/machines/child-state.ts'
import type { ChildOptions } from '../../../src/spec/child-options.ts'
import { stage, type InputName, type Scene } from './staging.ts'

const host = { hostId: 'second', treeId: 'tree', bootId: 'boot', pid: 2 }

/** The first host begins the tree, as its own record says. */
function begin(scene: Scene, bootId = 'boot'): void {
  const { staged } = scene
  staged.apply({ of: 'start', host: { hostId: 'first', treeId: 'tree', bootId, pid: 1 } })
}

/** Another host takes the tree over: what it notes is all it knows. Gives the types recorded of each child. */
function recover(scene: Scene, ended: 'open' | 'clean' = 'open', order = [...scene.staged.tree.children.keys()]) {
  scene.staged.tree.notes.clear()
  scene.staged.tree.regroups.clear()
  const { draft } = scene.staged.apply({ of: 'recover', host, ended, order, changed: [] })
  return draft.events.map(({ type, stream }) => (stream === '/' ? type : `${stream} ${type}`))
}

function restart(scene: Scene): readonly string[] {
  const { draft } = scene.staged.apply({ of: 'start', host })
  return draft.events.map(({ type, stream }) => (stream === '/' ? type : `${stream} ${type}`))
}

/** What a host tells of a life of which nothing is left, whether its exit is recorded already or not. */
const over = ['exited', 'drained', 'gone', 'swept'] as const satisfies InputName[]

interface Row {
  readonly when: string
  readonly child?: Partial<ChildOptions>
  /** How the child got where it was when its host ended; it was started by the supervisor. */
  readonly path: readonly InputName[]
  /** What the world then tells. */
  readonly world: readonly InputName[]
  /** What it comes to, and whether the next start begins it again. */
  readonly outcome: string
  readonly begins: boolean
}

const crashed = { restart: { type: 'permanent', backoff: { minMs: 50, jitter: 0 } } } as const
const rows: readonly Row[] = [
  { when: 'it ran, and died with its host', path: ['spawned'], world: over, outcome: 'failed', begins: true },
  {
    when: 'it ran, was temporary, and died',
    child: { restart: 'temporary' },
    path: ['spawned'],
    world: over,
    outcome: 'failed',
    begins: true,
  },
  {
    when: 'a one-shot was at work',
    child: { oneShot: true },
    path: ['spawned'],
    world: over,
    outcome: 'failed',
    begins: true,
  },
  {
    when: 'it was not ready yet',
    child: { ready: 'manual' },
    path: ['spawned'],
    world: over,
    outcome: 'failed',
    begins: true,
  },
  { when: 'its spawn was intended and never came', path: [], world: ['spawnFailed'], outcome: 'failed', begins: true },
  {
    when: 'its spawn came, unrecorded, and is dead',
    path: [],
    world: ['spawned', ...over],
    outcome: 'failed',
    begins: true,
  },
  { when: 'it backed off', child: crashed, path: ['spawned', ...over], world: [], outcome: 'failed', begins: true },
  {
    when: 'it had crashed and was settling',
    path: ['spawned', 'exited'],
    world: over,
    outcome: 'failed',
    begins: true,
  },
  { when: 'it was being restarted', path: ['spawned', 'restart'], world: over, outcome: 'failed', begins: true },
  {
    when: 'its restart was settling',
    path: ['spawned', 'restart', 'exited'],
    world: over,
    outcome: 'failed',
    begins: true,
  },
  { when: 'its caller was stopping it', path: ['spawned', 'stop'], world: over, outcome: 'stopped', begins: false },
  {
    when: 'its stop was settling',
    path: ['spawned', 'stop', 'exited'],
    world: over,
    outcome: 'stopped',
    begins: false,
  },
  {
    when: 'its caller had stopped it',
    path: ['spawned', 'stop', ...over],
    world: [],
    outcome: 'stopped',
    begins: false,
  },
  {
    when: 'it had finished',
    child: { oneShot: true, restart: { type: 'temporary', success: [1] } },
    path: ['spawned', ...over],
    world: [],
    outcome: 'exited',
    begins: false,
  },
  {
    when: 'it was not to be restarted, and was settling',
    child: { restart: 'temporary' },
    path: ['spawned', 'exited'],
    world: over,
    outcome: 'failed',
    begins: false,
  },
  {
    when: 'it had been given up, and was settling',
    child: { restart: { type: 'permanent', limit: { restarts: 0, withinMs: 1 } } },
    path: ['spawned', 'exited'],
    world: over,
    outcome: 'failed',
    begins: false,
  },
  {
    when: 'it could not be killed',
    path: ['spawned', 'stopNow', 'unproven'],
    world: [],
    outcome: 'unkillable',
    begins: false,
  },
  {
    when: 'it could not be killed, and is dead by now',
    path: ['spawned', 'stopNow', 'unproven'],
    world: over,
    outcome: 'stopped',
    begins: false,
  },
]

describe.each(rows)('$when', ({ child, path, world, outcome, begins }) => {
  const play = (): { scene: Scene; state: () => ChildState | undefined } => {
    const scene = stage([{ id: 'web', command: 'web', ...child } as ChildOptions])
    begin(scene)
    for (const input of path) scene.tell('/web', input)
    return { scene, state: () => scene.state('/web') }
  }

  test(`it comes to rest as ${outcome}, and nothing begins before the start`, () => {
    const { scene, state } = play()
    recover(scene)
    for (const input of world) scene.tell('/web', input)
    expect([state()?.name, state()?.view.outcome]).toEqual(['stopped', outcome])
    expect(scene.staged.tree.supervisor('/')?.phase).toBe('initial')
    const { incarnation } = state()?.view ?? {}
    expect(restart(scene).includes('/web spawn.requested')).toBe(begins)
    expect(state()?.view.incarnation).toBe((incarnation ?? 0) + (begins ? 1 : 0))
  })

  test('a host that ends again in the middle of it changes nothing', () => {
    const { scene, state } = play()
    recover(scene)
    for (const [index, input] of world.entries()) {
      scene.tell('/web', input)
      if (index === 0) recover(scene)
    }
    // What the first had been told and not recorded, the second is told again.
    if (state()?.name === 'settling') for (const input of over) scene.tell('/web', input)
    expect([state()?.name, state()?.view.outcome]).toEqual(['stopped', outcome])
    expect(restart(scene).includes('/web spawn.requested')).toBe(begins)
  })
})

test('what is found alive and asked down by the recovery is begun again, and its owner wants it up all along', () => {
  const scene = stage([{ id: 'web', command: 'web' }])
  begin(scene)
  scene.tell('/web', 'spawned')
  recover(scene)
  const asked = scene.tell('/web', { kind: 'stop', now: false, cause: 'shutdown', recovered: true })
  expect(asked).toEqual(['stop.requested', 'splay.elapsed'])
  expect(scene.state('/web')?.view.desired).toBe('up')
  for (const input of over) scene.tell('/web', input)
  expect(scene.state('/web')?.view).toMatchObject({ state: 'stopped', outcome: 'failed', desired: 'up' })
  expect(scene.state('/web')?.view.lastExit).toMatchObject({ expected: true, cause: 'shutdown' })
  expect(restart(scene)).toContain('/web spawn.requested')
})

test('an attempt is kept: the next failure backs off as the next of a series', () => {
  const scene = stage([{ id: 'web', command: 'web', ...crashed }])
  begin(scene)
  for (const input of ['spawned', ...over, 'backoffElapsed', 'spawned', ...over] as const) scene.tell('/web', input)
  expect(scene.state('/web')).toMatchObject({ name: 'backingOff', attempt: 2 })
  recover(scene)
  expect(scene.state('/web')?.attempt).toBe(2)
})

test('a recovered log that had ended cleanly starts every child, as on the first day', () => {
  const scene = stage([
    { id: 'web', command: 'web' },
    { id: 'old', command: 'old' },
  ])
  begin(scene)
  for (const stream of ['/web', '/old']) scene.tell(stream, 'spawned')
  scene.tell('/old', 'stop')
  for (const input of over) scene.tell('/old', input)
  scene.staged.apply({ of: 'stop', stream: '/', now: false, cause: 'operator', outcome: 'stopped' })
  for (const input of over) scene.tell('/web', input)
  expect(scene.staged.tree.supervisor('/')?.phase).toBe('stopped')
  expect(recover(scene, 'clean')).toEqual(['supervisor.recovered'])
  // A host that ends between that and the start takes nothing away from it.
  recover(scene, 'open')
  expect(restart(scene)).toEqual(expect.arrayContaining(['/web spawn.requested', '/old spawn.requested']))
})

test('a supervisor that was stopping when its host ended starts what it had stopped itself, not what its caller had', () => {
  const scene = stage([
    { id: 'db', command: 'db' },
    { id: 'web', command: 'web', after: ['db'] },
    { id: 'old', command: 'old' },
  ])
  begin(scene)
  for (const stream of ['/db', '/old', '/web']) scene.tell(stream, 'spawned')
  for (const input of ['stop', ...over] as const) scene.tell('/old', input)
  scene.staged.apply({ of: 'stop', stream: '/', now: false, cause: 'operator', outcome: 'stopped' })
  for (const input of over) scene.tell('/web', input)
  recover(scene)
  // Its turn had come already; the rest of its ladder is its own.
  for (const input of over) scene.tell('/db', input)
  expect(scene.state('/db')?.view.outcome).toBe('stopped')
  expect(restart(scene)).toEqual(expect.arrayContaining(['/db spawn.requested']))
  expect(scene.state('/web')?.name).toBe('waiting')
  expect(scene.state('/old')?.name).toBe('stopped')
})

test('another boot: its monotonic times mean nothing here', () => {
  const scene = stage([{ id: 'web', command: 'web', ...crashed }])
  begin(scene, 'an earlier boot')
  for (const input of ['spawned', ...over] as const) scene.tell('/web', input)
  expect(scene.state('/web')?.history).toHaveLength(1)
  const [recovered] = scene.staged.decide({ of: 'recover', host, ended: 'open', order: [], changed: [] }).draft.events
  expect(recovered?.data).toMatchObject({ rebooted: true })
  recover(scene)
  expect(scene.state('/web')?.history).toEqual([])
})

test('children that are given again come first, in the order in which they are given', () => {
  const scene = stage(['a', 'b', 'c', 'd'].map((id) => ({ id, command: id })))
  begin(scene)
  recover(scene, 'open', ['/d', '/b'])
  const order = [...scene.staged.tree.children.values()].toSorted((a, b) => a.slot - b.slot)
  expect(order.map(({ stream }) => stream)).toEqual(['/d', '/b', '/a', '/c'])
})

describe('a nested supervisor', () => {
  const nested = { id: 'api', kind: 'supervisor', children: [{ id: 'web', command: 'web' }] } as const

  test('ends with its host, and begins again with its children', () => {
    const scene = stage([nested])
    begin(scene)
    scene.tell('/api/web', 'spawned')
    expect(scene.state('/api')?.name).toBe('running')
    expect(recover(scene)).toEqual(['supervisor.recovered', '/api process.exited', '/api child.stopped'])
    expect(scene.state('/api')).toMatchObject({ name: 'stopped', resumes: true })
    for (const input of over) scene.tell('/api/web', input)
    const started = restart(scene)
    expect(started).toEqual(expect.arrayContaining(['/api spawn.requested', '/api/web spawn.requested']))
    scene.tell('/api/web', 'spawned')
    expect(scene.state('/api')?.view).toMatchObject({ state: 'running', incarnation: 2 })
    expect(scene.staged.tree.supervisor('/')?.phase).toBe('running')
  })

  test('stopped before it was started again, it takes along what had outlived the host', () => {
    const scene = stage([nested])
    begin(scene)
    scene.tell('/api/web', 'spawned')
    recover(scene)
    // Adopted: it runs on below a supervisor that rests.
    scene.staged.apply({ of: 'stop', stream: '/', now: false, cause: 'operator', outcome: 'stopped' })
    expect(scene.state('/api/web')?.name).toBe('terminating')
    expect(scene.staged.tree.supervisor('/')?.phase).toBe('stopping')
    for (const input of over) scene.tell('/api/web', input)
    expect(scene.staged.tree.supervisor('/')?.phase).toBe('stopped')
  })

  test('adopted children run on while it begins again', () => {
    const scene = stage([nested])
    begin(scene)
    scene.tell('/api/web', 'spawned')
    recover(scene)
    restart(scene)
    expect(scene.state('/api/web')?.view).toMatchObject({ state: 'running', incarnation: 1 })
    expect(scene.state('/api')?.name).toBe('running')
  })
})
