import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { isBroodError } from '../../../src/errors.ts'
import { follow, stageProcesses } from './staged-processes.ts'

const stubborn = { onSignal: { SIGTERM: 'ignore' } } as const

test('a run resolves with its exit and with all that it wrote', async () => {
  const { runProcess, world } = stageProcesses({
    build: { prints: ['one', { text: 'warning', source: 'stderr' }, 'two'], exitsAfterMs: 30 },
  })
  const run = follow(runProcess({ command: 'build' }))
  await world.advance(29)
  expect(run.state).toBe('pending')
  await world.advance(1)
  expect(run.value).toEqual({
    exit: { code: 0, signal: null, status: 0, at: world.ports.clock.at(), expected: true, cause: 'finished' },
    stdout: 'one\ntwo\n',
    stderr: 'warning\n',
    durationMs: 30,
  })
})

test.each([
  [{ code: 12 }, { code: 12, signal: null, status: 12 }],
  [{ signal: 'SIGSEGV' }, { code: null, signal: 'SIGSEGV', status: 139 }],
] as const)('an end with %j is a result, not an error', async (behaviour, exit) => {
  const { runProcess, world } = stageProcesses({ build: behaviour })
  const run = follow(runProcess({ command: 'build' }))
  await world.advance(0)
  expect(run.value?.exit).toMatchObject({ ...exit, expected: false, cause: 'crash' })
})

test('a timeout climbs the whole ladder and rejects when nothing is left', async () => {
  const { runProcess, world } = stageProcesses({ build: { ...stubborn, forks: [stubborn] } })
  const run = follow(runProcess({ command: 'build', stop: { killTimeoutMs: 100 } }, { timeoutMs: 50 }))
  await world.advance(149)
  expect(run.state).toBe('pending')
  expect(world.processes()).toHaveLength(2)
  await world.advance(1)
  expect(run.error).toMatchObject({
    code: 'ERR_RUN_TIMEOUT',
    message: '`build` did not end within 50 ms',
    exit: { code: null, signal: 'SIGKILL', expected: false, cause: 'timeout' },
    cause: { name: 'TimeoutError' },
  })
  expect(world.processes()).toEqual([])
})

test.each(['ended', 'at-once'] as const)('a timeout tells the last that was said on stderr (%s)', async (settle) => {
  const { runProcess, world } = stageProcesses({
    build: { prints: [{ text: 'no hunter2', source: 'stderr' }, 'noise', { text: 'stuck', source: 'stderr' }] },
  })
  const run = follow(runProcess({ command: 'build', secrets: ['hunter2'] }, { timeoutMs: 50, settle }))
  await world.advance(50)
  expect(run.error).toMatchObject({ code: 'ERR_RUN_TIMEOUT', stderrTail: 'no [redacted]\nstuck' })
})

test('an abort is a graceful stop, and its reason is the cause', async () => {
  const { runProcess, world } = stageProcesses({ build: { onSignal: { SIGTERM: { afterMs: 20, code: 7 } } } })
  const abort = new AbortController()
  const run = follow(runProcess({ command: 'build' }, { signal: abort.signal }))
  await world.advance(10)
  const reason = new Error('no longer wanted')
  abort.abort(reason)
  await world.advance(19)
  expect(run.state).toBe('pending')
  await world.advance(1)
  expect(run.error).toMatchObject({ code: 'ERR_ABORTED', exit: { code: 7, expected: true, cause: 'abort' } })
  expect(run.error).toHaveProperty('cause', reason)
})

test('settle at-once rejects in the moment of the abort, and the stop goes on to its end', async () => {
  const { runProcess, world, exits } = stageProcesses({ build: stubborn })
  const abort = new AbortController()
  const run = follow(
    runProcess({ command: 'build', stop: { killTimeoutMs: 100 } }, { signal: abort.signal, settle: 'at-once' }),
  )
  await world.advance(10)
  abort.abort()
  await world.advance(0)
  expect(run.error).toMatchObject({ code: 'ERR_ABORTED' })
  expect(run.error).not.toHaveProperty('exit')
  expect(world.processes()).toHaveLength(1)
  await world.advance(100)
  expect(world.processes()).toEqual([])
  expect(await exits()).toMatchObject([{ seq: 1, signal: 'SIGKILL', status: 137, origin: { kind: 'process' } }])
})

