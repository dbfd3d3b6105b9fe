import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { isAlive, stateOf } from '../support/processes.ts'
import { scratchFile } from '../support/scratch.ts'
import { until } from '../support/until.ts'
import { fixture } from '../support/zoo.ts'
import { identified, processes, reaper, sh } from './support.ts'

const { findProcess, startAndForget, stopProcess } = processes

expectNoLeaks()

test('a forgotten process runs as who it is said to be, in a session of its own', async () => {
  const identity = await startAndForget(sh('exec sleep 300'))
  await identified(identity.pid)
  expect(await findProcess(identity)).toEqual(identity)
  expect(await processes.processTree(identity)).toEqual([identity])
  await stopProcess(identity)
  expect(isAlive(identity.pid)).toBe(false)
})

test('its exit enters the reaper, and it leaves no zombie', async () => {
  const seen: number[] = []
  const exits = reaper.exits$.subscribe((exit) => {
    if (exit.code === 43) seen.push(exit.pid)
  })
  const { pid } = await startAndForget(sh('exit 43'))
  await until('the exit is published', () => seen.includes(pid))
  exits.unsubscribe()
  // Reaped: nobody is under that number, not even a zombie.
  expect(stateOf(pid)).not.toBe('Z')
})

test('its host ends although it runs, and it outlives the host', async () => {
  const host = promisify(execFile)(process.execPath, [fixture('processes/forgetful-host.ts'), 'exec sleep 300'])
  const identity = JSON.parse((await host).stdout)
  await identified(identity.pid)
  expect(await findProcess(identity)).toEqual(identity)
  expect(await stopProcess(identity)).toMatchObject({ children: [{ outcome: 'stopped' }], survivors: [] })
})

test('its output goes where it is told to go', async () => {
  const file = scratchFile()
  await startAndForget({ ...sh('echo out; echo err >&2'), stdio: { stdout: { file }, stderr: { file } } })
  await until('both are written', () => {
    try {
      return readFileSync(file, 'utf8') === 'out\nerr\n'
    } catch {
      return false
    }
  })
})

test.each([
  ['a missing command', { command: '/no/such/command' }, 'ERR_SPAWN_FAILED'],
  ['a missing directory', { command: 'true', cwd: '/no/such/directory' }, 'ERR_CWD_NOT_FOUND'],
  ['too long an argument', { command: 'true', args: ['x'.repeat(3_000_000)] }, 'ERR_SPAWN_FAILED'],
  [
    'a file that cannot be opened',
    { command: 'true', stdio: { stdout: { file: '/no/such/file' } } },
    'ERR_SPAWN_FAILED',
  ],
])('%s is a typed error', async (_, spec, code) => {
  await expect(startAndForget(spec)).rejects.toMatchObject({ code })
})
