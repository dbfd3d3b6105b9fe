import { expect, test } from 'vitest'
import { expectNoLeaks } from './support/no-leaks.ts'
import { allDead, pidsIn, runHost, type RunningHost } from './support/run-host.ts'
import { zoo } from './support/zoo.ts'

expectNoLeaks()

/** As JSON holds it. */
const ready = { ready: { line: 'ready' } }
const web = { id: 'web', ...zoo('graceful'), ...ready }
const deaf = { id: 'deaf', ...zoo('ignores-term'), ...ready, stop: { killTimeoutMs: 600_000 } }
const sleeper = { id: 'sleeper', ...zoo('sleeps'), ...ready }

const job = (end: string) => ({
  id: 'job',
  command: 'sh',
  args: ['-c', end],
  significant: true,
  restart: 'temporary',
})

/** Of a count of listeners, those for signals. */
const signals = (counts: unknown): unknown =>
  Object.fromEntries(Object.entries(Object(counts)).filter(([name]) => name.startsWith('SIG')))

const linesOf = ({ told }: RunningHost): unknown[] => told.filter(({ kind }) => kind === 'line').map(({ text }) => text)

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s stops a running host gracefully, and its exit code is %i', async (signal, code) => {
  const host = runHost('runs', { supervisor: { children: [web, sleeper] } })
  const started = await host.hears('started')
  host.signal(signal)
  expect(await host.hears('result')).toMatchObject({ exitCode: code, survivors: 0, escalated: [] })
  expect(await host.exited).toEqual({ code, signal: null })
  expect(linesOf(host)).toContain('bye')
  await allDead(pidsIn(started))
})

test('a second signal, whichever, is `now`; the code is that of the first', async () => {
  const host = runHost('runs', { supervisor: { shutdownTimeoutMs: 600_000, children: [deaf, sleeper] } })
  const started = await host.hears('started')
  host.signal('SIGTERM')
  await host.hears('stopping')
  host.signal('SIGINT')
  expect(await host.hears('result')).toMatchObject({
    exitCode: 143,
    survivors: 0,
    escalated: expect.arrayContaining(['deaf']),
  })
  expect(await host.exited).toEqual({ code: 143, signal: null })
  await allDead(pidsIn(started))
})

test('a signal during the start stops what was started', async () => {
  const host = runHost('runs', {
    supervisor: { children: [sleeper, { ...zoo('sleeps'), id: 'slow', ready: 'manual' }] },
  })
  await host.hears('line')
  host.signal('SIGINT')
  expect(await host.hears('result')).toMatchObject({ exitCode: 130, survivors: 0 })
  expect(await host.exited).toEqual({ code: 130, signal: null })
})

test('the handlers of a run are there while it runs, one for each signal, and gone afterwards', async () => {
  const host = runHost('runs', { supervisor: { children: [sleeper] } })
  const { before, during } = await host.hears('started')
  host.signal('SIGTERM')
  const { after } = await host.hears('result')
  expect(signals(before)).toEqual({})
  expect(signals(during)).toEqual({ SIGINT: 1, SIGTERM: 1, SIGHUP: 1 })
  expect(after).toEqual(before)
  await host.exited
})

test('only the signals that were named are handled', async () => {
  const host = runHost('runs', { supervisor: { children: [web] }, run: { handleSignals: ['SIGUSR2'] } })
  const { during } = await host.hears('started')
  expect(during).toMatchObject({ SIGUSR2: 1 })
  expect(during).not.toHaveProperty('SIGINT')
  host.signal('SIGUSR2')
  expect(await host.exited).toEqual({ code: 140, signal: null })
  expect(linesOf(host)).toContain('bye')
})

test('a host that does not run(), or runs without signals, has no handlers and dies of a signal like any other', async () => {
  for (const [name, plan] of [
    ['starts', { supervisor: { children: [web] } }],
    ['runs', { supervisor: { children: [web] }, run: { handleSignals: false } }],
  ] as const) {
    const host = runHost(name, plan)
    const started = await host.hears('started')
    expect(signals(started['during'])).toEqual({})
    host.signal('SIGINT')
    expect(await host.exited).toEqual({ code: null, signal: 'SIGINT' })
    // Tethered, so the guard ends them, and lets them say goodbye.
    await allDead(pidsIn(started))
  }
})

test('the exit code of a host is the status of its significant child', async () => {
  for (const [end, code] of [
    ['exit 0', 0],
    ['exit 29', 29],
    ['kill -USR1 $$', 138],
  ] as const) {
    const host = runHost('runs', { supervisor: { autoShutdown: 'any-significant', children: [sleeper, job(end)] } })
    expect(await host.exited).toEqual({ code, signal: null })
    expect(await host.hears('result')).toMatchObject({ exitCode: code, survivors: 0, escalated: [] })
  }
})

test('a host whose start fails exits with 1, and knows why', async () => {
  const bad = { id: 'bad', command: 'no-such-command-of-brood' }
  const host = runHost('runs', { supervisor: { children: [sleeper, bad] } })
  expect(await host.exited).toEqual({ code: 1, signal: null })
  expect(await host.hears('result')).toMatchObject({
    exitCode: 1,
    error: expect.stringContaining('no-such-command-of-brood'),
  })
})

test('a host whose supervisor gives up exits with 1', async () => {
  const wild = { id: 'wild', ...zoo('exits-fast', 9), restart: { type: 'permanent', backoff: { minMs: 0 } } }
  const host = runHost('runs', {
    supervisor: { intensity: { restarts: 2, withinMs: 60_000 }, children: [sleeper, wild] },
  })
  expect(await host.exited).toEqual({ code: 1, signal: null })
  expect(await host.hears('result')).toMatchObject({ exitCode: 1, survivors: 0, error: expect.any(String) })
})
