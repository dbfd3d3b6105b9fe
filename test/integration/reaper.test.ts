import { expect, test } from 'vitest'
import { reaper, type Gap, type Reaped } from '../../src/index.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { recordOf, supervise } from './support/supervise.ts'
import { until } from './support/until.ts'
import { sh, zoo } from './support/zoo.ts'

expectNoLeaks()

/** What the reaper has told so far. */
async function told(from = 1): Promise<readonly (Reaped | Gap)[]> {
  const items: (Reaped | Gap)[] = []
  for await (const item of reaper.read({ from, live: false })) items.push(item)
  return items
}

const exits = (items: readonly (Reaped | Gap)[]): readonly Reaped[] =>
  items.filter((item): item is Reaped => !('missed' in item))

test('the reaper has the exit of every life of every supervisor of this host, once, in order, as its owner recorded it', async () => {
  const begun = (await told()).length
  const pushed: Reaped[] = []
  const subscription = reaper.exits$.subscribe((exit) => pushed.push(exit))
  const trees = ['first', 'second', 'third'].map((id) =>
    supervise({
      id,
      children: [
        {
          id: 'job',
          ...zoo('exits-fast', 3),
          restart: { type: 'permanent', backoff: { minMs: 0 }, limit: { restarts: 4, withinMs: 60_000 } },
        },
        {
          id: 'nested',
          kind: 'supervisor',
          children: [{ id: 'killed', ...zoo('kills-itself', 'HUP'), restart: 'temporary' }],
        },
        { id: 'web', ...zoo('sleeps') },
      ],
    }),
  )
  await Promise.all(trees.map(({ supervisor }) => supervisor.start()))
  await Promise.all(trees.map(({ event }) => event('child.stopped', 'job')))
  await Promise.all(trees.map(({ supervisor }) => supervisor.stop()))
  subscription.unsubscribe()

  const mine = exits(await told(begun + 1))
  expect(pushed).toEqual(mine)
  expect(mine.map(({ seq }) => seq)).toEqual(mine.map((_, index) => begun + 1 + index))
  expect(mine).toHaveLength(3 * (5 + 1 + 1))
  for (const { supervisor } of trees) {
    const recorded = (await recordOf(supervisor)).filter((event) => event.type === 'process.exited')
    const expected = recorded.flatMap(({ stream, incarnation, at, data }) => {
      const { pid, identity, code, signal, status } = data
      if (pid === null) return []
      return [
        {
          at,
          pid,
          identity,
          code,
          signal,
          status,
          origin: { kind: 'child', supervisor: supervisor.id, stream, incarnation },
        },
      ]
    })
    const own = mine.filter(({ origin }) => origin.kind === 'child' && origin.supervisor === supervisor.id)
    expect(own).toEqual(expected.map((exit) => expect.objectContaining(exit)))
  }
})

test('the reaper tells an exit after its owner has committed it', async () => {
  const { supervisor, of } = supervise({ children: [{ id: 'job', ...zoo('exits-fast', 6), restart: 'temporary' }] })
  const recordedThen: number[] = []
  const subscription = reaper.exits$.subscribe(({ origin }) => {
    if (origin.kind === 'child' && origin.stream === '/job') recordedThen.push(of('process.exited', 'job').length)
  })
  await supervisor.start()
  await supervisor.child('job')?.when('stopped')
  subscription.unsubscribe()
  expect(recordedThen).toEqual([1])
})

test('a late reader is told all that is kept, and goes on live without a gap', async () => {
  const abort = new AbortController()
  const { supervisor, event } = supervise({
    children: [
      {
        id: 'job',
        ...zoo('exits-fast', 1),
        restart: { type: 'permanent', backoff: { minMs: 0 }, limit: { restarts: 30, withinMs: 60_000 } },
      },
    ],
  })
  const before = (await told()).length
  await supervisor.start()
  await event('process.exited', 'job', 5)
  const seen: (Reaped | Gap)[] = []
  const reading = (async () => {
    for await (const item of reaper.read({ from: before + 1, signal: abort.signal })) seen.push(item)
  })().catch((error: unknown) => error)
  await event('child.stopped', 'job')
  await until('all are read', () => seen.length === 31)
  abort.abort()
  expect(await reading).toMatchObject({ code: 'ERR_ABORTED' })
  expect(exits(seen).map(({ seq }) => seq)).toEqual(Array.from({ length: 31 }, (_, index) => before + 1 + index))
  expect(exits(seen).map(({ origin }) => (origin.kind === 'child' ? origin.incarnation : 0))).toEqual(
    Array.from({ length: 31 }, (_, index) => index + 1),
  )
})

test('a spawn that failed is no exit', async () => {
  const before = (await told()).length
  const { supervisor } = supervise({})
  await supervisor.start()
  await supervisor
    .add({ id: 'bad', command: 'no-such-command-of-brood' }, { start: false })
    .start()
    .catch(() => {})
  await supervisor.add({ id: 'good', ...sh('exit 0'), oneShot: true }, { start: false }).start()
  expect(exits(await told(before + 1)).map(({ origin }) => origin.kind === 'child' && origin.stream)).toEqual(['/good'])
})
