import { expect, test } from 'vitest'
import { superviseTable, type Runnable, type Table, type TableRow } from '../../../src/index.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { isAlive } from '../support/processes.ts'
import { rejection, supervise } from '../support/supervise.ts'
import { whenReady, zoo } from '../support/zoo.ts'

/*
 * The manager and the table of pact-im/go-pkg `process`, and the supervisor that came after them: what they are to a user
 * of brood, with real processes. The letters number their promises as docs/explanation/ancestors.md lists them.
 */

expectNoLeaks()

const service: TableRow = { ...zoo('graceful'), ...whenReady }
const bad: TableRow = { ...zoo('exits-fast', 3), ...whenReady }

const tableOf = (rows: ReadonlyMap<string, TableRow>): Table => ({
  get: (key) => rows.get(key),
  entries: () => rows.entries(),
})

/** The verbs alone: nothing is reconciled in between, and nothing is waited for in vain. */
const verbsOnly = { reconcileMs: Infinity, startupMs: Infinity } as const

test('P12: each row is up before the callback, all are gone after it, and one run is one run', async () => {
  const rows = new Map(['a', 'b', 'c'].map((key) => [key, service]))
  const { supervisor, of } = supervise({})
  await supervisor.start()
  const services = superviseTable(supervisor, tableOf(rows), verbsOnly)
  const pids = await services.run(async () => {
    expect(await rejection(services.run(() => {}))).toMatchObject({ code: 'ERR_INVALID_STATE' })
    const up = supervisor.children().map(({ view }) => view.pid ?? -1)
    expect(up.map(isAlive)).toEqual([true, true, true])
    return up
  })
  expect(pids.map(isAlive)).toEqual([false, false, false])
  expect([supervisor.children(), of('process.exited').length]).toEqual([[], 3])
})

test('P12: a missing child is started again by the next look at the table, a failing one holds up nothing', async () => {
  const rows = new Map([
    ['good', { ...service, restart: 'temporary' as const }],
    ['bad', bad],
  ])
  const { supervisor, child, event } = supervise({})
  await supervisor.start()
  const services = superviseTable(supervisor, tableOf(rows), { reconcileMs: 20, startupMs: Infinity })
  await services.run(async () => {
    expect(child('good').view.state).toBe('running')
    process.kill(child('good').view.pid ?? -1, 'SIGKILL')
    await event('child.ready', 'good', 2)
    // It failed at its first start, and is tried again and again.
    await event('process.exited', 'bad', 3)
  })
})

test('P13: what the verbs are asked too early, too late, twice, or for nobody, has a code each', async () => {
  const rows = new Map<string, TableRow>([
    ['a', service],
    ['bad', bad],
  ])
  const { supervisor } = supervise({})
  await supervisor.start()
  const services = superviseTable(supervisor, tableOf(rows), verbsOnly)
  const outside = { code: 'ERR_SUPERVISOR_NOT_RUNNING' }
  expect(await rejection(services.start('a'))).toMatchObject(outside)
  await services.run(async () => {
    expect((await services.get('a')).view.state).toBe('running')
    expect(await rejection(services.start('a'))).toMatchObject({ code: 'ERR_CHILD_EXISTS' })
    expect(await rejection(services.start('nobody'))).toMatchObject({ code: 'ERR_CHILD_NOT_FOUND' })
    expect(await rejection(services.stop('nobody'))).toMatchObject({ code: 'ERR_CHILD_NOT_FOUND' })
    expect(await rejection(services.get('nobody'))).toMatchObject({ code: 'ERR_CHILD_NOT_FOUND' })
    expect(await rejection(services.start('bad'))).toMatchObject({ code: 'ERR_EXITED_BEFORE_READY', exit: { code: 3 } })
    expect(await rejection(services.get('bad'))).toMatchObject({ code: 'ERR_CHILD_NOT_RUNNING' })
    expect(await services.stop('a')).toMatchObject({ survivors: [] })
    expect(await services.start('a')).toMatchObject({ state: 'running' })
  })
  for (const verb of ['start', 'stop', 'get'] as const) {
    expect(await rejection(services[verb]('a'))).toMatchObject(outside)
  }
})

