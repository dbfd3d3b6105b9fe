import { expect, test } from 'vitest'
import { expectNoLeaks } from './support/no-leaks.ts'
import { supervise } from './support/supervise.ts'
import { sh, zoo } from './support/zoo.ts'

expectNoLeaks()

const job = (code: number) =>
  ({
    ...sh('read go; exit "$1"', String(code)),
    stdio: { stdin: 'raw' },
    significant: true,
    restart: 'temporary',
  }) as const
const go = (supervisor: ReturnType<typeof supervise>['supervisor'], id: string): void =>
  void supervisor.child(id)?.incarnation?.stdin?.write('go\n')

test.each([
  [0, 'exited'],
  [23, 'failed'],
] as const)(
  'the end of any significant child, here with code %i, is the end of its supervisor',
  async (code, outcome) => {
    const { supervisor, child, event } = supervise({
      autoShutdown: 'any-significant',
      children: [
        { id: 'side', ...zoo('graceful') },
        { id: 'main', ...job(code) },
        { id: 'other', ...job(0) },
      ],
    })
    const result = supervisor.run({ handleSignals: false })
    await child('main').when('running')
    await child('other').when('running')
    go(supervisor, 'main')
    expect(await result).toMatchObject({ exitCode: code })
    expect(child('main').view).toMatchObject({ outcome, lastExit: { code, expected: false } })
    expect(child('side').view).toMatchObject({ outcome: 'stopped', lastExit: { expected: true, cause: 'shutdown' } })
    expect((await event('supervisor.stopped')).data.outcome).toBe(code === 0 ? 'exited' : 'failed')
  },
)

test('a significant child that a signal ended gives its status to the run', async () => {
  const { supervisor, child } = supervise({
    autoShutdown: 'any-significant',
    children: [{ id: 'main', ...zoo('sleeps'), significant: true, restart: 'temporary' }],
  })
  const result = supervisor.run({ handleSignals: false })
  await child('main').when('running')
  process.kill(child('main').view.pid ?? 0, 'SIGXCPU')
  expect(await result).toMatchObject({ exitCode: 152 })
})

test('all significant ones must have ended where all are meant, and the last gives its status', async () => {
  const { supervisor, child, event } = supervise({
    autoShutdown: 'all-significant',
    children: [
      { id: 'first', ...job(5) },
      { id: 'last', ...job(6) },
      { id: 'side', ...zoo('sleeps') },
    ],
  })
  const result = supervisor.run({ handleSignals: false })
  await Promise.all(['first', 'last'].map((id) => child(id).when('running')))
  go(supervisor, 'first')
  await event('child.stopped', 'first')
  expect(supervisor.view.state).toBe('running')
  go(supervisor, 'last')
  expect(await result).toMatchObject({ exitCode: 6 })
})

test('only an exit by itself counts: a significant child that was stopped ends nothing', async () => {
  const { supervisor, child } = supervise({
    autoShutdown: 'any-significant',
    children: [
      { id: 'main', ...zoo('sleeps'), significant: true, restart: 'temporary' },
      { id: 'side', ...zoo('sleeps') },
    ],
  })
  await supervisor.start()
  await child('main').stop()
  expect(supervisor.view.state).toBe('running')
  // Negative control: the same child, ended by itself.
  await child('main').restart()
  process.kill(child('main').view.pid ?? 0, 'SIGKILL')
  await child('side').when('stopped')
})

test('a significant child that was given up ends its supervisor as failed', async () => {
  const { supervisor, event } = supervise({
    autoShutdown: 'any-significant',
    children: [
      {
        id: 'main',
        ...zoo('exits-fast', 8),
        significant: true,
        restart: { type: 'transient', backoff: { minMs: 0 }, limit: { restarts: 2, withinMs: 60_000 } },
      },
      { id: 'side', ...zoo('sleeps') },
    ],
  })
  const result = supervisor.run({ handleSignals: false })
  expect(await result).toMatchObject({ exitCode: 8 })
  await event('restart.abandoned', 'main')
  expect(supervisor.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
})

test('a run that could not start says 1 and why; an abort of it is a graceful stop and says 0', async () => {
  const failing = supervise({ children: [{ id: 'bad', command: 'no-such-command-of-brood' }] })
  expect(await failing.supervisor.run({ handleSignals: false })).toMatchObject({
    exitCode: 1,
    error: { code: 'ERR_SPAWN_FAILED', child: 'bad' },
  })

  const { supervisor, child, said } = supervise({
    children: [{ id: 'web', ...zoo('graceful', 4), ready: { line: 'ready' } }],
  })
  const abort = new AbortController()
  const result = supervisor.run({ handleSignals: false, signal: abort.signal })
  await child('web').when('running')
  abort.abort()
  expect(await result).toMatchObject({ exitCode: 0, report: { survivors: [] } })
  expect(said('web')).toEqual(['ready', 'bye'])
})