test('settle at-once rejects a timeout at once, and ended does not (negative control)', async () => {
  const { runProcess, world } = stageProcesses({ build: stubborn })
  const options = { timeoutMs: 10 } as const
  const atOnce = follow(runProcess({ command: 'build' }, { ...options, settle: 'at-once' }))
  const ended = follow(runProcess({ command: 'build' }, options))
  await world.advance(10)
  expect([atOnce.state, ended.state]).toEqual(['rejected', 'pending'])
  await world.advance(5_000)
  expect(ended.error).toMatchObject({ code: 'ERR_RUN_TIMEOUT' })
})

test('a signal that is aborted already starts nothing', async () => {
  const { runProcess, world } = stageProcesses({ build: {} })
  const error = await runProcess({ command: 'build' }, { signal: AbortSignal.abort('early') }).catch((e: unknown) => e)
  expect(error).toMatchObject({ code: 'ERR_ABORTED', cause: 'early' })
  expect(world.calls).toMatchObject({ opens: 0, spawns: 0 })
})

test('an abort before the process is there stops it as soon as it is', async () => {
  const { runProcess, world } = stageProcesses({ build: { spawnMs: 50 } })
  const abort = new AbortController()
  const run = follow(runProcess({ command: 'build' }, { signal: abort.signal }))
  await world.advance(10)
  abort.abort()
  await world.advance(39)
  expect(run.state).toBe('pending')
  await world.advance(1)
  expect(run.error).toMatchObject({ code: 'ERR_ABORTED', exit: { signal: 'SIGTERM' } })
  expect(world.processes()).toEqual([])
})

test('what comes first decides: a timeout during an abort changes neither its error nor its ladder', async () => {
  const { runProcess, world } = stageProcesses({ build: stubborn })
  const abort = new AbortController()
  const run = follow(runProcess({ command: 'build' }, { signal: abort.signal, timeoutMs: 100 }))
  await world.advance(50)
  abort.abort()
  await world.advance(5_000)
  expect(run.error).toMatchObject({ code: 'ERR_ABORTED', exit: { cause: 'abort' } })
  expect(world.calls.signals).toBe(2)
})

test('an abort after the exit is too late: the result stands', async () => {
  const { runProcess, world } = stageProcesses({
    build: { code: 3, forks: [{ leavesGroup: true, holdsPipe: true, unkillable: true }] },
  })
  const abort = new AbortController()
  const run = follow(runProcess({ command: 'build' }, { signal: abort.signal }))
  await world.advance(100)
  expect(run.state).toBe('pending')
  abort.abort()
  await world.advance(100)
  expect(run.value).toMatchObject({ exit: { code: 3, cause: 'crash' } })
})

test('what a process leaves in its group ends with it, which without a run it does not (negative control)', async () => {
  const { runProcess, world } = stageProcesses({ build: { code: 0, forks: [stubborn] } })
  const run = follow(runProcess({ command: 'build' }))
  await world.advance(0)
  expect(run.state).toBe('resolved')
  expect(world.processes()).toEqual([])

  const session = world.ports.host.open({ treeId: 'bare', report: () => {} })
  const life = { stream: '/bare', incarnation: 1 }
  const bare = { args: [], env: {}, envMode: 'merge', shell: false, stdin: 'ignore', lifetime: 'attached' } as const
  session.spawn(
    { ...bare, life, command: 'build', stdout: 'ignore', stderr: 'ignore', killTimeoutMs: 0, drainMs: 0 },
    () => {},
  )
  await world.advance(10_000)
  expect(world.processes()).toHaveLength(1)
})

test('the rest of the group keeps the grace of a stop although the leader has exited', async () => {
  const { runProcess, world } = stageProcesses({ npx: { forks: [{ onSignal: { SIGTERM: { afterMs: 80 } } }] } })
  const run = follow(runProcess({ command: 'npx', stop: { killTimeoutMs: 100 } }, { timeoutMs: 10 }))
  await world.advance(50)
  expect(world.processes()).toHaveLength(1)
  await world.advance(40)
  expect(run.error).toMatchObject({ code: 'ERR_RUN_TIMEOUT', exit: { signal: 'SIGTERM' } })
  // A probe would count as well: the stop signal is all that was ever sent.
  expect(world.calls.signals).toBe(1)
})

test('what cannot be killed is named, and the run settles all the same', async () => {
  const { runProcess, world } = stageProcesses({ build: { unkillable: true } })
  const abort = new AbortController()
  const spec = { command: 'build', stop: { killTimeoutMs: 100, verifyMs: 50 } }
  const run = follow(runProcess(spec, { signal: abort.signal }))
  await world.advance(0)
  const [survivor] = world.processes()
  abort.abort('reason')
  await world.advance(149)
  expect(run.state).toBe('pending')
  await world.advance(1)
  expect(run.error).toMatchObject({ code: 'ERR_ABORTED', cause: { code: 'ERR_STOP_TIMEOUT', cause: 'reason' } })
  expect(run.error).toHaveProperty('cause.message', expect.stringContaining(String(survivor?.pid)))
  expect(run.error).not.toHaveProperty('exit')
})

