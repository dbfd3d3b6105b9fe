import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createSupervisor, validateChildSpec, type ProcessOptions } from '../../../src/index.ts'
import { livingChildren } from '../support/leaks.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { isAlive } from '../support/processes.ts'
import { scratchFile } from '../support/scratch.ts'
import { rejection, supervise } from '../support/supervise.ts'
import { sh, whenReady, zoo } from '../support/zoo.ts'

/*
 * The `child` package of hashicorp/consul-template, which vault uses too: what it is to a user of brood. More of it is in
 * child-contract.test.ts. The letters number its promises as docs/explanation/ancestors.md lists them.
 */

expectNoLeaks()

/** Longer than any test: what waits for it waits for ever. */
const never = 100_000_000

test('H1: a child without a command is refused, and nothing is made of it', () => {
  expect(() => createSupervisor({ children: [{ id: 'web', command: '' }] })).toThrow(
    expect.objectContaining({
      code: 'ERR_INVALID_SPEC',
      issues: [expect.objectContaining({ path: 'children[0].command' })],
    }),
  )
})

test('H2: a replaced environment is what was given and the cookie, and nothing of the host', async () => {
  const { supervisor, said, event } = supervise({
    children: [
      { id: 'env', command: '/usr/bin/env', env: { a: 'b', c: 'd' }, envMode: 'replace', restart: 'temporary' },
    ],
  })
  await supervisor.start()
  await event('child.stopped', 'env')
  const names = said('env').map((line) => line.replace(/^(BROOD_COOKIE)=.*/, '$1'))
  expect(names.toSorted()).toEqual(['BROOD_COOKIE', 'a=b', 'c=d'])
})

test('H3, H4: each life has its own handle and its own exit, and a handle of old still tells its own', async () => {
  const { supervisor, child } = supervise({ children: [{ id: 'web', ...zoo('graceful', 3), ...whenReady }] })
  expect(child('web').incarnation).toBeUndefined()
  await supervisor.start()
  const first = child('web').incarnation
  await child('web').restart()
  const second = child('web').incarnation
  expect([first?.number, second?.number]).toEqual([1, 2])
  expect(await first?.exited).toMatchObject({ code: 3, expected: true })
  process.kill(second?.pid ?? -1, 'SIGKILL')
  expect(await second?.exited).toMatchObject({ code: null, signal: 'SIGKILL', expected: false })
  expect(await first?.exited).toMatchObject({ code: 3 })
  await supervisor.stop()
  // Not closed, not zero: what it was.
  expect(await second?.exited).toMatchObject({ signal: 'SIGKILL' })
})

test('H5: a start with a time limit is over when the child is, and holds up nobody who wants to stop it', async () => {
  const { supervisor, event } = supervise({})
  await supervisor.start()
  const limited = { oneShot: true, runTimeoutMs: never } as const
  const job = (id: string, program: Pick<ProcessOptions, 'command' | 'args'>) =>
    supervisor.add({ id, ...program, ...limited }, { start: false })
  expect(await job('true', { command: 'true' }).start()).toMatchObject({ state: 'stopped', outcome: 'exited' })
  expect(await rejection(job('false', { command: 'false' }).start())).toMatchObject({
    code: 'ERR_NONZERO_EXIT',
    exit: { code: 1 },
  })
  const slow = job('slow', zoo('sleeps'))
  const started = rejection(slow.start())
  await event('process.spawned', 'slow')
  expect((await slow.stop()).children[0]).toMatchObject({ outcome: 'stopped' })
  expect(await started).toMatchObject({ code: 'ERR_ABORTED' })
})

test('H5: who exceeds it is stopped with its group, and told as too late', async () => {
  const { supervisor, child } = supervise({})
  await supervisor.start()
  const limited = { oneShot: true, runTimeoutMs: 100 } as const
  const job = supervisor.add({ id: 'job', ...sh('sleep 300 & sleep 300'), ...limited }, { start: false })
  expect(await rejection(job.start())).toMatchObject({
    code: 'ERR_RUN_TIMEOUT',
    exit: { signal: 'SIGTERM', expected: false, cause: 'timeout' },
  })
  expect(livingChildren()).toEqual([])
  expect(child('job').view.outcome).toBe('failed')
})

test('H6: there is a pid while there is a process, and none before and after', async () => {
  const { supervisor, child } = supervise({ children: [{ id: 'web', ...zoo('sleeps'), ...whenReady }] })
  expect(child('web').view.pid).toBeUndefined()
  await supervisor.start()
  expect(isAlive(child('web').view.pid ?? -1)).toBe(true)
  await child('web').stop()
  expect(child('web').view.pid).toBeUndefined()
})

