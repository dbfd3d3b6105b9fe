import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { expectNoLeaks } from './support/no-leaks.ts'
import { isAlive } from './support/processes.ts'
import { runHost } from './support/run-host.ts'
import { scratchDirectory } from './support/scratch.ts'
import { rejection, supervise } from './support/supervise.ts'
import { until } from './support/until.ts'
import { fixture, zoo } from './support/zoo.ts'

expectNoLeaks()

/** A directory with what can be wrong with a path. */
function obstacles(): string {
  const directory = scratchDirectory()
  writeFileSync(join(directory, 'file'), 'a file')
  mkdirSync(join(directory, 'directory'))
  writeFileSync(join(directory, 'no-interpreter'), '#!/no/such/interpreter\n')
  chmodSync(join(directory, 'no-interpreter'), 0o755)
  return directory
}

test.each([
  ['a missing cwd', { command: 'true', cwd: 'missing' }, 'ERR_CWD_NOT_FOUND', 'ENOENT', 'does not exist'],
  ['a cwd that is a file', { command: 'true', cwd: 'file' }, 'ERR_CWD_NOT_FOUND', 'ENOTDIR', 'is not a directory'],
  ['a cwd below a file', { command: 'true', cwd: 'file/below' }, 'ERR_CWD_NOT_FOUND', 'ENOTDIR', 'is not a directory'],
  ['a missing command', { command: 'no-such-command-of-brood' }, 'ERR_SPAWN_FAILED', 'ENOENT', 'no such command'],
  ['a missing path', { command: '/no/such/path' }, 'ERR_SPAWN_FAILED', 'ENOENT', 'no such command'],
  [
    'a missing command in a good cwd',
    { command: './missing', cwd: 'directory' },
    'ERR_SPAWN_FAILED',
    'ENOENT',
    'no such command',
  ],
  ['a missing interpreter', { command: './no-interpreter', cwd: '' }, 'ERR_SPAWN_FAILED', 'ENOENT', 'interpreter'],
  [
    'a file that may not be executed',
    { command: fixture('zoo/not-executable.txt') },
    'ERR_SPAWN_FAILED',
    'EACCES',
    'not an executable',
  ],
  ['a directory as command', { command: fixture('zoo') }, 'ERR_SPAWN_FAILED', 'EACCES', 'not an executable'],
  [
    'a command below a file',
    { command: `${fixture('zoo/not-executable.txt')}/x` },
    'ERR_SPAWN_FAILED',
    'ENOTDIR',
    'not a directory',
  ],
  ['too long an argument', { command: 'true', args: ['x'.repeat(200_000)] }, 'ERR_SPAWN_FAILED', 'E2BIG', 'too large'],
] as const)('%s is told as itself, and nothing else in the tree notices', async (_, options, code, errno, words) => {
  const directory = obstacles()
  const cwd = 'cwd' in options ? { cwd: join(directory, options.cwd) } : {}
  const { supervisor, child, of, events } = supervise({ children: [{ id: 'calm', ...zoo('sleeps') }] })
  await supervisor.start()
  const bad = supervisor.add({ id: 'bad', ...options, ...cwd }, { start: false })
  const error = await rejection(bad.start())
  expect(error).toMatchObject({ code, child: 'bad', cause: { code: errno }, message: expect.stringContaining(words) })
  expect(bad.view).toMatchObject({ state: 'stopped', outcome: 'startFailed', incarnation: 1, restarts: 0 })
  expect(of('process.spawnFailed')).toHaveLength(1)
  expect(of('process.spawnFailed')[0]?.data).toMatchObject({ code, errno })
  expect(of('process.exited')).toEqual([])
  expect(child('calm').view).toMatchObject({ state: 'running', incarnation: 1 })
  expect(events.findLast((event) => event.child === 'calm')?.type).toBe('child.ready')
})

test('negative control: the same command in a good place starts', async () => {
  const { supervisor } = supervise({
    children: [{ id: 'good', command: 'true', cwd: join(obstacles(), 'directory'), oneShot: true }],
  })
  await supervisor.start()
})

