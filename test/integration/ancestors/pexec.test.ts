import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ProcessOptions, runProcess } from '../../../src/index.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { isAlive } from '../support/processes.ts'
import { scratchDirectory, scratchFile } from '../support/scratch.ts'
import { rejection, supervise } from '../support/supervise.ts'
import { until } from '../support/until.ts'
import { sh, whenReady, zoo } from '../support/zoo.ts'

/*
 * One managed process of viamrobotics/goutils `pexec`: what it is to a user of brood. The letters number its promises as
 * docs/explanation/ancestors.md lists them.
 */

expectNoLeaks()

const atOnce = { minMs: 0, maxMs: 0 }

test('X1: whatever a process could be told there, a child can be told, and everything else has a default', async () => {
  const { supervisor, child } = supervise({
    children: [{ id: 'web', ...zoo('sleeps'), ...whenReady }],
  })
  await supervisor.start()
  expect(child('web').spec).toMatchObject({
    id: 'web',
    command: 'sh',
    env: {},
    envMode: 'merge',
    oneShot: false,
    stop: { signal: 'SIGTERM', killTimeoutMs: 5_000, splayMs: 0 },
    restart: { type: 'permanent' },
  })
})

test('X6: the environment of the host comes first and the child’s own over it, for one-shots and for services', async () => {
  const told = sh('echo "$PEXEC_OWN:$HOME:${PATH:+path}"; echo ready; [ "$1" = once ] || exec sleep 300', 'once')
  const env = { PEXEC_OWN: 'own', HOME: '/nowhere/at/home' }
  const { supervisor, line } = supervise({
    children: [
      { id: 'once', ...told, env, oneShot: true },
      { id: 'service', ...sh('echo "$PEXEC_OWN:$HOME:${PATH:+path}"; echo ready; exec sleep 300'), env, ...whenReady },
    ],
  })
  await supervisor.start()
  for (const id of ['once', 'service']) await line(id, /^own:\/nowhere\/at\/home:path$/)
})

test('X6: a relative command is looked for in the child’s directory and not in the host’s', async () => {
  const directory = scratchDirectory()
  mkdirSync(join(directory, 'bin'))
  const program = join(directory, 'bin', 'here.sh')
  writeFileSync(program, '#!/bin/sh\npwd\n')
  chmodSync(program, 0o755)
  const { exit, stdout } = await runProcess({ command: './bin/here.sh', cwd: directory })
  expect([exit.code, stdout]).toEqual([0, `${directory}\n`])
  // Negative control: from here there is no such thing.
  expect(await rejection(runProcess({ command: './bin/here.sh' }))).toMatchObject({ code: 'ERR_SPAWN_FAILED' })
})

test('X6: a missing directory is told as one, by its name, and not as a missing program', async () => {
  const { supervisor } = supervise({})
  await supervisor.start()
  const job = supervisor.add(
    { id: 'job', ...zoo('exits-fast'), cwd: '/no/such/place', oneShot: true },
    { start: false },
  )
  expect(await rejection(job.start())).toMatchObject({
    code: 'ERR_CWD_NOT_FOUND',
    message: expect.stringContaining('/no/such/place'),
  })
})

test('X9: a one-shot whose time is up before it begins does not begin', async () => {
  const file = scratchFile()
  const { supervisor, of } = supervise({})
  await supervisor.start()
  const job = supervisor.add({ id: 'job', ...sh(`echo life >${file}`), oneShot: true }, { start: false })
  expect(await rejection(job.start({ signal: AbortSignal.abort() }))).toMatchObject({
    code: 'ERR_ABORTED',
    cause: { name: 'AbortError' },
  })
  expect(of('process.spawned')).toEqual([])
  expect(existsSync(file)).toBe(false)
})

test('X9: a failed one-shot rejects its start with the exit and its last words, and asks no handler', async () => {
  let asked = 0
  const { supervisor } = supervise({})
  await supervisor.start()
  const job = supervisor.add(
    {
      id: 'job',
      ...sh('echo first; echo wrong >&2; exit 1'),
      oneShot: true,
      restart: { type: 'temporary', onUnexpectedExit: () => (asked += 1) > 0 },
    },
    { start: false },
  )
  expect(await rejection(job.start())).toMatchObject({
    code: 'ERR_NONZERO_EXIT',
    child: 'job',
    exit: { code: 1, expected: false },
    stderrTail: 'wrong',
  })
  expect(asked).toBe(0)
})

test('X10: a service does not care for the signal of its start once it runs', async () => {
  const { supervisor, line } = supervise({})
  await supervisor.start()
  const abort = new AbortController()
  const web = supervisor.add({ id: 'web', ...zoo('graceful', 3), ...whenReady }, { start: false })
  await web.start({ signal: abort.signal })
  abort.abort()
  expect(web.view.state).toBe('running')
  const { children } = await web.stop()
  await line('web', /^bye$/)
  expect(children[0]).toMatchObject({ outcome: 'stopped', exit: { code: 3, expected: true, cause: 'operator' } })
})

