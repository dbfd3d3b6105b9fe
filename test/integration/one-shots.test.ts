import { expect, test } from 'vitest'
import { expectNoLeaks } from './support/no-leaks.ts'
import { rejection, supervise } from './support/supervise.ts'
import { sh, whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

test('a one-shot has started once it has finished, and its success is expected', async () => {
  const { supervisor, child, of } = supervise({
    children: [
      { id: 'migrate', ...zoo('prints-lines', 3), oneShot: true },
      { id: 'web', ...zoo('sleeps'), after: ['migrate'] },
    ],
  })
  await supervisor.start()
  expect(child('migrate').view).toMatchObject({
    state: 'stopped',
    outcome: 'exited',
    lastExit: { code: 0, expected: true, cause: 'finished' },
  })
  expect(child('web').view.state).toBe('running')
  const exited = of('process.exited', 'migrate')[0]?.seq ?? Infinity
  expect(of('process.spawned', 'web')[0]?.seq).toBeGreaterThan(exited)
})

test('a one-shot that fails rejects its start with the exit and its last words, and stops those that were started', async () => {
  const { supervisor, child, of } = supervise({
    children: [
      { id: 'web', ...zoo('sleeps') },
      { id: 'migrate', ...sh('echo table is missing >&2; exit 9'), oneShot: true, after: ['web'] },
      { id: 'never', ...zoo('sleeps'), after: ['migrate'] },
    ],
  })
  const error = await rejection(supervisor.start())
  expect(error).toMatchObject({
    code: 'ERR_NONZERO_EXIT',
    child: 'migrate',
    stderrTail: 'table is missing',
    exit: { code: 9, expected: false },
  })
  expect(supervisor.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
  expect(child('web').view).toMatchObject({ state: 'stopped', outcome: 'stopped' })
  expect(of('process.spawned', 'never')).toEqual([])
})

test('the success codes of a one-shot are its own', async () => {
  const { supervisor } = supervise({})
  await supervisor.start()
  const add = (id: string, code: number) =>
    supervisor.add(
      { id, ...zoo('exits-fast', code), oneShot: true, restart: { type: 'temporary', success: [0, 3] } },
      { start: false },
    )
  expect(await add('three', 3).start()).toMatchObject({
    state: 'stopped',
    outcome: 'exited',
    lastExit: { code: 3, expected: true },
  })
  expect(await rejection(add('four', 4).start())).toMatchObject({
    code: 'ERR_NONZERO_EXIT',
    exit: { code: 4, status: 4 },
  })
  expect(
    await rejection(
      supervisor.add({ id: 'shot', ...zoo('kills-itself', 'ABRT'), oneShot: true }, { start: false }).start(),
    ),
  ).toMatchObject({
    code: 'ERR_NONZERO_EXIT',
    exit: { code: null, signal: 'SIGABRT', status: 134, expected: false },
  })
})

test('a one-shot can be run again, each time as another life', async () => {
  const { supervisor, child, said } = supervise({ children: [{ id: 'job', ...sh('echo ran'), oneShot: true }] })
  await supervisor.start()
  expect(await child('job').restart()).toMatchObject({ state: 'stopped', outcome: 'exited', incarnation: 2 })
  expect(await child('job').restart()).toMatchObject({ incarnation: 3 })
  expect(said('job')).toEqual(['ran', 'ran', 'ran'])
})

test('an abort stops a one-shot at any time', async () => {
  const { supervisor, line } = supervise({})
  await supervisor.start()
  const abort = new AbortController()
  const job = supervisor.add({ id: 'job', ...zoo('sleeps'), oneShot: true }, { start: false })
  const started = rejection(job.start(abort))
  await line('job', /^ready$/)
  abort.abort()
  expect(await started).toMatchObject({ code: 'ERR_ABORTED' })
  expect(job.view).toMatchObject({
    state: 'stopped',
    outcome: 'aborted',
    lastExit: { signal: 'SIGTERM', cause: 'abort' },
  })
})

test('a life that lasts too long is stopped with its ladder, and a one-shot says so', async () => {
  const { supervisor, child, of } = supervise({
    children: [{ id: 'job', ...zoo('ignores-term'), oneShot: true, runTimeoutMs: 100, stop: { killTimeoutMs: 60 } }],
  })
  expect(await rejection(supervisor.start())).toMatchObject({
    code: 'ERR_RUN_TIMEOUT',
    child: 'job',
    exit: { signal: 'SIGKILL', expected: false, cause: 'timeout' },
  })
  expect(of('run.timedOut')[0]?.data).toMatchObject({ timeoutMs: 100, signal: 'SIGTERM', killTimeoutMs: 60 })
  expect(child('job').view.state).toBe('stopped')
})

test('a service that runs too long is restarted by its type, as after a failure', async () => {
  const { supervisor, event } = supervise({
    children: [
      {
        id: 'web',
        ...zoo('graceful', 0),
        ...whenReady,
        runTimeoutMs: 150,
        restart: { type: 'transient', backoff: { minMs: 0 } },
      },
    ],
  })
  await supervisor.start()
  // Even though it exits with 0: it had to be ended.
  expect((await event('process.exited', 'web')).data).toMatchObject({ code: 0, expected: false, cause: 'timeout' })
  await event('child.ready', 'web', 2)
})
