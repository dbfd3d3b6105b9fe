import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { nodeHost } from '../../../src/os/node-host.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { isAlive } from '../support/processes.ts'
import { scratchFile } from '../support/scratch.ts'
import { rejection } from '../support/supervise.ts'
import { fixture, zoo } from '../support/zoo.ts'
import { numberIn, processes, reaper, sh } from './support.ts'

const { runProcess } = processes

expectNoLeaks()

test.each([0, 1, 12, 127, 137, 255])('a run to completion gives the exit code %i', async (code) => {
  const { exit } = await runProcess(zoo('exits-fast', code))
  expect(exit).toMatchObject({ code, signal: null, status: code, expected: code === 0 })
})

test('death by a signal is told as that signal', async () => {
  const { exit } = await runProcess(zoo('kills-itself', 'SEGV'))
  expect(exit).toMatchObject({ code: null, signal: 'SIGSEGV', status: 139, cause: 'crash' })
})

test.each([
  ['nothing', ''],
  ['a line without its end', 'last'],
  ['an empty line', '\n'],
  ['line ends of all kinds', 'a\r\nb\rc\n\n\r\n'],
  ['a byte order mark', '\uFEFFx'],
  ['NUL and control characters', '\0\u001b[31mred\u0007'],
  ['characters of every length', 'aü€😀'.repeat(50_000)],
])('%s is returned as it was written', async (_, text) => {
  const file = scratchFile()
  writeFileSync(file, text)
  const { stdout, stderr } = await runProcess(sh(`cat ${file}; cat ${file} >&2`))
  expect([stdout === text, stderr === text]).toEqual([true, true])
})

test('lines could not tell: with and without its end the last one is the same (negative control)', async () => {
  const session = nodeHost().open({ treeId: 'lines', report: () => {} })
  const linesOf = (script: string): Promise<string[]> =>
    new Promise((resolve) => {
      const lines: string[] = []
      const request = {
        ...sh(script),
        env: {},
        envMode: 'merge',
        shell: false,
        stdin: 'ignore',
        stdout: 'lines',
      } as const
      const rest = { stderr: 'ignore', lifetime: 'attached', killTimeoutMs: 100, drainMs: 10_000 } as const
      session.spawn({ ...request, ...rest, life: { stream: '/lines', incarnation: 1 } }, (seen) => {
        if (seen.kind === 'line') lines.push(seen.text)
        if (seen.kind === 'drained') resolve(lines)
      })
    })
  expect(await linesOf("printf 'a\\n'")).toEqual(await linesOf("printf 'a'"))
  session.close()
})

test('bytes that are no UTF-8 become U+FFFD and take nothing else with them', async () => {
  const { stdout } = await runProcess(sh(String.raw`printf 'a\377b\303'`))
  expect(stdout).toBe('a\uFFFDb\uFFFD')
})

test('ten megabytes come to the last byte, though the process exits right after them', async () => {
  const { stdout } = await runProcess(sh('head -c 10000000 /dev/zero | tr "\\0" x; printf end'))
  expect(stdout.length).toBe(10_000_003)
  expect(stdout.endsWith('xend')).toBe(true)
})

test('two hundred short runs lose no output', async () => {
  const texts: string[] = []
  for (let run = 0; run < 20; run++) {
    const some = await Promise.all(Array.from({ length: 10 }, () => runProcess(sh('echo one; printf two'))))
    texts.push(...some.map(({ stdout }) => stdout))
  }
  expect(texts.filter((text) => text !== 'one\ntwo')).toEqual([])
})

test('output can go elsewhere', async () => {
  const file = scratchFile()
  const { stdout, stderr } = await runProcess({ ...sh('echo out; echo err >&2'), stdio: { stdout: { file } } })
  expect([stdout, stderr]).toEqual(['', 'err\n'])
  expect(readFileSync(file, 'utf8')).toBe('out\n')
})

test('standard input is empty', async () => {
  expect(await runProcess(zoo('echoes-stdin'))).toMatchObject({ exit: { code: 0 }, stdout: '' })
})

test('a deadline ends a process that would go on, and tells how it ended', async () => {
  const running = runProcess(zoo('sleeps'), { timeoutMs: 100 })
  await expect(running).rejects.toMatchObject({
    code: 'ERR_RUN_TIMEOUT',
    cause: { name: 'TimeoutError' },
    exit: { signal: 'SIGTERM', expected: false, cause: 'timeout' },
  })
})

test('a process that ignores SIGTERM is killed, with what it started and what left its group', async () => {
  const file = scratchFile()
  const script = `trap '' TERM; setsid sh -c 'echo $$ >> ${file}; sleep 300' & sleep 300 & echo $! $$ >> ${file}; wait; wait`
  const running = runProcess({ ...sh(script), stop: { killTimeoutMs: 100 } }, { timeoutMs: 500 })
  await expect(running).rejects.toMatchObject({ code: 'ERR_RUN_TIMEOUT', exit: { signal: 'SIGKILL' } })
  const pids = readFileSync(file, 'utf8').trim().split(/\s+/).map(Number)
  expect(pids).toHaveLength(3)
  expect(pids.filter(isAlive)).toEqual([])
})

test('a cancelled run is told by the reason, and is gone when the promise settles', async () => {
  const file = scratchFile()
  const abort = new AbortController()
  const running = runProcess(sh(`echo $$ > ${file}; exec sleep 300`), { signal: abort.signal })
  const pid = await numberIn(file)
  const reason = new Error('cancelled')
  abort.abort(reason)
  const error: unknown = await running.catch((caught: unknown) => caught)
  expect(error).toMatchObject({ code: 'ERR_ABORTED', exit: { signal: 'SIGTERM', expected: true, cause: 'abort' } })
  expect(error).toHaveProperty('cause', reason)
  expect(isAlive(pid)).toBe(false)
})