test('a spawn that fails on an automatic restart is retried like a crash, until there is a command again', async () => {
  const directory = scratchDirectory()
  const command = join(directory, 'program')
  const install = (): void => {
    writeFileSync(command, '#!/bin/sh\nrm -f "$0"\nexec sleep 300\n')
    chmodSync(command, 0o755)
  }
  install()
  const { supervisor, child, event, of, at } = supervise({
    children: [{ id: 'web', command, restart: { type: 'permanent', backoff: { minMs: 1, factor: 1 } } }],
  })
  let failures = 0
  at('process.spawnFailed', () => {
    if (++failures === 2) install()
  })
  await supervisor.start()
  // It takes itself away; once it has, it is ended.
  await event('child.ready', 'web')
  await until('it has taken itself away', () => !existsSync(command))
  process.kill(child('web').view.pid ?? 0, 'SIGKILL')
  expect((await event('child.ready', 'web', 2)).incarnation).toBe(4)
  expect(of('process.spawnFailed').map(({ data, incarnation }) => [incarnation, data.errno])).toEqual([
    [2, 'ENOENT'],
    [3, 'ENOENT'],
  ])
})

test('a child whose command never comes back is given up as failed', async () => {
  const { supervisor, event, child } = supervise({})
  await supervisor.start()
  const directory = scratchDirectory()
  const cwd = join(directory, 'cwd')
  mkdirSync(cwd)
  supervisor.add({
    id: 'job',
    command: 'sh',
    args: ['-c', 'rmdir "$PWD"; exit 1'],
    cwd,
    restart: { type: 'permanent', backoff: { minMs: 0 }, limit: { restarts: 3, withinMs: 60_000 } },
  })
  await event('restart.abandoned', 'job')
  expect((await event('child.stopped', 'job')).data).toMatchObject({ outcome: 'failed' })
  expect(child('job').view).toMatchObject({ incarnation: 4 })
  expect((await event('process.spawnFailed', 'job', 3)).data.code).toBe('ERR_CWD_NOT_FOUND')
})

test('a file that cannot be opened for a stream fails the start, not the tree', async () => {
  const { supervisor } = supervise({ children: [{ id: 'calm', ...zoo('sleeps') }] })
  await supervisor.start()
  const file = join(scratchDirectory(), 'missing', 'log')
  const error = await rejection(
    supervisor.add({ id: 'bad', ...zoo('sleeps'), stdio: { stdout: { file } } }, { start: false }).start(),
  )
  expect(error).toMatchObject({
    code: 'ERR_SPAWN_FAILED',
    cause: { code: 'ENOENT' },
    message: expect.stringContaining(file),
  })
  expect(supervisor.child('calm')?.view.state).toBe('running')
})

test('a host that runs out of file descriptors gets typed errors, and starts children again when it has some', async () => {
  const host = runHost('runs-out-of-files', {}, { before: 'ulimit -n 64;' })
  const starved = await host.hears('starved')
  expect(starved).toMatchObject({ calm: 'running' })
  expect(starved['started']).toBeGreaterThan(0)
  expect(starved['failures']).toEqual(['ERR_SPAWN_FAILED EMFILE'])
  expect(await host.hears('fed')).toMatchObject({ states: ['running', 'running', 'running'], calm: 'running' })
  expect(await host.hears('stopped')).toMatchObject({ survivors: 0 })
  expect(await host.exited).toEqual({ code: 0, signal: null })
})

test('a host without a single free descriptor still finds what escaped, and stops it', async () => {
  const host = runHost('stops-without-descriptors', {}, { before: 'ulimit -n 64;' })
  const stopped = await host.hears('stopped')
  expect(stopped).toMatchObject({ survivors: [] })
  // Control: there was an escapee, and nothing was left to open a file with.
  expect(stopped['held']).toBeGreaterThan(0)
  const [escapee] = stopped['pids'] as number[]
  expect(escapee).toBeGreaterThan(1)
  expect(isAlive(escapee ?? 0)).toBe(false)
  expect(await host.exited).toEqual({ code: 0, signal: null })
})
