import { expect, test } from 'vitest'
import {
  checkInvariants,
  createSupervisor,
  memoryJournal,
  recoverSupervisor,
  replay,
  type ChildOptions,
  type RecordedEvent,
  type Supervisor,
} from '../../../src/index.ts'
import type { Journal, ProcessHost } from '../../../src/ports.ts'
import { createWorld, type Behaviour, type World } from '../../../src/testing/index.ts'

const server: ChildOptions = { id: 'server', command: 'server' }
const survivor: ChildOptions = { ...server, lifetime: 'survivor', stdio: 'ignore' }

function world(): World {
  const made = createWorld()
  made.program('server', { onSignal: { SIGTERM: 'exit' } })
  made.program('stubborn', { onSignal: { SIGTERM: 'ignore' } })
  return made
}

/** Lets time pass until a promise has settled. */
async function within<T>(made: World, promise: Promise<T>): Promise<T> {
  const state = { open: true }
  const settled = promise.finally(() => {
    state.open = false
  })
  settled.catch(() => {})
  for (let turn = 0; state.open && turn < 2_000; turn++) await made.advance(50)
  return settled
}

async function begin(made: World, children: readonly ChildOptions[]): Promise<Supervisor> {
  const supervisor = createSupervisor({ ports: made.ports, journal: made.journal, children })
  await within(made, supervisor.start())
  return supervisor
}

const recover = (made: World, children: readonly ChildOptions[], orphans: 'stop' | 'adopt' = 'stop') =>
  within(made, recoverSupervisor({ ports: made.ports, journal: made.journal, children, orphans }))

const types = (made: World, stream: string, from = 1): readonly string[] =>
  made.journal
    .read(from, Infinity)
    .filter((event) => event.stream === stream)
    .map(({ type }) => type)

test('what its host took with it is recorded, and begun again by the start', async () => {
  const made = world()
  await begin(made, [server])
  made.crash()
  await made.advance(10_000)
  const from = made.journal.last + 1
  const supervisor = await recover(made, [server])
  expect(types(made, '/server', from)).toEqual(['process.exited', 'process.drained', 'child.stopped'])
  expect(supervisor.view.state).toBe('initial')
  expect(supervisor.child('server')?.view).toMatchObject({ state: 'stopped', outcome: 'failed', incarnation: 1 })
  expect(supervisor.child('server')?.view.lastExit).toMatchObject({ code: null, signal: null, expected: false })
  await within(made, supervisor.start())
  expect(supervisor.child('server')?.view).toMatchObject({ state: 'running', incarnation: 2, restarts: 1 })
  expect(replay(made.journal.read(1, Infinity))).toEqual(supervisor.view)
  await within(made, supervisor.stop())
  expect(made.processes()).toEqual([])
  expect(made.problems).toEqual([])
})

test('what has outlived its host is stopped with the whole ladder, and begun again', async () => {
  const made = world()
  await begin(made, [{ ...survivor, command: 'stubborn', stop: { killTimeoutMs: 700 } }])
  made.crash()
  const [before] = made.processes()
  const from = made.journal.last + 1
  const supervisor = await recover(made, [{ ...survivor, command: 'stubborn', stop: { killTimeoutMs: 700 } }])
  expect(types(made, '/server', from)).toEqual([
    'stop.requested',
    'splay.elapsed',
    'signal.sent',
    'killTimeout.elapsed',
    'signal.sent',
    'process.exited',
    'process.drained',
    'child.stopped',
  ])
  expect(made.processes()).toEqual([])
  expect(supervisor.child('server')?.view).toMatchObject({ state: 'stopped', desired: 'up' })
  await within(made, supervisor.start())
  expect(made.processes().map(({ pid }) => pid)).not.toContain(before?.pid)
  await within(made, supervisor.stop())
})

