import { expect, onTestFinished, test } from 'vitest'
import { reaper, type Reaped } from '../../src/index.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { guardsOf, isAlive } from './support/processes.ts'
import { allDead, pidsIn, runHost } from './support/run-host.ts'
import { recordOf, supervise } from './support/supervise.ts'
import { sh, zoo } from './support/zoo.ts'

expectNoLeaks()

const ready = { ready: { line: 'ready' } } as const
const atOnce = { type: 'permanent', backoff: { minMs: 0 } } as const

test('a released child outlives its supervisor; adopted by another and killed -9, it is restarted there as its next life', async () => {
  const exits: Reaped[] = []
  const subscription = reaper.exits$.subscribe((exit) => exits.push(exit))
  onTestFinished(() => subscription.unsubscribe())
  const first = supervise({ id: 'first', children: [{ id: 'web', ...zoo('sleeps'), ...ready, restart: atOnce }] })
  const second = supervise({ id: 'second' })
  await Promise.all([first.supervisor.start(), second.supervisor.start()])
  const child = first.supervisor.release('web')
  const { pid = 0, identity } = child.view
  await first.supervisor.stop()
  expect(isAlive(pid)).toBe(true)
  expect(child.view).toMatchObject({ state: 'running', pid, incarnation: 1 })

  second.supervisor.adopt(child)
  expect(second.supervisor.view.children).toMatchObject([{ id: 'web', pid, incarnation: 1 }])
  process.kill(pid, 'SIGKILL')
  await second.event('child.ready', 'web')
  expect(child.view).toMatchObject({ state: 'running', incarnation: 2, restarts: 1, lastExit: { signal: 'SIGKILL' } })
  await second.supervisor.stop()

  const told = (await recordOf(first.supervisor)).filter(({ type }) => type === 'process.exited')
  expect(told).toEqual([])
  expect(second.of('process.exited').map(({ incarnation, data }) => [incarnation, data.pid])).toEqual([
    [1, pid],
    [2, second.of('process.spawned')[0]?.data.pid],
  ])
  expect(exits.filter((exit) => exit.pid === pid)).toMatchObject([
    { identity, signal: 'SIGKILL', origin: { kind: 'child', supervisor: 'second', stream: '/web', incarnation: 1 } },
  ])
})

test('streams, lines and promises of a life go on across its moves', async () => {
  const first = supervise({ children: [{ id: 'cat', ...zoo('echoes-stdin'), stdio: { stdin: 'raw' } }] })
  const second = supervise({})
  await Promise.all([first.supervisor.start(), second.supervisor.start()])
  const child = first.child('cat')
  const { incarnation } = child
  incarnation?.stdin?.write('one\n')
  await first.line('cat', /^one$/)
  second.supervisor.adopt(first.supervisor.release('cat'))
  expect(child.incarnation).toBe(incarnation)
  incarnation?.stdin?.write('two\n')
  await second.line('cat', /^two$/)
  expect(first.said('cat')).toEqual(['one'])
  expect(second.lines.map(({ stream, incarnation: life }) => [stream, life])).toEqual([['/cat', 1]])
  const stopped = child.stop()
  expect(await incarnation?.exited).toMatchObject({ signal: 'SIGTERM', expected: true, cause: 'operator' })
  expect(await stopped).toMatchObject({ children: [{ stream: '/cat', outcome: 'stopped' }], survivors: [] })
})

test('what is tethered and released dies with a host that is killed -9, also when its supervisor has stopped', async () => {
  const host = runHost('moves', {
    supervisor: {
      children: [
        { id: 'web', ...zoo('sleeps'), ...ready },
        { id: 'deaf', ...zoo('ignores-term'), ...ready, stop: { killTimeoutMs: 100 } },
      ],
    },
  })
  const released = await host.hears('released')
  const pids = pidsIn(released)
  expect(pids.filter(isAlive)).toHaveLength(2)
  expect(guardsOf(String(released['hostId']))).toHaveLength(1)
  await host.killed()
  await allDead(pids)
})