test('X11: without a handler each end is followed by a new life, the code 0 included', async () => {
  const { supervisor, event, of } = supervise({
    children: [
      {
        id: 'hello',
        ...sh('echo hello'),
        restart: { type: 'permanent', backoff: atOnce, limit: { restarts: 4, withinMs: 600_000 } },
      },
    ],
  })
  await supervisor.start()
  await event('child.stopped', 'hello')
  expect(of('process.exited').map(({ incarnation, data }) => [incarnation, data.code, data.expected])).toEqual(
    [1, 2, 3, 4, 5].map((life) => [life, 0, false]),
  )
})

test('X11: the handler is asked after each crash, with its code, until it refuses', async () => {
  const codes: (number | null)[] = []
  const { supervisor, event, child } = supervise({
    children: [
      {
        id: 'job',
        ...zoo('exits-fast', 1),
        restart: {
          type: 'permanent',
          backoff: atOnce,
          onUnexpectedExit: ({ code }) => codes.push(code) < 5,
        },
      },
    ],
  })
  await supervisor.start()
  await event('child.stopped', 'job')
  expect(codes).toEqual([1, 1, 1, 1, 1])
  expect(child('job').view).toMatchObject({ outcome: 'failed', incarnation: 5 })
})

test('X11: a handler may command its own supervisor and child, and nothing waits for it', async () => {
  const { supervisor, event, child } = supervise({
    children: [
      {
        id: 'job',
        ...zoo('exits-fast', 1),
        restart: {
          type: 'permanent',
          backoff: atOnce,
          onUnexpectedExit: async () => {
            await supervisor
              .add({ id: 'helper', ...zoo('exits-fast'), oneShot: true })
              .when('stopped')
              .catch(() => {})
            await supervisor.remove('helper')
            await child('job').stop()
            return true
          },
        },
      },
    ],
  })
  await supervisor.start()
  await event('child.stopped', 'job')
  expect(child('job').view).toMatchObject({ outcome: 'stopped', incarnation: 1 })
  expect(supervisor.child('helper')).toBeUndefined()
})

test('X13: a death by a signal reaches the handler as that signal, without an invented code', async () => {
  const told: unknown[] = []
  const { supervisor, event } = supervise({
    children: [
      {
        id: 'job',
        ...zoo('kills-itself', 'SEGV'),
        restart: {
          type: 'permanent',
          onUnexpectedExit: ({ code, signal, status }) => told.push({ code, signal, status }) < 0,
        },
      },
    ],
  })
  await supervisor.start()
  await event('child.stopped', 'job')
  expect(told).toEqual([{ code: null, signal: 'SIGSEGV', status: 139 }])
})

test.each(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGABRT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2'] as const)(
  'X14: a child is stopped with %s where that is its stop signal',
  async (signal) => {
    const hears = sh(`trap 'exit 6' ${signal.slice(3)}; echo ready; while :; do sleep 0.02; done`)
    const { supervisor, child, of } = supervise({
      children: [{ id: 'web', ...hears, ...whenReady, stop: { signal, killTimeoutMs: Infinity } }],
    })
    await supervisor.start()
    expect((await child('web').stop()).children[0]).toMatchObject({ escalated: false, exit: { code: 6 } })
    expect(of('signal.sent').map(({ data }) => data.signal)).toEqual([signal])
  },
)

test('X14: SIGKILL as the stop signal is a stop without any grace', async () => {
  const { supervisor, child, of } = supervise({
    children: [{ id: 'web', ...zoo('graceful'), ...whenReady, stop: { signal: 'SIGKILL', killTimeoutMs: Infinity } }],
  })
  await supervisor.start()
  expect((await child('web').stop()).children[0]).toMatchObject({ outcome: 'stopped', exit: { signal: 'SIGKILL' } })
  expect(of('signal.sent')[0]?.data.signal).toBe('SIGKILL')
})

test('X15: a stop before the start forbids the start, twice is once, and only a restart brings it to life', async () => {
  const { supervisor, of } = supervise({})
  await supervisor.start()
  const web = supervisor.add({ id: 'web', ...zoo('sleeps'), ...whenReady }, { start: false })
  for (let n = 0; n < 2; n++) expect(await web.stop()).toMatchObject({ survivors: [] })
  expect(await rejection(web.start())).toMatchObject({ code: 'ERR_INVALID_STATE' })
  expect(of('process.spawned')).toEqual([])
  expect(await web.restart()).toMatchObject({ state: 'running', incarnation: 1 })
})

