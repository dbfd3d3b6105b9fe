import { expect, test } from 'vitest'
import type { AdoptRequest, Lifetime, LifeObservation, SpawnRequest } from '../../../src/ports.ts'
import { createSupervisor } from '../../../src/index.ts'
import { createWorld } from '../../../src/testing/index.ts'
import type { World } from '../../../src/testing/index.ts'

const requestFor = (command: string, lifetime: Lifetime, rest: Partial<SpawnRequest> = {}): SpawnRequest => ({
  life: { stream: `/${command}`, incarnation: 1 },
  command,
  args: [],
  env: {},
  envMode: 'merge',
  shell: false,
  stdin: 'ignore',
  stdout: 'ignore',
  stderr: 'ignore',
  lifetime,
  killTimeoutMs: 1_000,
  drainMs: 200,
  ...rest,
})

function createScene(world: World = createWorld()) {
  const { host, clock } = world.ports
  const session = host.open({ treeId: 'tree', report: () => {} })
  const seen: LifeObservation['kind'][] = []
  return {
    world,
    host,
    clock,
    session,
    seen,
    spawn: (request: SpawnRequest) => session.spawn(request, ({ kind }) => seen.push(kind)),
    adoptRequest: ({ life, lifetime, killTimeoutMs }: SpawnRequest): AdoptRequest => ({
      life,
      lifetime,
      killTimeoutMs,
      owner: { hostId: host.hostId, treeId: 'tree' },
      identity: world.processes().find((row) => row.life.stream === life.stream)?.identity ?? null,
    }),
    commands: () => world.processes().map(({ command }) => command),
  }
}

test('after a crash there is another host on the same machine, and the processes are nobody’s children', () => {
  const { world, host, spawn } = createScene()
  world.program('web', {})
  spawn(requestFor('web', 'attached'))
  expect(world.processes()).toMatchObject([{ ppid: host.pid }])
  world.crash()
  const { host: next } = world.ports
  expect(next).not.toBe(host)
  expect(next.hostId).not.toBe(host.hostId)
  expect(next.pid).not.toBe(host.pid)
  expect(next.bootId).toBe(host.bootId)
  expect(world.processes()).toMatchObject([{ ppid: 1 }])
  expect(world.ports).toBe(world.ports)
})

test('nothing is told to a dead host, none of its timers fires, and what it asks for comes to nothing', async () => {
  const { world, clock, session, seen, spawn } = createScene()
  world.program('web', {})
  const life = spawn(requestFor('web', 'attached'))
  const fired: string[] = []
  clock.arm(10, () => fired.push('timer'))
  clock.nextTurn(() => fired.push('turn'))
  world.crash()
  clock.arm(10, () => fired.push('late timer'))
  life.signal('SIGKILL', 'group', () => fired.push('signal'))
  life.survivors(() => fired.push('survivors'))
  const calls = { ...world.calls }
  session.spawn(requestFor('web', 'attached', { life: { stream: '/other', incarnation: 1 } }), () =>
    fired.push('spawn'),
  )
  const [row] = world.processes()
  expect(world.processes()).toHaveLength(1)
  world.exit(row?.pid ?? 0, { code: 0 })
  await world.advance(100_000)
  expect(seen).toEqual(['spawned'])
  expect(fired).toEqual([])
  expect(world.calls).toEqual(calls)
  expect(world.problems).toEqual([])
})

test('what is tethered is ended by the guard, with its grace; attached and survivor live on', async () => {
  const { world, spawn, commands } = createScene()
  world.program('obedient', {})
  world.program('slow', { onSignal: { SIGTERM: { afterMs: 300 } } })
  world.program('deaf', { onSignal: { SIGTERM: 'ignore' }, forks: [{ onSignal: { SIGTERM: 'ignore' } }] })
  world.program('escaping', { forks: [{ leavesGroup: true, onSignal: { SIGTERM: 'ignore' } }] })
  world.program('attached', {})
  world.program('survivor', {})
  for (const command of ['obedient', 'slow', 'deaf', 'escaping']) spawn(requestFor(command, 'tethered'))
  spawn(requestFor('attached', 'attached'))
  spawn(requestFor('survivor', 'survivor'))
  world.crash()
  await world.advance(0)
  expect(commands()).toEqual(['slow', 'deaf', 'deaf', 'attached', 'survivor'])
  await world.advance(299)
  expect(commands()).toContain('slow')
  await world.advance(1)
  expect(commands()).toEqual(['deaf', 'deaf', 'attached', 'survivor'])
  await world.advance(699)
  expect(commands()).toHaveLength(4)
  await world.advance(1)
  expect(commands()).toEqual(['attached', 'survivor'])
})

