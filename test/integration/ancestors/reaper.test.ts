import { expect, test } from 'vitest'
import { reaper, runProcess, type Gap, type Reaped } from '../../../src/index.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { isAlive, stateOf } from '../support/processes.ts'
import { rejection, supervise } from '../support/supervise.ts'
import { until } from '../support/until.ts'
import { sh, whenReady, zoo } from '../support/zoo.ts'
import { lastSeq, listen } from './support.ts'

/*
 * `sys/reaper` of containerd/containerd and the monitor of containerd/go-runc: what they are to a user of brood. The
 * letters number their promises as docs/explanation/ancestors.md lists them.
 */

expectNoLeaks()

const crowd = (count: number, prefix = 'c') =>
  Array.from({ length: count }, (_, n) => ({
    id: `${prefix}${n}`,
    ...zoo('exits-fast', n % 256),
    restart: 'temporary' as const,
  }))

const codes = (exits: readonly Reaped[]) => exits.map(({ code }) => code)

test('R1: a burst of exits is told whole, in one order, and leaves no zombie', async () => {
  const heard = listen()
  const { supervisor, of } = supervise({ children: crowd(60) })
  await supervisor.start()
  await until('all have come to rest', () => of('child.stopped').length === 60)
  const exits = heard.end()
  expect(codes(exits).toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual(Array.from({ length: 60 }, (_, n) => n))
  expect(exits.map(({ seq }) => seq)).toEqual(exits.map((_, index) => (exits[0]?.seq ?? 0) + index))
  expect(exits.map(({ pid }) => stateOf(pid)).filter((state) => state === 'Z')).toEqual([])
})

test.each([
  ['HUP', 129],
  ['KILL', 137],
  ['TERM', 143],
] as const)('R2: death by SIG%s has status %i, and the signal beside it', async (name, status) => {
  const heard = listen()
  const { exit } = await runProcess(zoo('kills-itself', name))
  const [reaped] = heard.end()
  expect(reaped).toMatchObject({ code: null, signal: `SIG${name}`, status, origin: { kind: 'process' } })
  expect(exit).toMatchObject({ code: null, signal: `SIG${name}`, status })
})

test('R3: each of many subscribers is told every exit of every process, whosever it is', async () => {
  const all = Array.from({ length: 40 }, listen)
  const { supervisor, event } = supervise({ children: crowd(3) })
  await supervisor.start()
  for (const id of ['c0', 'c1', 'c2']) await event('child.stopped', id)
  await runProcess(zoo('exits-fast', 44))
  const heard = all.map((each) => each.end())
  expect(heard[0]).toHaveLength(4)
  for (const exits of heard) expect(exits).toEqual(heard[0])
})

test('R3, R4: one that does not read holds up nobody, is handed nothing twice, and is told what it has missed', async () => {
  const begun = await lastSeq()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const abort = new AbortController()
  const slow: (Reaped | Gap)[] = []
  const reading = rejection(
    (async () => {
      for await (const item of reaper.read({ from: begun + 1, bufferSize: 8, signal: abort.signal })) {
        slow.push(item)
        if (slow.length === 1) await released
      }
    })(),
  )
  const heard = listen()
  const { supervisor, of } = supervise({ children: crowd(120) })
  await supervisor.start()
  // Nobody has released the slow one, and yet:
  await until('all exits are recorded', () => of('process.exited').length === 120)
  const exits = heard.end()
  expect(exits).toHaveLength(120)
  expect(slow).toHaveLength(1)
  release()
  const accounted = (): readonly number[] =>
    slow.flatMap((item) =>
      'missed' in item ? Array.from({ length: item.missed }, (_, index) => item.from + index) : [item.seq],
    )
  await until('the slow one has caught up', () => accounted().length === 120)
  abort.abort()
  expect(await reading).toMatchObject({ code: 'ERR_ABORTED' })
  expect(accounted()).toEqual(exits.map(({ seq }) => seq))
})

test('R4: whoever is subscribed hears the exits in the order in which their owners recorded them', async () => {
  const heard = listen()
  const trees = [supervise({ id: 'one', children: crowd(20) }), supervise({ id: 'two', children: crowd(20) })]
  await Promise.all(trees.map(({ supervisor }) => supervisor.start()))
  await until('all exits are recorded', () => trees.every(({ of }) => of('child.stopped').length === 20))
  const exits = heard.end()
  for (const { supervisor, of } of trees) {
    const told = exits.flatMap(({ origin, pid }) =>
      origin.kind === 'child' && origin.supervisor === supervisor.id ? [pid] : [],
    )
    expect(told).toEqual(of('process.exited').map(({ data }) => data.pid))
  }
})

test('R5: the exit of what ends at once is heard by who was there before, and read by who comes after', async () => {
  const begun = await lastSeq()
  const heard = listen()
  await Promise.all(Array.from({ length: 10 }, (_, n) => runProcess(zoo('exits-fast', 100 + n))))
  const early = heard.end()
  const late: (Reaped | Gap)[] = []
  for await (const exit of reaper.read({ from: begun + 1, live: false })) late.push(exit)
  expect(codes(early).toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual(Array.from({ length: 10 }, (_, n) => 100 + n))
  expect(late).toEqual(early)
})

test('R6: whoever waits for one process gets its exit, although nobody else listens or somebody else has left', async () => {
  const { supervisor, child } = supervise({
    children: [{ id: 'job', ...sh('read line; exit 21'), stdio: 'raw', restart: 'temporary' }],
  })
  await supervisor.start()
  const life = child('job').incarnation
  const left = listen()
  const waits = [1, 2].map(async () => life?.exited)
  left.end()
  life?.stdin?.end('\n')
  for (const exit of await Promise.all(waits)) expect(exit).toMatchObject({ code: 21 })
  expect(left.exits).toEqual([])
})

test('R7: to unsubscribe is final, may be done twice and in the middle of a publication, and disturbs nobody', async () => {
  const first: number[] = []
  const second: number[] = []
  const one = reaper.exits$.subscribe(({ seq }) => {
    first.push(seq)
    one.unsubscribe()
    one.unsubscribe()
    two.unsubscribe()
  })
  const two = reaper.exits$.subscribe(({ seq }) => second.push(seq))
  const rest = listen()
  for (let n = 0; n < 3; n++) await runProcess(zoo('exits-fast', n))
  expect([first.length, second.length]).toEqual([1, 0])
  expect(codes(rest.end())).toEqual([0, 1, 2])
})

test('R8: a run with a limit is ended when it is up, and the exit it came to is told, not zero', async () => {
  const heard = listen()
  const error = await rejection(runProcess(zoo('sleeps'), { timeoutMs: 100 }))
  const [reaped] = heard.end()
  expect(reaped).toMatchObject({ code: null, signal: 'SIGTERM', status: 143 })
  expect(error).toMatchObject({ code: 'ERR_RUN_TIMEOUT', exit: { code: null, signal: 'SIGTERM', status: 143 } })
  expect(isAlive(reaped?.pid ?? -1)).toBe(false)
})

test('R10: an exit that comes before anybody could know the pid names its child, its life and who it was', async () => {
  const heard = listen()
  const { supervisor, event, of } = supervise({
    id: 'shim',
    children: [{ id: 'init', ...zoo('exits-fast', 8), restart: 'temporary' }],
  })
  await supervisor.start()
  await event('child.stopped', 'init')
  const identity = of('process.spawned')[0]?.data.identity
  expect(identity).toMatchObject({ startTicks: expect.any(Number), bootId: expect.any(String) })
  expect(heard.end()).toMatchObject([
    { identity, code: 8, origin: { kind: 'child', supervisor: 'shim', stream: '/init', incarnation: 1 } },
  ])
})

const dependant = (id: string) => ({ id, ...zoo('graceful', 2), ...whenReady, after: ['init'] })

test('R10: the exits of those who depend on another are told before the one of that other, when all are stopped', async () => {
  const heard = listen()
  const { supervisor } = supervise({
    children: [{ id: 'init', ...zoo('graceful', 1), ...whenReady }, ...['x', 'y', 'z'].map(dependant)],
  })
  await supervisor.start()
  await supervisor.stop()
  expect(codes(heard.end())).toEqual([2, 2, 2, 1])
})

test('not as in containerd: a subscriber that throws loses its own subscription and no exit of anybody else', async () => {
  const warnings: string[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning.message)
  process.on('warning', onWarning)
  let calls = 0
  reaper.exits$.subscribe(() => {
    calls += 1
    throw new Error('broken subscriber')
  })
  const heard = listen()
  for (let n = 0; n < 3; n++) await runProcess(zoo('exits-fast', n))
  await until('the warning has come', () => warnings.some((text) => text.includes('broken subscriber')))
  process.off('warning', onWarning)
  expect(codes(heard.end())).toEqual([0, 1, 2])
  expect(calls).toBe(1)
})
