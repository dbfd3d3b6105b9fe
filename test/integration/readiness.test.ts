import { expect, test } from 'vitest'
import { expectNoLeaks } from './support/no-leaks.ts'
import { isAlive } from './support/processes.ts'
import { scratchFile } from './support/scratch.ts'
import { rejection, supervise } from './support/supervise.ts'
import { until } from './support/until.ts'
import { sh, whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

test('a child is ready with its spawn unless something else is said, and is then a process', async () => {
  const { supervisor, child, of } = supervise({ children: [{ id: 'web', ...zoo('sleeps') }] })
  await supervisor.start()
  const { view } = child('web')
  expect(view).toMatchObject({ state: 'running', ready: true, desired: 'up', incarnation: 1, restarts: 0 })
  expect(isAlive(view.pid ?? 0)).toBe(true)
  expect(view.identity).toEqual(of('process.spawned')[0]?.data.identity)
  expect(view.identity).toMatchObject({ pid: view.pid })
  expect(child('web').incarnation).toMatchObject({ number: 1, pid: view.pid, identity: view.identity })
})

test('a ready line is awaited: the child starts until it is said, and runs from then on', async () => {
  const { supervisor, child, line, of, lines } = supervise({
    children: [
      {
        id: 'web',
        ...sh('echo warming up; read go; echo "listening on 80"; exec sleep 300'),
        ready: { line: /on (\d+)$/ },
        stdio: { stdin: 'raw' },
      },
    ],
  })
  const started = supervisor.start()
  await line('web', /^warming up$/)
  expect(child('web').view).toMatchObject({ state: 'starting', substate: 'probing', ready: false })
  expect(of('child.ready')).toEqual([])
  child('web').incarnation?.stdin?.write('go\n')
  await started
  expect(child('web').view).toMatchObject({ state: 'running', ready: true })
  expect(lines.map(({ text }) => text)).toEqual(['warming up', 'listening on 80'])
})

test('a ready string is found within a complete line, on the stream that was named and on no other', async () => {
  const { supervisor, said } = supervise({
    children: [
      {
        id: 'web',
        ...sh('echo "server up"; echo "serv" >&2; echo "er up" >&2; echo "now server up!" >&2; exec sleep 300'),
        ready: { line: 'server up', source: 'stderr' },
      },
    ],
  })
  await supervisor.start()
  expect(said('web', 'stderr')).toEqual(['serv', 'er up', 'now server up!'])
})

test('a manual child is ready when its incarnation is told so, and only in its own life', async () => {
  const { supervisor, child, event } = supervise({
    children: [{ id: 'web', ...zoo('sleeps'), ready: 'manual', restart: { type: 'permanent', backoff: { minMs: 0 } } }],
  })
  const started = supervisor.start()
  await event('process.spawned', 'web')
  const first = child('web').incarnation
  expect(child('web').view.state).toBe('starting')
  first?.ready()
  first?.ready()
  await started
  expect((await event('child.ready', 'web')).incarnation).toBe(1)

  process.kill(first?.pid ?? 0, 'SIGKILL')
  await event('process.spawned', 'web', 2)
  await until('it is probing', () => child('web').view.substate === 'probing')
  // What is said for a dead life is no word for the next.
  first?.ready()
  expect(child('web').view.ready).toBe(false)
  child('web').incarnation?.ready()
  expect((await event('child.ready', 'web', 2)).incarnation).toBe(2)
})

test('a child that is not ready in time is stopped with its whole ladder, and the start says so', async () => {
  const { supervisor, child, of } = supervise({
    children: [
      {
        id: 'web',
        ...sh("trap '' TERM; echo so far >&2; while :; do sleep 300; done"),
        ready: 'manual',
        readyTimeoutMs: 150,
        stop: { killTimeoutMs: 50 },
      },
    ],
  })
  const error = await rejection(supervisor.start())
  expect(error).toMatchObject({ code: 'ERR_READY_TIMEOUT', child: 'web', stderrTail: 'so far' })
  expect(error).toMatchObject({ exit: { signal: 'SIGKILL', status: 137, expected: false, cause: 'timeout' } })
  expect(child('web').view).toMatchObject({ state: 'stopped', outcome: 'startFailed' })
  expect(of('ready.timedOut')[0]?.data).toMatchObject({ timeoutMs: 150, signal: 'SIGTERM', killTimeoutMs: 50 })
  expect(of('signal.sent').map(({ data }) => data.signal)).toEqual(['SIGTERM', 'SIGKILL'])
})

test('a child that exits before it is ready fails its start, with its exit and its last words', async () => {
  const { supervisor, child } = supervise({
    children: [{ id: 'web', ...sh('echo no config >&2; exit 78'), ...whenReady }],
  })
  const error = await rejection(supervisor.start())
  expect(error).toMatchObject({ code: 'ERR_EXITED_BEFORE_READY', child: 'web', stderrTail: 'no config' })
  expect(error).toMatchObject({ exit: { code: 78, signal: null, status: 78, expected: false, cause: 'crash' } })
  // A caller's start is one attempt: nothing is retried behind its back.
  expect(child('web').view).toMatchObject({ state: 'stopped', outcome: 'startFailed', incarnation: 1, restarts: 0 })
})

test('an automatic restart that does not become ready counts as a crash and is tried again', async () => {
  const { supervisor, child, of, event } = supervise({
    children: [
      {
        id: 'web',
        // Its first life is fine; the second never says it is ready; the third is fine again.
        ...sh('echo life >>"$1"; [ "$(wc -l <"$1")" = 2 ] || echo ready; exec sleep 300', scratchFile()),
        ...whenReady,
        readyTimeoutMs: 2_000,
        restart: { type: 'permanent', backoff: { minMs: 1, jitter: 0 } },
      },
    ],
  })
  await supervisor.start()
  process.kill(child('web').view.pid ?? 0, 'SIGKILL')
  expect((await event('child.ready', 'web', 2)).incarnation).toBe(3)
  expect(of('process.exited').map(({ data }) => [data.cause, data.expected])).toEqual([
    ['crash', false],
    ['timeout', false],
  ])
  expect(of('restart.scheduled').map(({ data }) => data)).toEqual([
    { delayMs: 1, attempt: 0, cause: 'crash' },
    { delayMs: 2, attempt: 1, cause: 'timeout' },
  ])
})

test('when() tells each way out: reached, already there, never to be reached', async () => {
  const { supervisor, child } = supervise({
    children: [{ id: 'web', ...zoo('sleeps'), restart: 'temporary' }],
  })
  const running = child('web').when('running')
  await supervisor.start()
  expect(await running).toMatchObject({ state: 'running' })
  expect(await child('web').when('running')).toMatchObject({ state: 'running' })

  const backoff = rejection(child('web').when('backingOff'))
  process.kill(child('web').view.pid ?? 0, 'SIGUSR1')
  expect(await backoff).toMatchObject({ code: 'ERR_NONZERO_EXIT', exit: { signal: 'SIGUSR1', status: 138 } })
  const abort = new AbortController()
  const again = supervisor.add({ id: 'other', ...zoo('sleeps') })
  const aborted = rejection(again.when('stopped', { signal: abort.signal }))
  abort.abort()
  expect(await aborted).toMatchObject({ code: 'ERR_ABORTED' })
  const stopped = again.when('stopped')
  const neverBacksOff = rejection(again.when('backingOff'))
  await again.stop()
  expect(await stopped).toMatchObject({ state: 'stopped', outcome: 'stopped' })
  expect(await neverBacksOff).toMatchObject({ code: 'ERR_ABORTED' })
})