test('H7: a signal is a signal: neither the reload signal nor the stop signal, sent by hand, means more than itself', async () => {
  const { supervisor, child, line, of, event } = supervise({
    children: [
      {
        id: 'web',
        ...sh(`trap 'echo hup' HUP; trap 'exit 4' TERM; echo ready; while :; do sleep 0.02; done`),
        ...whenReady,
        reloadSignal: 'SIGHUP',
        stop: { splayMs: never },
        restart: 'temporary',
      },
    ],
  })
  await supervisor.start()
  expect(await child('web').signal('SIGHUP')).toBe(true)
  await line('web', /^hup$/)
  expect(of('signal.sent').map(({ data }) => data.stage)).toEqual(['operator'])
  expect(await child('web').signal('SIGTERM')).toBe(true)
  expect((await event('process.exited', 'web')).data).toMatchObject({ code: 4, expected: false })
  expect(of('stop.requested')).toEqual([])
  await event('child.stopped', 'web')
  expect(await child('web').signal('SIGTERM')).toBe(false)
})

test('H8: a reload of what does not run is told, and starts nothing', async () => {
  const { supervisor, of } = supervise({})
  await supervisor.start()
  const web = supervisor.add({ id: 'web', ...zoo('sleeps') }, { start: false })
  expect(await rejection(web.reload())).toMatchObject({ code: 'ERR_CHILD_NOT_RUNNING' })
  expect(of('process.spawned')).toEqual([])
})

test('H8: without a reload signal a reload is another life, with another pid', async () => {
  const { supervisor, child, of } = supervise({ children: [{ id: 'web', ...zoo('graceful'), ...whenReady }] })
  await supervisor.start()
  const { pid } = child('web').view
  const view = await child('web').reload()
  expect(view).toMatchObject({ state: 'running', incarnation: 2 })
  expect(view.pid).not.toBe(pid)
  expect(of('process.exited')[0]?.data).toMatchObject({ cause: 'reload', expected: true })
})

test('H9, H10: what is told to end at once has ended, whatever the splay, when the promise says so', async () => {
  const { supervisor, child, of } = supervise({
    children: Array.from({ length: 12 }, (_, n) => ({
      id: `c${n}`,
      ...zoo('graceful'),
      ...whenReady,
      stop: { splayMs: never, killTimeoutMs: never },
    })),
  })
  await supervisor.start()
  const stops = supervisor.children().map(async ({ id, view: { pid = -1 } }) => {
    await child(id).stop({ now: true })
    return isAlive(pid)
  })
  expect((await Promise.all(stops)).filter(Boolean)).toEqual([])
  expect(new Set(of('stop.requested').map(({ data }) => data.splayMs))).toEqual(new Set([0]))
  expect(new Set(of('signal.sent').map(({ data }) => data.signal))).toEqual(new Set(['SIGKILL']))
})

test('H11: each stop draws its own splay within the bound, and one without splay draws none', async () => {
  const { supervisor, of } = supervise({
    children: [
      ...Array.from({ length: 8 }, (_, n) => ({ id: `c${n}`, ...zoo('sleeps'), stop: { splayMs: 100 } })),
      { id: 'plain', ...zoo('sleeps') },
    ],
  })
  await supervisor.start()
  await supervisor.stop()
  const drawn = new Map(
    of('stop.requested').flatMap(({ child, data }) => (child === undefined ? [] : [[child, data.splayMs]])),
  )
  expect(drawn.get('plain')).toBe(0)
  drawn.delete('plain')
  expect([...drawn.values()].filter((ms) => ms < 0 || ms > 100)).toEqual([])
  expect(new Set(drawn.values()).size).toBeGreaterThan(1)
})

test('H12: the stop is SIGTERM and five seconds, without splay, limit or reload signal, unless something else is said', () => {
  const spec = validateChildSpec({ id: 'web', command: 'web' })
  expect(spec).toMatchObject({
    stop: { signal: 'SIGTERM', killTimeoutMs: 5_000, splayMs: 0 },
    runTimeoutMs: Infinity,
  })
  expect(spec.kind === 'process' && spec.reloadSignal).toBeUndefined()
})

