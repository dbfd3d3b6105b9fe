import { expect, test } from 'vitest'
import type { Exit } from '../../src/index.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { isAlive } from './support/processes.ts'
import { scratchFile } from './support/scratch.ts'
import { rejection, supervise } from './support/supervise.ts'
import { sh, whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

/** No wait between two lives: what is tested is whether there is a next one. */
const backoff = { minMs: 0, maxMs: 0 }

/** Exits with a code, or by a signal, in its first life; is content in the second. */
const endsOnce = (end: string, file: string) =>
  sh('echo life >>"$1"; [ "$(wc -l <"$1")" = 1 ] && eval "$2"; exec sleep 300', file, end)

test.each([
  ['permanent', 'exit 0', true],
  ['permanent', 'exit 3', true],
  ['permanent', 'kill -HUP $$', true],
  ['transient', 'exit 0', false],
  ['transient', 'exit 3', true],
  ['transient', 'kill -HUP $$', true],
  ['temporary', 'exit 0', false],
  ['temporary', 'exit 3', false],
  ['temporary', 'kill -HUP $$', false],
] as const)('a %s child that ends by `%s`: restarted %s', async (type, end, restarted) => {
  const { supervisor, child, event } = supervise({
    children: [{ id: 'job', ...endsOnce(end, scratchFile()), restart: { type, backoff } }],
  })
  await supervisor.start()
  if (restarted) {
    expect((await event('child.ready', 'job', 2)).incarnation).toBe(2)
    expect(child('job').view).toMatchObject({ state: 'running', restarts: 1, incarnation: 2 })
  } else {
    await event('child.stopped', 'job')
    expect(child('job').view).toMatchObject({
      state: 'stopped',
      outcome: end === 'exit 0' ? 'exited' : 'failed',
      restarts: 0,
      incarnation: 1,
    })
  }
})

test.each([
  ['a code that means success', { success: [0, 4] }, 'exit 4', 'exited'],
  ['a signal that means success', { success: ['SIGHUP'] }, 'kill -HUP $$', 'exited'],
  ['a code that prevents', { prevent: [66] }, 'exit 66', 'failed'],
  ['a signal that prevents', { prevent: ['SIGUSR1'] }, 'kill -USR1 $$', 'failed'],
  ['what prevents and forces', { prevent: [67], force: [67] }, 'exit 67', 'failed'],
] as const)('%s ends a transient child', async (_, sets, end, outcome) => {
  const { supervisor, child, event } = supervise({
    children: [{ id: 'job', ...endsOnce(end, scratchFile()), restart: { type: 'transient', backoff, ...sets } }],
  })
  await supervisor.start()
  await event('child.stopped', 'job')
  expect(child('job').view).toMatchObject({ outcome, incarnation: 1 })
})

test.each([
  ['a code that forces', 'temporary', { force: [99] }, 'exit 99'],
  ['a signal that forces', 'temporary', { force: ['SIGTERM'] }, 'kill -TERM $$'],
  ['success that forces', 'transient', { force: [0] }, 'exit 0'],
  ['a zero that is no success', 'transient', { success: [7] }, 'exit 0'],
] as const)('%s restarts a %s child', async (_, type, sets, end) => {
  const { supervisor, event } = supervise({
    children: [{ id: 'job', ...endsOnce(end, scratchFile()), restart: { type, backoff, ...sets } }],
  })
  await supervisor.start()
  await event('child.ready', 'job', 2)
})

test('the delay before each attempt grows by its factor up to its bound', async () => {
  const { supervisor, event, of, child } = supervise({
    children: [
      {
        id: 'job',
        ...zoo('exits-fast', 1),
        restart: {
          type: 'permanent',
          backoff: { minMs: 2, maxMs: 11, factor: 3, jitter: 0 },
          limit: { restarts: 4, withinMs: 600_000 },
        },
      },
    ],
  })
  await supervisor.start()
  await event('restart.abandoned', 'job')
  await event('child.stopped', 'job')
  expect(of('restart.scheduled').map(({ data }) => [data.delayMs, data.attempt])).toEqual([
    [2, 0],
    [6, 1],
    [11, 2],
    [11, 3],
  ])
  expect(child('job').view).toMatchObject({ outcome: 'failed', incarnation: 5, restarts: 4 })
})

test('a child that succeeds at the third attempt gets there by itself', async () => {
  const { supervisor, child, event } = supervise({})
  await supervisor.start()
  supervisor.add({ id: 'flaky', ...zoo('succeeds-third-time', scratchFile()), restart: { type: 'transient', backoff } })
  expect((await event('process.spawned', 'flaky', 3)).incarnation).toBe(3)
  expect((await child('flaky').stop()).children[0]).toMatchObject({ exit: { signal: 'SIGTERM', expected: true } })
})

test('a child beyond its limit is given up, and its siblings do not notice', async () => {
  const { supervisor, child, event, of } = supervise({
    children: [
      { id: 'calm', ...zoo('sleeps') },
      {
        id: 'wild',
        ...zoo('kills-itself', 'SEGV'),
        restart: { type: 'permanent', backoff, limit: { restarts: 3, withinMs: 600_000 } },
      },
    ],
  })
  await supervisor.start()
  const { pid } = child('calm').view
  expect((await event('restart.abandoned', 'wild')).data).toEqual({ restarts: 3, withinMs: 600_000 })
  await event('child.stopped', 'wild')
  expect(of('process.exited', 'wild')).toHaveLength(4)
  expect(child('wild').view).toMatchObject({ state: 'stopped', outcome: 'failed' })
  expect(child('calm').view).toMatchObject({ state: 'running', pid, incarnation: 1 })
  expect(isAlive(pid ?? 0)).toBe(true)
  expect(supervisor.view.state).toBe('running')
  expect(supervisor.explain('wild').state).toBe('stopped')
  // A caller may have it again, with a limit that begins anew or not: one life at least.
  await child('wild')
    .restart()
    .catch(() => {})
  await event('process.exited', 'wild', 5)
})

test('a limit of zero restarts gives up at once, and a supervisor beyond its intensity ends as failed', async () => {
  const zero = supervise({
    children: [
      { id: 'job', ...zoo('exits-fast', 1), restart: { type: 'permanent', limit: { restarts: 0, withinMs: 1_000 } } },
    ],
  })
  await zero.supervisor.start()
  await zero.event('child.stopped', 'job')
  expect(zero.of('process.spawned')).toHaveLength(1)

  const { supervisor, event, child } = supervise({
    intensity: { restarts: 2, withinMs: 600_000 },
    children: [
      { id: 'calm', ...zoo('sleeps') },
      { id: 'wild', ...zoo('exits-fast', 1), restart: { type: 'permanent', backoff } },
    ],
  })
  await supervisor.start()
  expect((await event('intensity.exceeded')).data).toMatchObject({ restarts: 2, withinMs: 600_000 })
  expect((await event('supervisor.stopped')).data).toEqual({ outcome: 'failed' })
  expect(supervisor.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
  expect(child('calm').view).toMatchObject({
    state: 'stopped',
    outcome: 'stopped',
    lastExit: { expected: true, cause: 'shutdown' },
  })
})

test('onUnexpectedExit decides where the type would restart, and is not asked elsewhere', async () => {
  const asked: Exit[] = []
  const { supervisor, child, event } = supervise({
    children: [
      {
        id: 'job',
        ...zoo('exits-fast', 42),
        restart: {
          type: 'transient',
          backoff,
          onUnexpectedExit: (exit) => {
            asked.push(exit)
            return Promise.resolve(asked.length < 3)
          },
        },
      },
      {
        id: 'once',
        ...zoo('exits-fast', 1),
        restart: { type: 'temporary', onUnexpectedExit: () => asked.length > -1 },
      },
      { id: 'stopped', ...zoo('sleeps'), restart: { type: 'permanent', onUnexpectedExit: () => asked.push() > -1 } },
    ],
  })
  await supervisor.start()
  await event('child.stopped', 'job')
  await event('child.stopped', 'once')
  await child('stopped').stop()
  expect(asked.map(({ code, expected, cause }) => ({ code, expected, cause }))).toEqual(
    Array.from({ length: 3 }, () => ({ code: 42, expected: false, cause: 'crash' })),
  )
  expect(child('job').view).toMatchObject({ outcome: 'failed', incarnation: 3 })
  expect(child('once').view).toMatchObject({ outcome: 'failed', incarnation: 1 })
})

test.each([
  [
    'throws',
    () => {
      throw new Error('no idea')
    },
    { problem: 'threw', message: 'no idea' },
  ],
  ['rejects', () => Promise.reject(new Error('no answer')), { problem: 'threw', message: 'no answer' }],
  // What JavaScript lets through where TypeScript would not.
  ['answers no boolean', () => JSON.parse('"perhaps"'), { problem: 'badAnswer' }],
] as const)(
  'when onUnexpectedExit %s, the type decides and the failure is recorded',
  async (_, onUnexpectedExit, failure) => {
    const { supervisor, event, of } = supervise({
      children: [
        { id: 'job', ...endsOnce('exit 1', scratchFile()), restart: { type: 'permanent', backoff, onUnexpectedExit } },
      ],
    })
    await supervisor.start()
    await event('child.ready', 'job', 2)
    expect(of('callback.failed').map(({ data }) => data)).toEqual([
      expect.objectContaining({ callback: expect.stringContaining('onUnexpectedExit'), ...failure }),
    ])
  },
)

test('a stop makes the answer needless: its signal aborts, and nothing is spawned', async () => {
  const { promise: begun, resolve } = Promise.withResolvers<AbortSignal>()
  const { supervisor, child, of } = supervise({
    children: [
      {
        id: 'job',
        ...zoo('exits-fast', 1),
        restart: {
          type: 'permanent',
          backoff,
          onUnexpectedExit: (_, { signal }) => {
            resolve(signal)
            return new Promise(() => {})
          },
        },
      },
    ],
  })
  await supervisor.start()
  const signal = await begun
  expect(signal.aborted).toBe(false)
  const { children } = await child('job').stop()
  expect(signal.aborted).toBe(true)
  expect(children[0]).toMatchObject({ outcome: 'stopped', exit: { code: 1, expected: false } })
  expect(of('process.spawned')).toHaveLength(1)
})

test('a stop during backoff spawns nothing, and a restart does not wait for the rest of it', async () => {
  const patient = { type: 'permanent', backoff: { minMs: 3_600_000, maxMs: 3_600_000 } } as const
  const { supervisor, child, event, of } = supervise({
    children: [
      { id: 'stopped', ...endsOnce('exit 1', scratchFile()), restart: patient },
      { id: 'restarted', ...endsOnce('exit 1', scratchFile()), restart: patient },
    ],
  })
  await supervisor.start()
  await Promise.all(['stopped', 'restarted'].map((id) => event('restart.scheduled', id)))
  const [report, view] = await Promise.all([child('stopped').stop(), child('restarted').restart()])
  expect(report.children[0]).toMatchObject({ outcome: 'stopped', escalated: false })
  expect(view).toMatchObject({ state: 'running', incarnation: 2, restarts: 1 })
  expect(of('process.spawned', 'stopped')).toHaveLength(1)
  expect(of('restart.requested', 'restarted')[0]?.data.cause).toBe('operator')
})

test('an asked restart ends one life and begins the next, without child.stopped between and without counting', async () => {
  const { supervisor, child, of } = supervise({
    children: [
      {
        id: 'web',
        ...zoo('graceful'),
        ...whenReady,
        restart: { type: 'permanent', limit: { restarts: 0, withinMs: 1_000 } },
      },
    ],
  })
  await supervisor.start()
  const first = child('web').view.pid ?? 0
  for (const incarnation of [2, 3])
    expect(await child('web').restart()).toMatchObject({ state: 'running', incarnation, restarts: incarnation - 1 })
  expect(isAlive(first)).toBe(false)
  expect(of('child.stopped')).toEqual([])
  expect(of('process.exited').map(({ data: { code, expected, cause } }) => ({ code, expected, cause }))).toEqual([
    { code: 0, expected: true, cause: 'operator' },
    { code: 0, expected: true, cause: 'operator' },
  ])
})

test('a thousand restarts at once are one restart', async () => {
  const { supervisor, child, of } = supervise({ children: [{ id: 'web', ...zoo('graceful'), ...whenReady }] })
  await supervisor.start()
  const views = await Promise.all(Array.from({ length: 1_000 }, () => child('web').restart()))
  expect(new Set(views.map(({ incarnation }) => incarnation))).toEqual(new Set([2]))
  expect(of('process.spawned')).toHaveLength(2)
  expect(of('restart.requested')).toHaveLength(1)
})

test('of a stop and a restart the last command wins', async () => {
  const { supervisor, child, of } = supervise({
    children: [
      { id: 'up', ...zoo('graceful'), ...whenReady },
      { id: 'down', ...zoo('graceful'), ...whenReady },
    ],
  })
  await supervisor.start()
  const overtaken = child('up').stop()
  const restarted = child('up').restart()
  const abandoned = rejection(child('down').restart())
  const stopped = child('down').stop()
  expect((await overtaken).children[0]).toMatchObject({ outcome: 'stopped' })
  expect(await restarted).toMatchObject({ state: 'running', incarnation: 2 })
  expect(await abandoned).toMatchObject({ code: 'ERR_ABORTED' })
  expect((await stopped).children[0]).toMatchObject({ outcome: 'stopped' })
  expect(of('child.stopped', 'up')).toEqual([])
  expect(of('process.spawned', 'down')).toHaveLength(1)
})

test('what a state does not allow is refused with its code', async () => {
  const { supervisor, child } = supervise({ children: [{ id: 'web', ...zoo('sleeps') }] })
  expect(await rejection(child('web').start())).toMatchObject({ code: 'ERR_SUPERVISOR_NOT_RUNNING' })
  await supervisor.start()
  expect(await rejection(child('web').start())).toMatchObject({ code: 'ERR_INVALID_STATE' })
  expect(() => supervisor.add({ id: 'web', ...zoo('sleeps') })).toThrow(
    expect.objectContaining({ code: 'ERR_CHILD_EXISTS' }),
  )
  await child('web').stop()
  expect(await rejection(child('web').start())).toMatchObject({ code: 'ERR_INVALID_STATE' })
  expect(await child('web').restart()).toMatchObject({ state: 'running', incarnation: 2 })
  const handle = child('web')
  const { children } = await supervisor.remove('web')
  expect(children).toEqual([expect.objectContaining({ id: 'web', outcome: 'stopped' })])
  expect(handle.view.state).toBe('removed')
  expect(await rejection(handle.restart())).toMatchObject({ code: 'ERR_INVALID_STATE' })
  expect(await rejection(supervisor.remove('web'))).toMatchObject({ code: 'ERR_CHILD_NOT_FOUND' })
  expect(supervisor.add({ id: 'web', ...zoo('sleeps') }).stream).toBe('/web@2')
  await supervisor.stop()
  expect(() => supervisor.add({ id: 'late', ...zoo('sleeps') })).toThrow(
    expect.objectContaining({ code: 'ERR_SUPERVISOR_STOPPED' }),
  )
  expect(await rejection(supervisor.start())).toMatchObject({ code: 'ERR_SUPERVISOR_STOPPED' })
})

test('a restart of what has never run is a start, and what was stopped before it ever ran does not start', async () => {
  const { supervisor, of } = supervise({})
  await supervisor.start()
  const add = (id: string) => supervisor.add({ id, ...zoo('sleeps') }, { start: false })
  expect(await add('restarted').restart()).toMatchObject({ state: 'running', incarnation: 1, restarts: 0 })
  const stopped = add('stopped')
  expect((await stopped.stop()).children[0]).toMatchObject({ outcome: 'stopped', escalated: false })
  expect(await rejection(stopped.start())).toMatchObject({ code: 'ERR_INVALID_STATE' })
  stopped.kill()
  expect(of('signal.sent')).toEqual([])
})

test('a child that is removed in the middle of its life is gone, whatever it is doing', async () => {
  const { supervisor, event, child } = supervise({
    children: [
      { id: 'running', ...zoo('forks-tree'), ...whenReady },
      { id: 'starting', ...zoo('sleeps'), ready: 'manual' },
      {
        id: 'waiting',
        ...zoo('exits-fast', 1),
        restart: { type: 'permanent', backoff: { minMs: 3_600_000, maxMs: 3_600_000 } },
      },
    ],
  })
  void supervisor.start()
  await Promise.all([
    event('child.ready', 'running'),
    event('process.spawned', 'starting'),
    event('restart.scheduled', 'waiting'),
  ])
  const pids = ['running', 'starting'].map((id) => child(id).view.pid ?? 0)
  const reports = await Promise.all(['running', 'starting', 'waiting'].map((id) => supervisor.remove(id)))
  expect(reports.map(({ survivors }) => survivors)).toEqual([[], [], []])
  expect(supervisor.children()).toEqual([])
  expect(pids.map(isAlive)).toEqual([false, false])
})
