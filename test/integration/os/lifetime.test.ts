import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import type { GuardEntry } from '../../../src/os/guard.ts'
import { createHost } from '../../../src/os/host.ts'
import { isAlive } from '../../../src/os/identity.ts'
import { realKernel } from '../../../src/os/kernel.ts'
import { nodeHost } from '../../../src/os/node-host.ts'
import { readStat } from '../../../src/os/process-table.ts'
import { systemRandom } from '../../../src/os/system-random.ts'
import { isRunning, launch, untilEnded } from './watched-life.ts'

const sleeper = { command: 'sh', args: ['-c', 'echo pid $$; exec sleep 1000'] }

function stage(kernel = realKernel()) {
  const log: string[] = []
  const entries: GuardEntry[] = []
  const host = createHost({
    random: systemRandom,
    kernel,
    createGuard: () => ({
      add: (entry) => {
        log.push('add')
        entries.push(entry)
      },
      remove: () => log.push('remove'),
      close: () => log.push('close'),
    }),
  })
  return { host, log, entries, session: host.open({ treeId: 'tree', report: () => {} }) }
}

/** A host of its own that starts one `attached` child and says its pid; then it is ended by what `end` does. */
async function runHost(script: string, end: NodeJS.Signals | null): Promise<number> {
  const url = new URL('../../../src/os/node-host.ts', import.meta.url).href
  const program = `
    import { nodeHost } from ${JSON.stringify(url)}
    const session = nodeHost().open({ treeId: 'tree', report: () => {} })
    const start = (script, onObservation) => session.spawn({
      life: { stream: '/a', incarnation: 1 }, command: 'sh', args: ['-c', script], env: {}, envMode: 'merge', shell: false,
      stdin: 'ignore', stdout: 'lines', stderr: 'ignore', lifetime: 'attached', killTimeoutMs: 100, drainMs: 100,
    }, onObservation)
    ${script}`
  const host = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(host.stdout), 'line')) as [string]
  if (end !== null) host.kill(end)
  await once(host, 'exit')
  return Number(line)
}

test('an attached child does not outlive a host that exits', async () => {
  const pid = await runHost(
    `start('echo $$; exec sleep 1000', (seen) => { if (seen.kind === 'line') process.stdout.write(seen.text + '\\n', () => process.exit(0)) })`,
    null,
  )
  await untilEnded(pid)
})

test('an attached child does not outlive a host that dies of an uncaught exception', async () => {
  const pid = await runHost(
    `process.on('uncaughtException', () => process.exit(1))
     start('echo $$; exec sleep 1000', (seen) => { if (seen.kind === 'line') process.stdout.write(seen.text + '\\n', () => { throw new Error('bug') }) })`,
    null,
  )
  await untilEnded(pid)
})

test('what an exited leader left in its group does not outlive the host either, if it exits at that very moment', async () => {
  const pid = await runHost(
    `let line = ''
     start('sleep 1000 & echo $!', (seen) => {
       if (seen.kind === 'line') line = seen.text
       if (seen.kind === 'exited') setImmediate(() => { process.stdout.write(line + '\\n'); process.exit(0) })
     })`,
    null,
  )
  await untilEnded(pid)
})

test('an attached child, as the negative control, outlives a host that is killed', async () => {
  const pid = await runHost(
    `start('echo $$; exec sleep 1000', (seen) => { if (seen.kind === 'line') process.stdout.write(seen.text + '\\n') })`,
    'SIGKILL',
  )
  expect(isRunning(pid)).toBe(true)
  process.kill(pid, 'SIGKILL')
})

test('the exit listener is there while a child lives, once for all of them', async () => {
  const { session } = stage()
  const before = process.listenerCount('exit')
  const lives = [launch(session, sleeper), launch(session, sleeper)]
  await Promise.all(lives.map((watched) => watched.line(/pid/)))
  expect(process.listenerCount('exit')).toBe(before + 1)
  for (const watched of lives) watched.life.signal('SIGKILL', 'group', () => {})
  await Promise.all(lives.map((watched) => watched.until('gone')))
  expect(process.listenerCount('exit')).toBe(before)
  session.close()
})

test('a tethered life is with the guard from its spawn until it is swept', async () => {
  const { session, log, entries } = stage()
  const watched = launch(session, { ...sleeper, lifetime: 'tethered', killTimeoutMs: 1234 })
  const { pid, identity } = await watched.until('spawned')
  expect(entries).toEqual([
    { pgid: pid, startTicks: identity?.startTicks, graceMs: 1234, cookie: expect.stringContaining(':tethered:') },
  ])
  await watched.signal('SIGKILL')
  await watched.until('gone')
  expect(log).toEqual(['add'])
  await watched.until('swept')
  expect(log).toEqual(['add', 'remove'])
  session.close()
  expect(log).toEqual(['add', 'remove', 'close'])
})

test('no attached life needs a guard', async () => {
  const { session, log } = stage()
  await launch(session, { command: 'true' }).until('swept')
  session.close()
  expect(log).toEqual([])
})

test('without /proc a tether is refused, everything else goes on without identities', async () => {
  const { host, session } = stage({ ...realKernel(), bootId: null, stat: () => null, pids: () => [] })
  expect(host.support).toEqual({ tether: false, sweep: false })
  expect(await launch(session, { ...sleeper, lifetime: 'tethered' }).until('spawnFailed')).toMatchObject({
    code: 'ERR_UNSUPPORTED',
  })

  const watched = launch(session, { command: 'sh', args: ['-c', 'sleep 1000 & echo pid $!'] })
  const pid = Number((await watched.line(/^pid (\d+)$/))[1])
  expect((await watched.until('spawned')).identity).toBeNull()
  await watched.until('exited')
  // Nobody can say whose the group is now.
  expect(await watched.signal('SIGKILL')).toBe(false)
  expect(isRunning(pid)).toBe(true)
  process.kill(pid, 'SIGKILL')
  await watched.until('swept')
  session.close()
})

test('a closed session forgets its lives: nothing is observed any more, and nothing of them holds the host', async () => {
  const { session } = stage()
  const before = process.listenerCount('exit')
  const watched = launch(session, sleeper)
  await watched.line(/pid/)
  const { identity, pid } = await watched.until('spawned')
  session.close()
  expect(process.listenerCount('exit')).toBe(before)
  const seen = watched.seen.length
  expect(identity !== null && isAlive(realKernel(), identity)).toBe(true)
  process.kill(pid, 'SIGKILL')
  // Another session of the same process sees an exit that comes later.
  await launch(stage().session, { command: 'true' }).until('swept')
  expect(watched.seen).toHaveLength(seen)
})

test('the host of this process is one, made at the first call', async () => {
  const host = nodeHost()
  expect(nodeHost()).toBe(host)
  expect(host.pid).toBe(process.pid)
  expect(host.hostId).toMatch(/^[0-9a-f]{16}$/)
  expect(host.support).toEqual({ tether: true, sweep: true })
})

test('the real guard takes a tethered life and gives it back', async () => {
  const reports: string[] = []
  const session = nodeHost().open({ treeId: 'tree', report: ({ message }) => reports.push(message) })
  const watched = launch(session, { ...sleeper, lifetime: 'tethered' })
  const pid = Number((await watched.line(/^pid (\d+)$/))[1])
  expect(readStat(pid)).toMatchObject({ pgrp: pid, session: pid })
  await watched.signal('SIGTERM')
  await watched.until('swept')
  session.close()
  expect(reports).toEqual([])
})