test('an adopted survivor runs on, can be stopped and restarted, and how it ends nobody invents', async () => {
  const made = world()
  await begin(made, [survivor])
  made.crash()
  const [before] = made.processes()
  const supervisor = await recover(made, [survivor], 'adopt')
  const child = supervisor.child('server')
  expect(child?.view).toMatchObject({ state: 'running', incarnation: 1, pid: before?.pid })
  expect(child?.incarnation).toMatchObject({ number: 1, pid: before?.pid })
  await within(made, supervisor.start())
  expect(child?.view.incarnation).toBe(1)
  made.exit(before?.pid ?? 0, { code: 7 })
  await within(made, child?.when('settling') ?? Promise.reject(new Error('No child')))
  await made.advance(60_000)
  expect(child?.view).toMatchObject({ state: 'running', incarnation: 2 })
  expect(child?.view.lastExit).toMatchObject({ code: null, signal: null, status: null })
  await within(made, child?.restart() ?? Promise.reject(new Error('No child')))
  expect(child?.view.incarnation).toBe(3)
  await within(made, supervisor.stop())
  expect(made.processes()).toEqual([])
})

test('children that are not given again are stopped and removed; new ones are registered, in the order that is given', async () => {
  const made = world()
  await begin(made, [
    { ...survivor, id: 'old' },
    { ...survivor, id: 'kept' },
  ])
  made.crash()
  const supervisor = await recover(
    made,
    [
      { ...server, id: 'new' },
      { ...survivor, id: 'kept' },
    ],
    'adopt',
  )
  expect(
    supervisor
      .children()
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(['kept', 'new'])
  expect(made.processes()).toHaveLength(1)
  expect(types(made, '/old').at(-1)).toBe('child.removed')
  await within(made, supervisor.stop())
})

/** A host that ends as soon as it was asked to spawn, before or after the process has begun. */
function endsAtSpawn(made: World, when: 'before' | 'after'): ProcessHost {
  const { host } = made.ports
  return {
    ...host,
    open(tree) {
      const session = host.open(tree)
      return {
        ...session,
        spawn(request, observe) {
          if (when === 'before') made.crash()
          // It may be told within the call, and this host is not to hear of it.
          const life = session.spawn(request, when === 'after' ? () => {} : observe)
          if (when === 'after') made.crash()
          return life
        },
      }
    },
  }
}

test.each(['before', 'after'] as const)(
  'a spawn whose host ended %s it began has its answer, and nothing of it is left',
  async (when) => {
    const made = world()
    const ports = { ...made.ports, host: endsAtSpawn(made, when) }
    void createSupervisor({ ports, journal: made.journal, children: [survivor] }).start()
    await made.advance(0)
    expect(made.journal.read(1, Infinity).at(-1)?.type).toBe('spawn.requested')
    expect(made.processes()).toHaveLength(when === 'before' ? 0 : 1)
    const recovered = await recover(made, [survivor])
    expect(types(made, '/server')).toContain(when === 'before' ? 'process.spawnFailed' : 'process.spawned')
    expect(recovered.child('server')?.view.state).toBe('stopped')
    expect(made.processes()).toEqual([])
    await within(made, recovered.start())
    expect(recovered.child('server')?.view).toMatchObject({ state: 'running', incarnation: 2 })
    await within(made, recovered.stop())
  },
)

test('after a reboot everything is gone, and nobody is signalled', async () => {
  const made = world()
  await begin(made, [survivor])
  made.reboot()
  const supervisor = await recover(made, [survivor], 'adopt')
  expect(types(made, '/server')).not.toContain('signal.sent')
  expect(supervisor.child('server')?.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
  const recovered = made.journal.read(1, Infinity).find(({ type }) => type === 'supervisor.recovered')
  expect(recovered?.data).toMatchObject({ rebooted: true, ended: 'open' })
  await within(made, supervisor.start())
  await within(made, supervisor.stop())
})

test('a stop that its host did not see to its end goes on with what is left of its grace', async () => {
  const made = world()
  const stubborn: ChildOptions = { ...survivor, command: 'stubborn', stop: { killTimeoutMs: 5_000 } }
  const supervisor = await begin(made, [stubborn])
  void supervisor.child('server')?.stop()
  await made.advance(4_000)
  made.crash()
  const crashedAt = made.now
  const recovered = await recover(made, [stubborn])
  const sent = made.journal.read(1, Infinity).flatMap((event) => (event.type === 'signal.sent' ? [event] : []))
  expect(sent.map(({ data }) => data.signal)).toEqual(['SIGTERM', 'SIGKILL'])
  expect(made.now - crashedAt).toBeLessThan(2_000)
  expect(recovered.child('server')?.view).toMatchObject({ state: 'stopped', outcome: 'stopped' })
  await within(made, recovered.start())
  expect(recovered.child('server')?.view.state).toBe('stopped')
  await within(made, recovered.stop())
})

test('a journal that is empty is begun, and one that ended cleanly is gone on with, streams and numbers kept', async () => {
  const made = world()
  const first = await recover(made, [server])
  await within(made, first.start())
  await within(made, first.stop())
  const second = await recover(made, [server])
  expect(second.child('server')?.stream).toBe('/server')
  await within(made, second.start())
  expect(second.child('server')?.view).toMatchObject({ state: 'running', incarnation: 2 })
  await within(made, second.stop())
})

test('a spec that has changed is told, by its fingerprint alone', async () => {
  const made = world()
  await begin(made, [{ ...server, env: { TOKEN: 'one' } }])
  made.crash()
  await within(made, (await recover(made, [{ ...server, env: { TOKEN: 'two' } }])).stop())
  made.crash()
  await within(made, (await recover(made, [{ ...server, env: { TOKEN: 'two' } }])).stop())
  const told = made.journal.read(1, Infinity).flatMap((event) => (event.type === 'supervisor.recovered' ? [event] : []))
  expect(told.map(({ data }) => data.changed.map(({ stream }) => stream))).toEqual([['/server'], []])
  expect(JSON.stringify(made.journal.read(1, Infinity))).not.toMatch(/"(?:one|two)"/)
})

test.each([
  [{}, /`journal`/],
  [{ orphans: 'keep' }, /`orphans`/],
])('bad options are refused before the journal is opened: %j', async (options, words) => {
  const made = world()
  const given = 'orphans' in options ? { ...options, journal: made.journal } : options
  await expect(recoverSupervisor(given as never)).rejects.toMatchObject({
    code: 'ERR_INVALID_SPEC',
    message: expect.stringMatching(words),
  })
  expect(made.journal.open()).toEqual({ seq: 0, ended: 'empty' })
})

/** Has a new host take over the log up to the first event that is wanted: what followed was never recorded. */
async function recoverFrom(
  made: World,
  children: readonly ChildOptions[],
  isLast: (event: RecordedEvent) => boolean,
): Promise<{ readonly supervisor: Supervisor; readonly journal: Journal }> {
  const events = made.journal.read(1, Infinity)
  const journal = memoryJournal()
  journal.open()
  journal.append(events.slice(0, events.findIndex(isLast) + 1))
  journal.commit()
  journal.close()
  made.crash()
  await made.advance(60_000)
  const supervisor = await within(made, recoverSupervisor({ ports: made.ports, journal, children }))
  return { supervisor, journal }
}

const escaper: ChildOptions = { ...survivor, command: 'escaper' }

/** Whoever is run there leaves somebody outside of its group. */
function escaping(escapee: Behaviour): World {
  const made = world()
  made.program('escaper', { onSignal: { SIGTERM: 'exit' }, forks: [{ leavesGroup: true, ...escapee }] })
  return made
}

/** Ends the host of a restart before the life before was swept for. */
function crashInRestart(made: World, supervisor: Supervisor): void {
  supervisor.events$.subscribe(({ type, incarnation }) => {
    if (type === 'spawn.requested' && incarnation === 2) made.crash()
  })
  supervisor
    .child('server')
    ?.restart()
    .catch(() => {})
}

test('what left the group of an earlier life, and that no sweep had found when its host ended, is found and killed', async () => {
  const made = escaping({ onSignal: { SIGTERM: 'ignore' } })
  const before = await begin(made, [escaper])
  crashInRestart(made, before)
  await made.advance(100)
  // Negative control: nobody has found it yet, and it outlives its host.
  const left = made.processes()
  expect(left).toHaveLength(1)
  const supervisor = await recover(made, [escaper], 'adopt')
  expect(made.processes()).toEqual([])
  const log = made.journal.read(1, Infinity)
  expect(log).toContainEqual(
    expect.objectContaining({
      type: 'signal.sent',
      incarnation: 1,
      data: { signal: 'SIGKILL', to: 'escapee', stage: 'sweep', pid: left[0]?.pid },
    }),
  )
  await within(made, supervisor.stop())
  expect(checkInvariants(made.journal.read(1, Infinity))).toEqual([])
})

test('what was left of an earlier life and cannot be killed is named, and holds nobody up for good', async () => {
  const made = escaping({ unkillable: true })
  const before = await begin(made, [escaper])
  crashInRestart(made, before)
  await made.advance(100)
  const [left] = made.processes()
  const supervisor = await recover(made, [escaper])
  expect(made.journal.read(1, Infinity)).toContainEqual(
    expect.objectContaining({
      stream: '/server',
      type: 'containment.reported',
      data: {
        subject: 'remnants',
        message: `What incarnation 1 left behind could not be killed: process ${left?.pid}, 10 s after SIGKILL`,
      },
    }),
  )
  await within(made, supervisor.start())
  expect(supervisor.child('server')?.view.state).toBe('running')
  await within(made, supervisor.stop())
  expect(checkInvariants(made.journal.read(1, Infinity))).toEqual([])
})

test('a task whose run was about to begin keeps nobody waiting, and is begun by the start', async () => {
  const made = world()
  const task: ChildOptions = { id: 'task', kind: 'task', run: (scope, ready) => ready(scope) }
  await begin(made, [task])
  const { supervisor, journal } = await recoverFrom(made, [task], ({ type }) => type === 'spawn.requested')
  expect(supervisor.child('task')?.view).toMatchObject({ state: 'stopped', outcome: 'failed', desired: 'up' })
  await within(made, supervisor.start())
  expect(supervisor.child('task')?.view).toMatchObject({ state: 'running', incarnation: 2 })
  await within(made, supervisor.stop())
  expect(checkInvariants(journal.read(1, Infinity))).toEqual([])
})

test('output that was told complete is not told so again', async () => {
  const made = world()
  const before = await begin(made, [server])
  await within(made, before.child('server')?.stop() ?? Promise.reject(new Error('No child')))
  const { supervisor, journal } = await recoverFrom(made, [server], ({ type }) => type === 'process.drained')
  await within(made, supervisor.stop())
  const log = journal.read(1, Infinity)
  expect(log.filter(({ type }) => type === 'process.drained')).toHaveLength(1)
  expect(checkInvariants(log)).toEqual([])
})

test.each(['stop', 'stopAll', 'restart'] as const)(
  'what was adopted below a nested supervisor does not outlast it when it is on its way up: %s',
  async (verb) => {
    const made = world()
    const slow: ChildOptions = { ...server, id: 'slow', ready: 'manual' }
    const team: ChildOptions = { id: 'team', kind: 'supervisor', children: [survivor], after: ['slow'] }
    const before = createSupervisor({ ports: made.ports, journal: made.journal, children: [slow, team] })
    const started = before.start()
    before.child('slow')?.incarnation?.ready()
    await within(made, started)
    made.crash()
    const supervisor = await recover(made, [slow, team], 'adopt')
    const nested = supervisor.child('team')
    const server1 = nested?.supervisor?.child('server')
    expect(server1?.view).toMatchObject({ state: 'running', incarnation: 1 })
    supervisor.start().catch(() => {})
    expect(nested?.view).toMatchObject({ state: 'starting', substate: 'waiting' })
    if (verb === 'stop') await within(made, nested?.stop() ?? Promise.reject(new Error('No child')))
    else if (verb === 'stopAll') await within(made, supervisor.stop())
    else {
      nested?.restart().catch(() => {})
      await made.advance(100)
      supervisor.child('slow')?.incarnation?.ready()
      await made.advance(100)
      expect(server1?.view).toMatchObject({ state: 'running', incarnation: 2 })
      expect(nested?.view.state).toBe('running')
    }
    if (verb !== 'restart') {
      expect(server1?.view.state).toBe('stopped')
      expect(nested?.view).toMatchObject({ state: 'stopped', outcome: 'stopped' })
    }
    await within(made, supervisor.stop())
    expect(made.processes()).toEqual([])
    expect(checkInvariants(made.journal.read(1, Infinity))).toEqual([])
  },
)

test('what left the group of a life that was adopted is found as well, two hosts later', async () => {
  const made = escaping({ onSignal: { SIGTERM: 'ignore' } })
  await begin(made, [escaper])
  made.crash()
  const second = await recover(made, [escaper], 'adopt')
  await within(made, second.start())
  crashInRestart(made, second)
  await made.advance(5_000)
  expect(made.processes()).toHaveLength(1)
  const third = await recover(made, [escaper], 'adopt')
  expect(made.processes()).toEqual([])
  await within(made, third.stop())
  expect(checkInvariants(made.journal.read(1, Infinity))).toEqual([])
})