test('P13: a table that fails is the cause of the start that asked it', async () => {
  const oops = new Error('no connection')
  const { supervisor } = supervise({})
  await supervisor.start()
  const table: Table = { get: () => Promise.reject(oops), entries: () => [] }
  const services = superviseTable(supervisor, table, verbsOnly)
  await services.run(async () => {
    expect(await rejection(services.start('a'))).toMatchObject({ code: 'ERR_CHILD_NOT_FOUND', cause: oops })
  })
})

test('P14: there are never two of one key, also when it is started while it stops', async () => {
  const rows = new Map([['a', service]])
  const { supervisor, child, of } = supervise({})
  await supervisor.start()
  const services = superviseTable(supervisor, tableOf(rows), verbsOnly)
  let alive = 0
  let most = 0
  supervisor.events$.subscribe(({ type }) => {
    if (type === 'process.spawned') most = Math.max(most, (alive += 1))
    if (type === 'process.exited') alive -= 1
  })
  await services.run(async () => {
    expect(child('a').view.state).toBe('running')
    for (let n = 0; n < 5; n++) {
      const stopped = services.stop('a')
      expect(await rejection(services.start('a'))).toMatchObject({ code: 'ERR_CHILD_STOPPING' })
      await stopped
      await services.start('a')
    }
  })
  expect([of('process.spawned').length, most, alive]).toEqual([6, 1, 0])
})

test('P14: not as in pact, a stop stays a stop although the row stays', async () => {
  const rows = new Map([
    ['a', service],
    ['b', service],
  ])
  const { supervisor, child, event, of } = supervise({})
  await supervisor.start()
  const services = superviseTable(supervisor, tableOf(rows), { reconcileMs: 10, startupMs: Infinity })
  await services.run(async () => {
    await services.stop('a')
    // Several looks at the table later, each of which has brought somebody else back:
    for (let life = 2; life <= 4; life++) {
      await child('b').stop()
      await event('child.ready', 'b', life)
    }
    expect(of('process.spawned', 'a')).toHaveLength(1)
    expect(child('a').view.state).toBe('stopped')
  })
})

test('P15: rows come and go while they are read, and one that cannot be read is skipped', async () => {
  const { supervisor, of } = supervise({})
  await supervisor.start()
  const table: Table = {
    get: () => service,
    async *entries() {
      yield ['a', service]
      yield ['broken', { command: '' }]
      await Promise.resolve()
      yield ['b', service]
    },
  }
  await superviseTable(supervisor, table, verbsOnly).run(() => {
    expect(supervisor.children().map(({ id, view }) => [id, view.state])).toEqual([
      ['a', 'running'],
      ['b', 'running'],
    ])
  })
  expect(of('callback.failed').length).toBeGreaterThan(0)
})

test('P16: a runnable that fails is run afresh, with its backoff and its limit, until it succeeds', async () => {
  let lives = 0
  const flaky: Runnable = async (scope, ready) => {
    lives += 1
    if (lives === 2 || lives === 3) throw new Error('not yet')
    const lost = lives === 1 ? Promise.reject(new Error('lost the line')) : undefined
    await Promise.all([ready(scope), lost])
  }
  const restart = { type: 'transient', backoff: { minMs: 0 }, limit: { restarts: 3, withinMs: 600_000 } } as const
  const { supervisor, event, of, child } = supervise({ children: [{ id: 'flaky', kind: 'task', run: flaky, restart }] })
  await supervisor.start()
  await event('child.ready', 'flaky', 2)
  expect([lives, child('flaky').view.state, child('flaky').view.restarts]).toEqual([4, 'running', 3])
  expect(of('process.exited', 'flaky').map(({ data }) => data.code)).toEqual([1, 1, 1])
})

test('P16: an interrupt is a stop: it may be given at any time and twice, and the run ends well with it', async () => {
  const { supervisor, of } = supervise({ children: [{ ...service, id: 'web' }] })
  const running = supervisor.run({ handleSignals: false })
  await supervisor.start()
  const [first, second] = await Promise.all([supervisor.stop(), supervisor.stop()])
  expect(second).toEqual(first)
  expect(await running).toMatchObject({ exitCode: 0, report: { survivors: [] } })
  expect(of('supervisor.stopping')).toHaveLength(1)
})
