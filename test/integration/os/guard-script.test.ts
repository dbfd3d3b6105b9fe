import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { createGuard } from '../../../src/os/guard.ts'
import { guardScript } from '../../../src/os/guard-script.ts'
import { readStat } from '../../../src/os/process-table.ts'
import type { Life, Program } from '../../fixtures/guard/programs.ts'
import { programs } from '../../fixtures/guard/programs.ts'
import { isAlive, patience } from '../../fixtures/guard/start-host.ts'

/** A limit on processes does not hold for root: setrlimit(2), RLIMIT_NPROC. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** A group without a cookie, which only an entry can find. */
async function startGroup(program: Program): Promise<Life & AsyncDisposable> {
  const child = spawn('sh', ['-c', programs[program]], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'] },
    ...nobody,
  })
  const life = { pid: child.pid ?? -1, startTicks: readStat(child.pid ?? -1)?.startTicks ?? -1 }
  const exit = once(child, 'exit')
  await once(child.stdout, 'data')
  return {
    ...life,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exit
    },
  }
}

/** Runs the script on lines as if its host had written them and died. */
async function runScript(lines: readonly string[], prepare = ':'): Promise<number> {
  const shell = spawn('sh', ['-c', `${prepare}; exec sh -c "$0" brood-guard "$1"`, guardScript, 'feed'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: { PATH: process.env['PATH'] },
    ...nobody,
  })
  shell.stdin.end(lines.map((line) => `${line}\n`).join(''))
  const [code] = await once(shell, 'exit')
  return Number(code)
}

const foreverCs = 2 ** 30

test('a number that was given to another group is the other group’s', async () => {
  await using group = await startGroup('obedient')
  const { pid, startTicks } = group
  await runScript([`+ ${pid} 1 0 a:b`, `+ ${pid} ${startTicks} 0 a:b`, `- ${pid} 1`])
  await expect.poll(() => isAlive(group), patience).toBe(false)
})

test('nobody is signalled for a line that was cut in the middle of a write', async () => {
  await using group = await startGroup('obedient')
  await runScript([`+ ${group.pid} ${group.startTicks} 0 a:b`, 'q'])
  await runScript([`+ ${group.pid}`, '+', '-', ''])
  expect(isAlive(group)).toBe(true)
})

test('an obedient group is let go before its grace is over, a deaf one gets SIGKILL after it', async () => {
  await using obedient = await startGroup('obedient')
  await using deaf = await startGroup('deaf')
  await runScript([
    `+ ${obedient.pid} ${obedient.startTicks} ${foreverCs} a:b`,
    `+ ${deaf.pid} ${deaf.startTicks} 5 a:b`,
  ])
  await expect.poll(() => [obedient, deaf].filter(isAlive), patience).toEqual([])
})

test('where nothing can be forked any more the groups get SIGTERM, and SIGKILL without a grace', async () => {
  await using obedient = await startGroup('obedient')
  await using deaf = await startGroup('deaf')
  const lines = [obedient, deaf].map(({ pid, startTicks }) => `+ ${pid} ${startTicks} ${foreverCs} a:b`)
  // The status of a shell that could not fork: it proves that the limit was there.
  expect(await runScript(lines, 'ulimit -p 1 || ulimit -u 1')).not.toBe(0)
  await expect.poll(() => [obedient, deaf].filter(isAlive), patience).toEqual([])
})

test('what is no group is refused before it can reach the script', () => {
  const guard = createGuard({ hostId: 'feed', report() {} })
  const entry = { pgid: 2, startTicks: 1, graceMs: 0, cookie: 'a:b' }
  for (const pgid of [0, -0, 1, -1, 1.5, Number.NaN]) {
    expect(() => guard.add({ ...entry, pgid })).toThrow('Expected `pgid` to be an integer > 1, got')
  }
  expect(() => guard.add({ ...entry, startTicks: -1 })).toThrow('Expected `startTicks` to be an integer >= 0, got -1')
  expect(() => guard.add({ ...entry, graceMs: Number.NaN })).toThrow('Expected `graceMs` to be a number >= 0, got NaN')
  expect(() => guard.add({ ...entry, cookie: 'a\nq' })).toThrow('Expected `cookie` to be printable ASCII')
  guard.close()
  guard.close()
  guard.remove(2, 1)
  expect(() => guard.add(entry)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }))
})