test('what was being forked is there although its host never heard of it, and is found by its cookie', async () => {
  const { world, host, seen, spawn } = createScene()
  world.program('web', { spawnMs: 100 })
  const request = requestFor('web', 'survivor')
  spawn(request)
  await world.advance(50)
  expect(world.processes()).toEqual([])
  world.crash()
  const [row] = world.processes()
  await world.advance(1_000)
  expect(world.processes()).toHaveLength(1)
  expect(seen).toEqual([])
  const found: unknown[] = []
  world.ports.host.findLives({ hostId: host.hostId }, (lives) => found.push(...lives))
  await world.advance(0)
  const { life, lifetime } = request
  expect(found).toEqual([{ life, lifetime, treeId: 'tree', leader: row?.identity, members: [row?.identity] }])
})

test.each(['lines', 'raw'] as const)(
  'who prints to %s that a dead host has read dies of SIGPIPE, unless ignored',
  async (mode) => {
    const { world, spawn, commands } = createScene()
    const prints = [{ text: 'late', afterMs: 100 }]
    world.program('pipe', { prints })
    world.program('careful', { prints, onSignal: { SIGPIPE: 'ignore' } })
    world.program('file', { prints })
    spawn(requestFor('pipe', 'attached', { stdout: mode }))
    spawn(requestFor('careful', 'attached', { stdout: mode }))
    spawn(requestFor('file', 'attached', { stdout: { file: 'out' } }))
    world.crash()
    await world.advance(99)
    expect(commands()).toHaveLength(3)
    await world.advance(1)
    expect(commands()).toEqual(['careful', 'file'])
  },
)

test('the number of a dead leader goes to a stranger at once, who is no part of the adopted life', async () => {
  const { world, spawn, adoptRequest } = createScene(createWorld({ pids: { first: 300, last: 300 } }))
  world.program('web', {})
  const request = requestFor('web', 'attached')
  spawn(request)
  const adopted = adoptRequest(request)
  world.crash()
  world.exit(300, { code: 0 })
  const { host } = world.ports
  const session = host.open({ treeId: 'next', report: () => {} })
  session.spawn(requestFor('web', 'attached', { life: { stream: '/stranger', incarnation: 1 } }), () => {})
  expect(world.processes()).toMatchObject([{ pid: 300, life: { stream: '/stranger' } }])
  expect(host.look(adopted.identity ?? { pid: 0, startTicks: 0, bootId: '' })).toBe('gone')
  const seen: LifeObservation['kind'][] = []
  const answers: boolean[] = []
  const life = session.adopt(adopted, ({ kind }) => seen.push(kind))
  life.signal('SIGKILL', 'group', (delivered) => answers.push(delivered))
  await world.advance(0)
  expect(seen).toEqual(['exited', 'drained', 'gone', 'swept'])
  expect(answers).toEqual([false])
  expect(world.processes()).toHaveLength(1)
})

test('it watches over who adopts: not while the host lives, not twice, not beside another life of the stream', () => {
  const { world, session, spawn, adoptRequest } = createScene()
  world.program('web', {})
  const request = requestFor('web', 'survivor')
  spawn(request)
  const adopted = adoptRequest(request)
  expect(() => session.adopt(adopted, () => {})).toThrow('was adopted while its host lives')
  world.crash()
  const next = world.ports.host.open({ treeId: 'next', report: () => {} })
  const { identity } = adopted
  const wrong = { ...adopted, identity: identity && { ...identity, startTicks: 1 } }
  expect(() => next.adopt(wrong, () => {})).toThrow('a leader it never had')
  next.adopt(adopted, () => {})
  expect(() => next.adopt(adopted, () => {})).toThrow('was adopted while its host lives')
  const second = { ...request, life: { ...request.life, incarnation: 2 } }
  expect(() => next.spawn(second, () => {})).toThrow('before life 1 was seen to end')
  expect(world.problems).toHaveLength(4)
})