test('negative control: what is attached and released survives a host that is killed -9', async () => {
  const host = runHost('moves', {
    supervisor: { children: [{ id: 'web', ...zoo('sleeps'), ...ready, lifetime: 'attached' }] },
  })
  const pids = pidsIn(await host.hears('released'))
  onTestFinished(async () => {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
    await allDead(pids)
  })
  await host.killed()
  expect(pids.filter(isAlive)).toHaveLength(1)
})

test.each(['tethered', 'attached'] as const)(
  'a host whose %s children were released, moved, restarted and stopped has nothing of them left, and ends by itself',
  async (lifetime) => {
    const sleeper = { ...zoo('sleeps'), ...ready, restart: atOnce, lifetime }
    const children = [
      { id: 'free', ...sleeper },
      { id: 'moved', ...sleeper },
    ]
    const host = runHost('moves', { supervisor: { children }, ending: 'exits' })
    const { before, after, lives } = await host.hears('after')
    expect(after).toEqual(before)
    expect(lives).toEqual([2, 2])
    expect(await host.exited).toEqual({ code: 0, signal: null })
  },
)

test('start-first: the old process is there until the new one is ready, and never neither', async () => {
  const { supervisor, child, event, of } = supervise({ children: [{ id: 'web', ...zoo('graceful'), ...ready }] })
  await supervisor.start()
  const old = child('web')
  const pid = old.view.pid ?? 0
  const replaced = supervisor.replace({ id: 'web', ...zoo('graceful', 3), ...ready }, { order: 'start-first' })
  const { data } = await event('process.spawned', 'web', 2)
  await event('child.replaced', 'web')
  const next = await replaced
  expect(supervisor.child('web')).toBe(next)
  expect(next.view).toMatchObject({ state: 'running', pid: data.pid, stream: '/web@2' })
  expect(isAlive(pid)).toBe(false)
  const seqOf = (type: 'child.ready' | 'process.exited', stream: string): number =>
    of(type).find((told) => told.stream === stream)?.seq ?? Infinity
  expect(seqOf('child.ready', '/web@2')).toBeLessThan(seqOf('process.exited', '/web'))
})

test('start-first: a new one that fails leaves the old one as it is', async () => {
  const { supervisor, child } = supervise({ children: [{ id: 'web', ...zoo('sleeps'), ...ready }] })
  await supervisor.start()
  const { pid } = child('web').view
  const fails = sh('echo "no such port" >&2; exit 7')
  await expect(supervisor.replace({ id: 'web', ...fails, ...ready }, { order: 'start-first' })).rejects.toMatchObject({
    code: 'ERR_EXITED_BEFORE_READY',
    exit: { code: 7 },
    stderrTail: 'no such port',
  })
  expect(supervisor.children()).toHaveLength(1)
  expect(child('web').view).toMatchObject({ state: 'running', pid, stream: '/web' })
})

test('apply() makes one set of processes of another, and touches no more than it must', async () => {
  const web = { id: 'web', ...zoo('sleeps'), ...ready }
  const { supervisor, child } = supervise({
    children: [web, { id: 'db', ...zoo('sleeps'), ...ready }, { id: 'old', ...zoo('sleeps') }],
  })
  await supervisor.start()
  const [kept, gone] = [child('web').view.pid ?? 0, child('old').view.pid ?? 0]
  const wanted = [
    web,
    { id: 'db', ...zoo('graceful'), ...ready },
    { id: 'new', ...zoo('sleeps'), ...ready, after: ['db'] },
  ]
  expect(await supervisor.apply(wanted)).toEqual({ add: ['new'], remove: ['old'], restart: ['db'], keep: ['web'] })
  expect(isAlive(gone)).toBe(false)
  expect(supervisor.view.children.map(({ id, state }) => `${id} ${state}`)).toEqual([
    'web running',
    'db running',
    'new running',
  ])
  expect(child('web').view.pid).toBe(kept)
  expect(supervisor.plan(wanted)).toEqual({ add: [], remove: [], restart: [], keep: ['web', 'db', 'new'] })
})