test('settle at-once returns while the process is still being stopped', async () => {
  const file = scratchFile()
  const abort = new AbortController()
  const spec = { ...sh(`trap '' TERM; echo $$ > ${file}; exec sleep 300`), stop: { killTimeoutMs: 500 } }
  const running = runProcess(spec, { signal: abort.signal, settle: 'at-once' })
  const pid = await numberIn(file)
  const identity = await processes.identify(pid)
  if (identity === undefined) throw new Error('It is gone already.')
  abort.abort()
  await expect(running).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  expect(isAlive(pid)).toBe(true)
  await processes.watchProcess(identity, { pollMs: 10 }).wait()
  expect(isAlive(pid)).toBe(false)
})

test('what a process says while it is stopped does not block it', async () => {
  const script = "trap 'yes | head -c 1000000; exit 5' TERM; echo up; while :; do sleep 0.01; done"
  const running = runProcess({ ...sh(script), stop: { killTimeoutMs: 60_000 } }, { timeoutMs: 300 })
  await expect(running).rejects.toMatchObject({ code: 'ERR_RUN_TIMEOUT', exit: { code: 5 } })
})

test('a pipe held by what left the group does not hold the run', async () => {
  const { exit, stdout } = await runProcess(sh("setsid sh -c 'exec sleep 300' & echo mine"))
  expect({ code: exit.code, stdout }).toEqual({ code: 0, stdout: 'mine\n' })
})

test.each([
  ['a missing command', { command: '/no/such/command' }, 'ERR_SPAWN_FAILED', 'ENOENT'],
  ['a file that cannot be executed', { command: fixture('zoo/not-executable.txt') }, 'ERR_SPAWN_FAILED', 'EACCES'],
  ['a missing directory', { command: 'true', cwd: '/no/such/directory' }, 'ERR_CWD_NOT_FOUND', 'ENOENT'],
  [
    'a directory that is a file',
    { command: 'true', cwd: fixture('zoo/not-executable.txt') },
    'ERR_CWD_NOT_FOUND',
    'ENOTDIR',
  ],
  ['too long an argument', { command: 'true', args: ['x'.repeat(3_000_000)] }, 'ERR_SPAWN_FAILED', 'E2BIG'],
])('%s is a typed error', async (_, spec, code, errno) => {
  await expect(runProcess(spec)).rejects.toMatchObject({ code, cause: { code: errno } })
})

test('a run leaves nothing behind that keeps its host alive', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [fixture('processes/running-host.ts')])
  expect(JSON.parse(stdout)).toMatchObject({ exit: { code: 0 }, stdout: 'done' })
})

test('every run is in the reaper, with its identity', async () => {
  await runProcess(zoo('exits-fast', 42))
  const exits = []
  for await (const exit of reaper.read({ live: false })) exits.push(exit)
  const last = exits.at(-1)
  expect(last).toMatchObject({ seq: exits.length, code: 42, status: 42, origin: { kind: 'process' } })
  expect(last).toHaveProperty('identity.pid', last !== undefined && 'pid' in last ? last.pid : undefined)
})

test('an error tells the last that was said on stderr, without secrets, also of what said it while it was stopped', async () => {
  const script = `trap 'echo "last of $1" >&2; exit 1' TERM; i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo "line $i" >&2; done; echo up; sleep 300 & wait`
  const spec = { command: 'sh', args: ['-c', script, 'sh', 'hunter2'], secrets: ['hunter2'] }
  const expected = [...Array.from({ length: 19 }, (_, index) => `line ${index + 12}`), 'last of [redacted]'].join('\n')
  const abort = new AbortController()
  const heard = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (chunk.toString() === 'up\n') abort.abort()
      done()
    },
  })
  expect(await rejection(runProcess({ ...spec, logWriter: heard }, { signal: abort.signal }))).toMatchObject({
    code: 'ERR_ABORTED',
    stderrTail: expected,
  })
})

test('a process that said nothing, or never was, has no such tail', async () => {
  expect(await rejection(runProcess(sh('exec sleep 300'), { timeoutMs: 50 }))).not.toHaveProperty('stderrTail')
  expect(await rejection(runProcess({ command: 'no-such-command-of-brood' }))).not.toHaveProperty('stderrTail')
})

test('a logWriter has each line of both streams before the run is over, and the result is as it was written', async () => {
  const chunks: Buffer[] = []
  const logWriter = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  const { stdout, stderr } = await runProcess({
    ...sh('seq 1 20000; printf "hunter2 and no end"; echo oops >&2'),
    secrets: ['hunter2'],
    logWriter,
  })
  const numbers = Array.from({ length: 20_000 }, (_, index) => `${index + 1}`)
  expect([stdout, stderr]).toEqual([`${numbers.join('\n')}\nhunter2 and no end`, 'oops\n'])
  const lines = Buffer.concat(chunks).toString().split('\n')
  expect(lines.filter((line) => line !== 'oops')).toEqual([...numbers, '[redacted] and no end', ''])
  expect(lines.filter((line) => line === 'oops')).toHaveLength(1)
  expect(['error', 'drain'].map((name) => logWriter.listenerCount(name))).toEqual([0, 0])
})

test('a logWriter that fails is a warning, and the run is as ever', async () => {
  const warned = new Promise<Error>((resolve) => void process.once('warning', resolve))
  const logWriter = new Writable({ write: (_chunk, _encoding, done) => done(new Error('boom')) })
  const { stdout } = await runProcess({ ...sh('echo one; sleep 0.05; echo two'), logWriter })
  expect(stdout).toBe('one\ntwo\n')
  expect(await warned).toMatchObject({ name: 'BroodWarning', message: 'The logWriter of "process" failed: boom' })
})