test('a stop is over when what left the group is found and killed, an end by itself before', async () => {
  const escaping = { forks: [{ ...stubborn, leavesGroup: true }] }
  const { runProcess, world } = stageProcesses(
    { stopped: escaping, ends: { ...escaping, code: 0 } },
    {},
    { sweepMs: 30 },
  )
  const stopped = follow(runProcess({ command: 'stopped' }, { timeoutMs: 10 }))
  const ended = follow(runProcess({ command: 'ends' }))
  await world.advance(39)
  expect([stopped.state, ended.state]).toEqual(['pending', 'resolved'])
  await world.advance(100)
  expect(stopped.error).toMatchObject({ code: 'ERR_RUN_TIMEOUT' })
  expect(world.processes()).toEqual([])
})

test('what left the group and cannot be killed is named after its time for a proof', async () => {
  const { runProcess, world } = stageProcesses({ build: { forks: [{ leavesGroup: true, unkillable: true }] } })
  const run = follow(runProcess({ command: 'build', stop: { verifyMs: 50 } }, { timeoutMs: 10 }))
  await world.advance(59)
  expect(run.state).toBe('pending')
  await world.advance(1)
  expect(run.error).toMatchObject({
    code: 'ERR_RUN_TIMEOUT',
    exit: { signal: 'SIGTERM' },
    cause: { code: 'ERR_STOP_TIMEOUT' },
  })
})

test('every run gives its session back, however it comes to its end', async () => {
  const { runProcess, world, open } = stageProcesses({ ok: { code: 0 }, slow: stubborn, stuck: { unkillable: true } })
  for (const command of ['ok', 'slow', 'stuck', 'missing']) follow(runProcess({ command }, { timeoutMs: 10 }))
  expect(open()).toBe(4)
  await world.advance(60_000)
  expect(open()).toBe(0)
})

test('a process that ended and left what cannot be killed is no success', async () => {
  const { runProcess, world } = stageProcesses({ build: { code: 0, forks: [{ unkillable: true }] } })
  const run = follow(runProcess({ command: 'build', stop: { verifyMs: 50 } }))
  await world.advance(50)
  expect(run.error).toMatchObject({ code: 'ERR_STOP_TIMEOUT', exit: { code: 0 } })
})

test('a pipe that somebody else holds is awaited for 200 ms, then the run goes without', async () => {
  const { runProcess, world } = stageProcesses({
    build: { code: 0, prints: ['mine'], forks: [{ leavesGroup: true, holdsPipe: true, unkillable: true }] },
  })
  const run = follow(runProcess({ command: 'build' }))
  await world.advance(199)
  expect(run.state).toBe('pending')
  await world.advance(1)
  expect(run.value).toMatchObject({ stdout: 'mine\n' })
})

test('the splay of a stop is waited for', async () => {
  const { runProcess, world } = stageProcesses({ build: {} }, { random: { next: () => 0.999, id: () => 'ab' } })
  const run = follow(runProcess({ command: 'build', stop: { splayMs: 40 } }, { timeoutMs: 10 }))
  await world.advance(49)
  expect(world.processes()).toHaveLength(1)
  await world.advance(1)
  expect(run.error).toMatchObject({ code: 'ERR_RUN_TIMEOUT' })
})

test('more output than can be returned stops the run', async () => {
  const prints = ['12345', { text: '67890', afterMs: 10 }]
  const { runProcess, world } = stageProcesses({ build: { prints } }, { captureBytes: 11 })
  const run = follow(runProcess({ command: 'build' }))
  await world.advance(10)
  expect(run.error).toMatchObject({ code: 'ERR_UNSUPPORTED', exit: { signal: 'SIGTERM' } })
  expect(world.processes()).toEqual([])
})

test('too much output after the exit fails the run, and stops nobody who has ended', async () => {
  const held = { leavesGroup: true, holdsPipe: true, unkillable: true, prints: [{ text: 'too much', afterMs: 10 }] }
  const { runProcess, world } = stageProcesses({ build: { code: 0, forks: [held] } }, { captureBytes: 4 })
  const run = follow(runProcess({ command: 'build' }))
  await world.advance(9)
  const { signals } = world.calls
  await world.advance(200)
  expect(run.error).toMatchObject({ code: 'ERR_UNSUPPORTED', exit: { code: 0, cause: 'finished' } })
  expect(world.calls.signals).toBe(signals)
})

