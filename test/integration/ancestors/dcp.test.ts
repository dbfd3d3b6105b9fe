import { spawn } from 'node:child_process'
import { copyFileSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  createSupervisor,
  findProcess,
  identify,
  isBroodError,
  processTree,
  reaper,
  startAndForget,
  type ProcessHost,
  type ProcessIdentity,
  type Reaped,
  type SpawnRequest,
} from '../../../src/index.ts'
import { nodeHost } from '../../../src/os/node-host.ts'
import { identified, startScript } from '../processes/support.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { isAlive, stateOf } from '../support/processes.ts'
import { scratchDirectory } from '../support/scratch.ts'
import { recordOf, rejection, supervise } from '../support/supervise.ts'
import { until } from '../support/until.ts'
import { sh, whenReady, zoo } from '../support/zoo.ts'

/*
 * The `process` package of microsoft/dcp, except for its stops: what it is to a user of brood. The letters number its
 * promises as docs/explanation/ancestors.md lists them.
 */

expectNoLeaks()

/** The fields of `/proc/<pid>/stat` behind the name, read here without brood: proc(5). */
function statOf(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

const isGone = (error: unknown): boolean =>
  isBroodError(error, 'ERR_PROCESS_NOT_FOUND') || isBroodError(error, 'ERR_IDENTITY_MISMATCH')

const never = (): never => {
  throw new Error('There is nobody.')
}

/** Every exit the reaper has kept of that process. */
async function reapedOf({ pid, startTicks }: ProcessIdentity): Promise<readonly Reaped[]> {
  const found: Reaped[] = []
  for await (const exit of reaper.read({ live: false })) {
    if ('pid' in exit && exit.pid === pid && exit.identity?.startTicks === startTicks) found.push(exit)
  }
  return found
}

test('D1: what has no pid and no exit code yet has none, and no number stands in for it', async () => {
  const { supervisor, child } = supervise({ children: [{ id: 'web', ...zoo('kills-itself'), restart: 'temporary' }] })
  expect(child('web').view.pid).toBeUndefined()
  expect(child('web').view.lastExit).toBeUndefined()
  expect(child('web').incarnation).toBeUndefined()
  await supervisor.start()
  await child('web')
    .when('stopped')
    .catch(() => {})
  expect(child('web').view.pid).toBeUndefined()
  expect(child('web').view.lastExit).toMatchObject({ code: null, signal: 'SIGKILL', status: 137 })
})

test.each([0, -0, -1, 1.5, Number.NaN, 2 ** 53, '1', null])('D1: %s is no pid', async (pid) => {
  expect(await rejection(identify(pid as number))).toMatchObject({ code: 'ERR_INVALID_SPEC' })
})

test('D1: the largest pid a system could have is one, and nobody has it', async () => {
  expect(await identify(2 ** 32 - 1)).toBeUndefined()
})

test('D2: an identity is the pid, the boot and the start ticks of the kernel, whatever the program is called', async () => {
  const program = join(scratchDirectory(), '7) S 1 (')
  copyFileSync(realpathSync(execPathOf('sleep')), program)
  const { pid = -1 } = spawn(program, ['300'], { stdio: 'ignore', argv0: 'sleep' })
  const identity = await until(
    'it is the program',
    () => readFileSync(`/proc/${pid}/comm`, 'utf8') === '7) S 1 (\n',
  ).then(() => identified(pid))
  expect(identity).toEqual({
    pid,
    startTicks: Number(statOf(pid)[19]),
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  })
})

function execPathOf(program: string): string {
  const directories = (process.env['PATH'] ?? '').split(':')
  for (const directory of directories) {
    try {
      return realpathSync(join(directory, program))
    } catch {
      continue
    }
  }
  return never()
}

test.each([-1, 1, 0])('D3: a start that is %i ticks off is another process, if it is off at all', async (off) => {
  const { root } = await startScript('echo pid $$; exec sleep 300', 1)
  const asked = findProcess({ ...root, startTicks: root.startTicks + off })
  if (off === 0) expect(await asked).toEqual(root)
  else expect(await rejection(asked)).toMatchObject({ code: 'ERR_IDENTITY_MISMATCH' })
})

test('D3: there is no identity that matches everything', async () => {
  const { root } = await startScript('echo pid $$; exec sleep 300', 1)
  expect(await rejection(findProcess({ ...root, startTicks: 0 }))).toMatchObject({ code: 'ERR_IDENTITY_MISMATCH' })
  for (const startTicks of [undefined, null, Number.NaN, -1]) {
    expect(await rejection(findProcess({ ...root, startTicks } as ProcessIdentity))).toMatchObject({
      code: 'ERR_INVALID_SPEC',
    })
  }
})

test('D4: the time for people stands in the event and plays no part in the identity', async () => {
  const before = Date.now()
  const { supervisor, of } = supervise({ children: [{ id: 'web', ...zoo('sleeps'), ...whenReady }] })
  await supervisor.start()
  const [spawned] = of('process.spawned')
  expect(spawned?.at).toBeGreaterThanOrEqual(before)
  expect(spawned?.at).toBeLessThanOrEqual(Date.now())
  expect(Object.keys(spawned?.data.identity ?? {}).toSorted()).toEqual(['bootId', 'pid', 'startTicks'])
})

test('D5: gone, somebody else and "is it gone?" are three answers, told by their codes', async () => {
  const { root } = await startScript('echo pid $$; exec sleep 300', 1)
  expect(await findProcess(root)).toEqual(root)
  const mismatch = await rejection(findProcess({ ...root, startTicks: root.startTicks + 1 }))
  process.kill(root.pid, 'SIGKILL')
  await until('it is reaped', () => stateOf(root.pid) === '')
  const notFound = await rejection(findProcess(root))
  expect([mismatch, notFound, new Error('other'), undefined].map(isGone)).toEqual([true, true, false, false])
  expect(mismatch).toMatchObject({ code: 'ERR_IDENTITY_MISMATCH', message: expect.stringContaining('reused') })
  expect(notFound).toMatchObject({ code: 'ERR_PROCESS_NOT_FOUND', message: expect.stringContaining(String(root.pid)) })
})

test('D6: this process is the same whenever it is asked for, and an identity can be kept as data', async () => {
  const [first = never(), second] = [await identify(process.pid), await identify(process.pid)]
  expect(second).toEqual(first)
  expect(await findProcess(JSON.parse(JSON.stringify(first)))).toEqual(first)
  const table = new Map([[JSON.stringify(first), 'this']])
  expect(table.get(JSON.stringify(second))).toBe('this')
})

test('D7: the tree of who is not there, or is somebody else, is an error and not an empty list', async () => {
  const { root } = await startScript('echo pid $$; exec sleep 300', 1)
  expect(await rejection(processTree({ ...root, startTicks: root.startTicks + 1 }))).toMatchObject({
    code: 'ERR_IDENTITY_MISMATCH',
  })
  process.kill(root.pid, 'SIGKILL')
  await until('it is reaped', () => stateOf(root.pid) === '')
  expect(await rejection(processTree(root))).toMatchObject({ code: 'ERR_PROCESS_NOT_FOUND' })
})

test('D8: processes can be made by a host of one’s own, which sees every request and keeps every exit code', async () => {
  const asked: SpawnRequest[] = []
  const real = nodeHost()
  const host: ProcessHost = {
    ...real,
    open(tree) {
      const session = real.open(tree)
      return { ...session, spawn: (request, observe) => (asked.push(request), session.spawn(request, observe)) }
    },
  }
  const { supervisor, event } = supervise({
    ports: { host },
    children: [{ id: 'job', ...zoo('exits-fast', 77), restart: 'temporary' }],
  })
  await supervisor.start()
  expect((await event('process.exited', 'job')).data).toMatchObject({ code: 77 })
  expect(asked.map(({ command, life }) => ({ command, life }))).toEqual([
    { command: 'sh', life: { stream: '/job', incarnation: 1 } },
  ])
})

test('D9: an exit is seen and recorded though nobody has subscribed to anything, and leaves no zombie', async () => {
  const supervisor = createSupervisor({ children: [{ id: 'job', ...zoo('exits-fast', 12), restart: 'temporary' }] })
  await supervisor.start()
  const { pid = -1 } = supervisor.child('job')?.incarnation ?? {}
  await until('it has come to rest', () => supervisor.child('job')?.view.state === 'stopped')
  expect(stateOf(pid ?? -1)).toBe('')
  // Long after the fact, and more than once.
  for (let n = 0; n < 2; n++) {
    const exits = (await recordOf(supervisor)).filter(({ type }) => type === 'process.exited')
    expect(exits).toMatchObject([{ data: { pid, code: 12 } }])
  }
  await supervisor.stop()
})

test('D10: a handler hears of each exit once, with a code or a signal and never with both', async () => {
  const { supervisor, event } = supervise({
    children: [
      { id: 'code', ...zoo('exits-fast', 12), restart: 'temporary' },
      { id: 'signal', ...zoo('kills-itself', 'TERM'), restart: 'temporary' },
      { id: 'nobody listens', ...zoo('exits-fast', 3), restart: 'temporary' },
    ],
  })
  const heard: string[] = []
  supervisor.exits$.subscribe(({ child, data: { code, signal } }) => heard.push(`${child}: ${code} ${signal}`))
  await supervisor.start()
  for (const id of ['code', 'signal', 'nobody listens']) await event('child.stopped', id)
  expect(heard.toSorted()).toEqual(['code: 12 null', 'nobody listens: 3 null', 'signal: null SIGTERM'])
})

test('D11: an abort takes the whole tree, is the cause of the rejection, and is told once', async () => {
  const { supervisor, pids, of } = supervise({})
  await supervisor.start()
  const abort = new AbortController()
  const job = supervisor.add({ id: 'job', ...zoo('forks-tree'), oneShot: true }, { start: false })
  const started = rejection(job.start({ signal: abort.signal }))
  const family = [...(await pids('job', 3)), job.view.pid ?? -1]
  expect(family.map(isAlive)).toEqual([true, true, true, true])
  const reason = new Error('enough')
  abort.abort(reason)
  expect(await started).toMatchObject({ code: 'ERR_ABORTED', cause: reason })
  await job.when('stopped')
  expect(family.map(isAlive)).toEqual([false, false, false, false])
  expect(of('process.exited', 'job')).toMatchObject([{ data: { expected: true, cause: 'abort' } }])
})

test('D12: what has ended stays known: its exit is there for whoever asks, however late and often', async () => {
  const { supervisor, event, child } = supervise({
    children: [{ id: 'job', ...zoo('exits-fast', 5), restart: 'temporary' }],
  })
  await supervisor.start()
  const { identity } = (await event('process.spawned', 'job')).data
  await event('child.stopped', 'job')
  const answers = await Promise.all(Array.from({ length: 20 }, async () => child('job').incarnation?.exited))
  expect(new Set(answers)).toHaveProperty('size', 1)
  expect(await reapedOf(identity ?? never())).toMatchObject([{ code: 5 }])
})

test('D13, D24: what was forgotten is nobody’s: the end of every supervisor leaves it alone', async () => {
  const forgotten = await startAndForget(sh('exec sleep 300'))
  await identified(forgotten.pid)
  {
    await using supervisor = createSupervisor({ children: [{ id: 'web', ...zoo('sleeps'), ...whenReady }] })
    await supervisor.start()
  }
  expect(await findProcess(forgotten)).toEqual(forgotten)
  process.kill(forgotten.pid, 'SIGKILL')
  await until('its exit was seen, though it is not tracked', () => stateOf(forgotten.pid) === '')
})

test('D24: a second end waits for the same end as the first, and afterwards everything but looking is refused', async () => {
  const { supervisor, pids, child } = supervise({ children: [{ id: 'web', ...zoo('splits-session'), ...whenReady }] })
  await supervisor.start()
  const family = [...(await pids('web', 3)), child('web').view.pid ?? -1]
  child('web').kill()
  const [first, second] = [supervisor[Symbol.asyncDispose](), supervisor[Symbol.asyncDispose]()]
  await second
  expect(family.map(isAlive)).toEqual([false, false, false, false])
  await first
  const refused = { code: 'ERR_SUPERVISOR_STOPPED' }
  expect(await rejection(supervisor.start())).toMatchObject(refused)
  expect(await rejection(child('web').restart())).toMatchObject(refused)
  expect(() => supervisor.add({ id: 'late', command: 'true' })).toThrow(expect.objectContaining(refused))
  expect(await supervisor.stop()).toMatchObject({ survivors: [] })
  expect((await recordOf(supervisor)).length).toBeGreaterThan(0)
})

test('D24: nothing that is started while the end begins is left running', async () => {
  const { supervisor, of } = supervise({})
  await supervisor.start()
  const children = Array.from({ length: 30 }, (_, n) => supervisor.add({ id: `c${n}`, ...zoo('sleeps') }))
  const stopped = supervisor.stop()
  await Promise.all(children.map((each) => each.when('stopped').catch(() => {})))
  expect((await stopped).survivors).toEqual([])
  expect(of('process.spawned').filter(({ data }) => isAlive(data.pid ?? -1))).toEqual([])
})

test('D25: every process leads a session and a group of its own', async () => {
  const { supervisor, child } = supervise({ children: [{ id: 'web', ...zoo('sleeps'), ...whenReady }] })
  await supervisor.start()
  const forgotten = await startAndForget(sh('exec sleep 300'))
  await identified(forgotten.pid)
  for (const pid of [child('web').view.pid ?? -1, forgotten.pid]) {
    const [, , group, session] = statOf(pid)
    expect([group, session]).toEqual([String(pid), String(pid)])
  }
})

test('D27: whoever asks for an exit late gets the same answer as whoever asked early', async () => {
  const { supervisor, child, event } = supervise({
    children: [{ id: 'job', ...sh('read line; exit 9'), stdio: 'raw', restart: 'temporary' }],
  })
  await supervisor.start()
  const early = child('job').incarnation?.exited
  child('job').incarnation?.stdin?.end('go\n')
  await event('child.stopped', 'job')
  expect(await child('job').incarnation?.exited).toBe(await early)
  expect(await early).toMatchObject({ code: 9 })
})