test('an adopted tethered life is ended when the host that adopted it crashes, too, by the grace it was adopted with', async () => {
  const { world, spawn, adoptRequest } = createScene()
  world.program('web', { onSignal: { SIGTERM: 'ignore' } })
  const request = requestFor('web', 'tethered', { killTimeoutMs: Infinity })
  spawn(request)
  const adopted = adoptRequest(request)
  world.crash()
  await world.advance(100_000)
  world.ports.host.open({ treeId: 'next', report: () => {} }).adopt({ ...adopted, killTimeoutMs: 500 }, () => {})
  world.crash()
  await world.advance(499)
  expect(world.processes()).toHaveLength(1)
  await world.advance(1)
  expect(world.processes()).toEqual([])
})

test('after a reboot nothing of before is there, nor is its boot id; time since boot begins anew, the time of day goes on', async () => {
  const { world, host, clock, spawn, adoptRequest, seen } = createScene()
  world.program('web', {})
  const request = requestFor('web', 'survivor')
  spawn(request)
  const adopted = adoptRequest(request)
  await world.advance(5_000)
  const before = { at: clock.at(), mono: clock.mono() }
  world.reboot()
  expect(world.processes()).toEqual([])
  const next = world.ports
  expect(next.host.bootId).not.toBe(host.bootId)
  expect(next.host.hostId).not.toBe(host.hostId)
  expect(next.clock.at()).toBe(before.at)
  expect(next.clock.mono()).toBeLessThan(before.mono)
  expect(next.host.look(adopted.identity ?? { pid: 0, startTicks: 0, bootId: '' })).toBe('other-boot')

  const session = next.host.open({ treeId: 'next', report: () => {} })
  session.spawn({ ...request, life: { stream: '/another', incarnation: 1 } }, () => {})
  // The same number: only the boot tells them apart.
  expect(world.processes()).toMatchObject([{ pid: adopted.identity?.pid }])
  const told: LifeObservation['kind'][] = []
  const answers: boolean[] = []
  session.adopt(adopted, ({ kind }) => told.push(kind)).signal('SIGKILL', 'group', (each) => answers.push(each))
  await world.advance(10)
  expect(told).toEqual(['exited', 'drained', 'gone', 'swept'])
  expect(answers).toEqual([false])
  expect(world.processes()).toHaveLength(1)
  expect(seen).toEqual(['spawned'])
})

test('a supervisor in a crashed host hears and does nothing any more; its journal is free for the next', async () => {
  const world = createWorld()
  world.program('web', {})
  const { journal } = world
  const supervisor = createSupervisor({
    ports: world.ports,
    journal,
    children: [{ id: 'web', command: 'web', lifetime: 'survivor', stdio: 'ignore', restart: { type: 'permanent' } }],
  })
  const started = supervisor.start()
  await world.advance(0)
  await started
  const { last } = journal
  world.crash()
  const [row] = world.processes()
  world.exit(row?.pid ?? 0, { code: 1 })
  await world.advance(100_000)
  expect(world.processes()).toEqual([])
  expect(journal.open()).toEqual({ seq: last, ended: 'open' })
})

const ids = (): readonly string[] => {
  const world = createWorld({ seed: 7 })
  const seen: string[] = []
  for (const step of [() => {}, () => world.crash(), () => world.reboot(), () => world.crash()]) {
    step()
    seen.push(world.ports.host.hostId, world.ports.host.bootId, world.ports.random.id())
  }
  return seen
}

test('the same seed gives the same hosts and boots', () => {
  expect(ids()).toEqual(ids())
  // Twelve, of which two crashes share the boot before.
  expect(new Set(ids()).size).toBe(10)
})