const prepared: readonly (readonly [string, Omit<ProcessOptions, 'id'>, string | RegExp])[] = [
  ['nothing', { command: '' }, 'ERR_INVALID_SPEC'],
  ['a blank', { command: ' ' }, 'ERR_INVALID_SPEC'],
  ['one word', { command: 'pwd', cwd: '/' }, /^\/$/],
  ['words as a list', { command: 'echo', args: ['hello', 'w o r l d'] }, /^hello w o r l d$/],
  ['words in one text, for the shell', { command: 'echo hello | tr h j', shell: true }, /^jello$/],
  ['words in one text, without it', { command: 'echo hello' }, 'ERR_SPAWN_FAILED'],
  ['words for the shell and a list', { command: 'echo', args: ['x'], shell: true }, 'ERR_INVALID_SPEC'],
]

test.each(prepared)('H13: a command of %s is what it looks like, or an error', async (_, command, result) => {
  const { supervisor, line } = supervise({})
  await supervisor.start()
  const run = async () => supervisor.add({ id: 'job', ...command, oneShot: true }, { start: false }).start()
  if (typeof result === 'string') {
    expect(await rejection(run())).toMatchObject({ code: result })
  } else {
    await run()
    await line('job', result)
  }
})

const listenerCounts = (): readonly number[] =>
  (['SIGHUP', 'SIGCHLD', 'SIGURG'] as const).map((name) => process.listenerCount(name))

test('H14: what a run hears of its host’s signals is what it was asked to hear, and no others', async () => {
  const { supervisor } = supervise({ children: [{ id: 'web', ...zoo('sleeps'), ...whenReady }] })
  const before = listenerCounts()
  const abort = new AbortController()
  const running = supervisor.run({ signal: abort.signal, handleSignals: ['SIGHUP'] })
  await supervisor.start()
  expect(listenerCounts().map((now, index) => now - (before[index] ?? 0))).toEqual([1, 0, 0])
  abort.abort()
  expect(await running).toMatchObject({ exitCode: 0 })
  expect(listenerCounts()).toEqual(before)
})

test('H15: a host can end with the code of its child, or with its own after many restarts asked for at once', async () => {
  const significant = supervise({
    autoShutdown: 'any-significant',
    children: [{ id: 'app', ...zoo('exits-fast', 9), restart: 'temporary', significant: true }],
  })
  expect(await significant.supervisor.run({ handleSignals: false })).toMatchObject({ exitCode: 9 })

  const { supervisor, child, of } = supervise({ children: [{ id: 'app', ...zoo('graceful'), ...whenReady }] })
  await supervisor.start()
  await Promise.all(Array.from({ length: 200 }, () => child('app').restart()))
  expect(of('process.spawned')).toHaveLength(2)
})

test('not as in child: sixty kills with a graceful exit are sixty right codes', async () => {
  const { supervisor, child, of } = supervise({
    children: Array.from({ length: 20 }, (_, n) => ({ id: `c${n}`, ...zoo('graceful', 7), ...whenReady })),
  })
  await supervisor.start()
  for (let life = 1; life <= 3; life++) {
    await Promise.all(supervisor.children().map(({ id }) => (life < 3 ? child(id).restart() : child(id).stop())))
  }
  expect(of('process.exited').map(({ data }) => data.code)).toEqual(Array.from({ length: 60 }, () => 7))
})

test('not as in child: no grace at all crashes nobody, and each exit is there', async () => {
  const { supervisor, of } = supervise({
    children: Array.from({ length: 20 }, (_, n) => ({
      id: `c${n}`,
      ...zoo('ignores-term'),
      ...whenReady,
      stop: { killTimeoutMs: 0 },
    })),
  })
  await supervisor.start()
  await Promise.all(supervisor.children().map((each) => each.restart()))
  await supervisor.stop()
  expect(of('process.exited').map(({ data }) => data.signal)).toEqual(Array.from({ length: 40 }, () => 'SIGKILL'))
})

test('not as in child: what a child started is stopped with it, without being asked for', async () => {
  const file = scratchFile()
  const { supervisor, child, pids } = supervise({
    children: [
      {
        id: 'sh',
        ...sh(
          `sh -c 'trap "echo bye >${file}; exit" TERM; echo ready; while :; do sleep 0.02; done' & echo "pid $!"; wait`,
        ),
        ...whenReady,
      },
    ],
  })
  await supervisor.start()
  const [grandchild = -1] = await pids('sh', 1)
  await child('sh').stop()
  expect([isAlive(grandchild), readFileSync(file, 'utf8')]).toEqual([false, 'bye\n'])
})