test('what a process says while it is stopped is no reason for anything', async () => {
  const prints = [{ text: 'too much', afterMs: 50 }]
  const { runProcess, world } = stageProcesses({ build: { ...stubborn, prints } }, { captureBytes: 4 })
  const run = follow(runProcess({ command: 'build', stop: { killTimeoutMs: 100 } }, { timeoutMs: 10 }))
  await world.advance(110)
  expect(run.error).toMatchObject({ code: 'ERR_RUN_TIMEOUT' })
})

test('as much output as can be returned is returned (negative control)', async () => {
  const prints = ['12345', { text: '67890', afterMs: 10 }]
  const { runProcess, world } = stageProcesses({ build: { prints, exitsAfterMs: 20 } }, { captureBytes: 12 })
  const run = follow(runProcess({ command: 'build' }))
  await world.advance(20)
  expect(run.value?.stdout).toBe('12345\n67890\n')
})

test.each([
  ['EMFILE', 'ERR_SPAWN_FAILED'],
  ['ERR_CWD_NOT_FOUND', 'ERR_CWD_NOT_FOUND'],
])('a spawn that fails with %s rejects with %s', async (failure, code) => {
  const { runProcess, world, exits } = stageProcesses({ build: {} })
  world.fail.spawn(failure)
  const run = follow(runProcess({ command: 'build', id: 'job' }, { timeoutMs: 1_000 }))
  await world.advance(0)
  expect(run.error).toMatchObject({ code, child: 'job' })
  expect(await exits()).toEqual([])
})

test('no error shows a secret', async () => {
  const { runProcess, world } = stageProcesses({ 'run hunter2': {} })
  const spec = { command: 'run hunter2', secrets: ['hunter2'] }
  const late = follow(runProcess(spec, { timeoutMs: 0 }))
  await world.advance(0)
  const missing = follow(runProcess({ ...spec, command: 'hunter2' }))
  await world.advance(0)
  for (const { error } of [late, missing]) {
    expect(isBroodError(error)).toBe(true)
    expect(`${String(error)} ${String(error instanceof Error && error.cause)}`).not.toContain('hunter2')
  }
})

test('every run is published to the reaper once, and leaves no listener behind', async () => {
  const { runProcess, world, exits } = stageProcesses({ ok: { code: 0 }, bad: { code: 1 }, slow: {} })
  const abort = new AbortController()
  for (const command of ['ok', 'bad', 'slow', 'missing']) {
    follow(runProcess({ command }, { signal: abort.signal, timeoutMs: 100 }))
  }
  await world.advance(100)
  expect(getEventListeners(abort.signal, 'abort')).toEqual([])
  const told = await exits()
  expect(told.map(({ status }) => status)).toEqual([0, 1, 143])
  expect(told.every(({ origin, identity, pid }) => origin.kind === 'process' && identity?.pid === pid)).toBe(true)
})

test('runs at the same time are strangers to each other, whatever their ids', async () => {
  const { runProcess, world } = stageProcesses({ a: { prints: ['a'], exitsAfterMs: 5 } })
  const runs = Array.from({ length: 20 }, () => follow(runProcess({ id: 'same', command: 'a' })))
  await world.advance(5)
  expect(runs.map(({ value }) => value?.stdout)).toEqual(Array.from({ length: 20 }, () => 'a\n'))
  expect(world.problems).toEqual([])
})

test.each([
  [{ timeoutMs: -1 }, 'Expected `timeoutMs` to be an integer >= 0, or Infinity, got -1'],
  [{ timeoutMs: Number.NaN }, '`timeoutMs`'],
  [{ timeoutMs: 1.5 }, '`timeoutMs`'],
  [{ timeoutMs: '5s' }, '`timeoutMs`'],
  [{ settle: 'soon' }, "Expected `settle` to be 'ended' or 'at-once', got 'soon'"],
  [{ signal: {} }, '`signal`'],
  [{ timeout: 5 }, '`timeout`'],
  [null, '`options`'],
])('options %j are refused before any effect', async (options, message) => {
  const { runProcess, world } = stageProcesses({ build: {} })
  const run = Reflect.apply(runProcess, undefined, [{ command: 'build' }, options])
  await expect(run).rejects.toMatchObject({ code: 'ERR_INVALID_SPEC', message: expect.stringContaining(message) })
  expect(world.calls.opens).toBe(0)
})