test.each([
  ['exits with 0', zoo('graceful', 0), { code: 0 }, false],
  ['exits with 1', zoo('graceful', 1), { code: 1 }, false],
  ['ignores it', zoo('ignores-term'), { code: null, signal: 'SIGKILL' }, true],
])(
  'X16: the stop of a child that %s resolves, and the report tells how it went',
  async (_, program, exit, escalated) => {
    const { supervisor, child } = supervise({
      children: [{ id: 'web', ...program, ...whenReady, stop: { killTimeoutMs: escalated ? 100 : Infinity } }],
    })
    await supervisor.start()
    const { children, survivors } = await child('web').stop()
    expect(children).toMatchObject([{ outcome: 'stopped', escalated, exit: { ...exit, expected: true } }])
    expect(survivors).toEqual([])
  },
)

/** Somebody in the background who ignores SIGTERM and works. */
const writes = (file: string) => `sh -c 'trap "" TERM; while :; do echo x >>${file}; sleep 0.01; done' & echo "pid $!";`

test('X17: a kill waits for nothing and takes those in the background along, whose work ends with it', async () => {
  const [one, two] = [scratchFile(), scratchFile()]
  const { supervisor, child, pids, event } = supervise({
    children: [{ id: 'web', ...sh(`${writes(one)} ${writes(two)} wait; wait`), stop: { killTimeoutMs: Infinity } }],
  })
  await supervisor.start()
  const background = await pids('web', 2)
  await until('both are at work', () => existsSync(one) && existsSync(two))
  // After a stop has begun that would never end by itself.
  const stopped = child('web').stop()
  child('web').kill()
  expect(child('web').view.desired).toBe('down')
  await event('child.stopped', 'web')
  expect(background.map(isAlive)).toEqual([false, false])
  const sizes = [one, two].map((file) => readFileSync(file).length)
  expect(await stopped).toMatchObject({ survivors: [] })
  expect([one, two].map((file) => readFileSync(file).length)).toEqual(sizes)
})

test('X17: a kill of what never ran is a stop of it and harms nobody', async () => {
  const { supervisor } = supervise({})
  await supervisor.start()
  const web = supervisor.add({ id: 'web', ...zoo('sleeps') }, { start: false })
  web.kill()
  expect(web.view).toMatchObject({ state: 'stopped', desired: 'down' })
})

test('X18: whether it lives, as whom, and when it has ended can be asked at any time', async () => {
  const { supervisor, child } = supervise({ children: [{ id: 'web', ...zoo('sleeps'), ...whenReady }] })
  expect(child('web').view).toMatchObject({ state: 'initial', ready: false })
  expect(child('web').view).not.toHaveProperty('pid')
  expect(await child('web').signal(0)).toBe(false)
  await supervisor.start()
  const { pid } = child('web').view
  expect(isAlive(pid ?? -1)).toBe(true)
  expect(await child('web').signal(0)).toBe(true)
  const over = child('web').when('stopped')
  await child('web').stop()
  expect(await over).toMatchObject({ state: 'stopped', lastExit: { signal: 'SIGTERM' } })
  expect(await child('web').signal(0)).toBe(false)
})

test('not as in pexec: a line of 10 000 bytes is one line', async () => {
  const { supervisor, event, said } = supervise({
    children: [{ id: 'job', ...zoo('long-line', 10_000), restart: 'temporary' }],
  })
  await supervisor.start()
  await event('child.stopped', 'job')
  expect(said('job').map(({ length }) => length)).toEqual([10_000, 3])
})

test('not as in pexec: a one-shot is stopped while it runs, like anything else', async () => {
  const { supervisor, event } = supervise({})
  await supervisor.start()
  const job = supervisor.add({ id: 'job', ...zoo('sleeps'), oneShot: true }, { start: false })
  const started = rejection(job.start())
  await event('process.spawned', 'job')
  expect((await job.stop()).children[0]).toMatchObject({ outcome: 'stopped', exit: { signal: 'SIGTERM' } })
  expect(await started).toMatchObject({ code: 'ERR_ABORTED' })
})

test('not as in pexec: what a leader leaves running when it ends well is stopped with it', async () => {
  const leaves: ProcessOptions = {
    id: 'web',
    ...sh(
      `trap 'exit 0' TERM; sh -c 'trap "" TERM; echo ready; exec sleep 300' & echo "pid $!"; while :; do wait; done`,
    ),
    ...whenReady,
    stop: { killTimeoutMs: 100 },
  }
  const { supervisor, child, pids } = supervise({ children: [leaves] })
  await supervisor.start()
  const [left = -1] = await pids('web', 1)
  expect((await child('web').stop()).children[0]).toMatchObject({ exit: { code: 0 } })
  expect(isAlive(left)).toBe(false)
})
