import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { execa } from 'execa'
import { afterAll, expect, test } from 'vitest'
import { parseCookie } from '../../../src/os/cookie.ts'
import { createHost } from '../../../src/os/host.ts'
import { realKernel } from '../../../src/os/kernel.ts'
import { systemRandom } from '../../../src/os/system-random.ts'
import { kindsOf, launch, linesOf, sh } from './watched-life.ts'

const createGuard = () => ({ add: () => {}, remove: () => {}, close: () => {} })
const host = createHost({ random: systemRandom, kernel: realKernel(), createGuard })
const session = host.open({ treeId: 'spawns', report: () => {} })
const folder = mkdtempSync(join(tmpdir(), 'brood-spawn-'))
const file = (name: string, content = ''): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const script = (content: string): string => {
  const path = file('script', content)
  chmodSync(path, 0o755)
  return path
}

afterAll(() => {
  session.close()
  rmSync(folder, { recursive: true })
})

test.for([
  { name: 'a missing command', request: { command: 'brood-no-such-command' }, errno: 'ENOENT' },
  { name: 'a command that is not executable', request: { command: file('plain', 'text') }, errno: 'EACCES' },
  { name: 'a command in what is no directory', request: { command: `${file('plain2')}/x` }, errno: 'ENOTDIR' },
  { name: 'arguments that are too long', request: { command: 'true', args: ['x'.repeat(2 ** 20)] }, errno: 'E2BIG' },
  {
    name: 'a NUL byte in an argument',
    request: { command: 'true', args: ['top\0secret'] },
    errno: 'ERR_INVALID_ARG_VALUE',
  },
  {
    name: 'a NUL byte in a variable',
    request: { command: 'true', env: { A: 'top\0secret' } },
    errno: 'ERR_INVALID_ARG_VALUE',
  },
  { name: 'an empty command', request: { command: '' }, errno: 'ERR_INVALID_ARG_VALUE' },
  {
    name: 'a script whose interpreter is missing',
    request: { command: script('#!/no/such/interpreter') },
    errno: 'ENOENT',
  },
])('$name is one spawnFailed, whichever way the system tells it', async ({ request, errno }) => {
  const watched = launch(session, request)
  const failure = await watched.until('spawnFailed')
  expect(failure).toMatchObject({ code: 'ERR_SPAWN_FAILED', errno })
  expect(failure.message).toContain(`\`${request.command}\``)
  expect(failure.message).not.toContain('secret')
  expect(await watched.signal('SIGKILL')).toBe(false)
  expect(await watched.signal(0, 'process')).toBe(false)
  expect(await watched.survivors()).toEqual([])
  expect(kindsOf(watched)).toEqual(['spawnFailed'])
})

test.for([
  { name: 'missing', cwd: join(folder, 'nowhere'), errno: 'ENOENT' },
  { name: 'a file', cwd: file('no-folder'), errno: 'ENOTDIR' },
])('a working directory that is $name is told apart from a missing command', async ({ cwd, errno }) => {
  const failure = await launch(session, { command: 'true', cwd }).until('spawnFailed')
  expect(failure).toMatchObject({ code: 'ERR_CWD_NOT_FOUND', errno })
  expect(failure.message).toContain(cwd)
})

test('nothing is observed from within spawn, so that the observer may use what spawn returns', async () => {
  let returned = false
  const early: boolean[] = []
  const launched = [
    { command: 'true' },
    { command: 'brood-no-such-command' },
    { command: 'true', cwd: '/nowhere' },
  ].map((request) => launch(session, request, () => early.push(!returned)))
  returned = true
  await Promise.all([launched[0]?.until('swept'), launched[1]?.until('spawnFailed'), launched[2]?.until('spawnFailed')])
  expect(early).not.toContain(true)
})

test('a life is told in order, with its identity', async () => {
  const watched = launch(session, sh('echo out; echo err >&2; exit 3'))
  const { pid, identity, spawnMs } = await watched.until('spawned')
  expect(identity).toEqual({ pid, startTicks: expect.any(Number), bootId: host.bootId })
  expect(spawnMs).toBeGreaterThan(0)
  await Promise.all([watched.until('swept'), watched.until('drained')])
  expect(watched.seen).toContainEqual({ kind: 'exited', code: 3, signal: null })
  expect(watched.seen).toContainEqual({ kind: 'drained', cut: false })
  expect(watched.seen).toContainEqual({ kind: 'line', source: 'stderr', text: 'err', truncated: false })
  expect(kindsOf(watched).filter((kind) => kind !== 'line' && kind !== 'drained')).toEqual([
    'spawned',
    'exited',
    'gone',
    'swept',
  ])
  expect(kindsOf(watched).lastIndexOf('line')).toBeLessThan(kindsOf(watched).indexOf('drained'))
})

test('an empty group is gone in the turn of the exit', async () => {
  const watched = launch(session, { command: 'true', stdout: 'ignore', stderr: 'ignore' }, ({ kind }) => {
    if (kind === 'exited')
      queueMicrotask(() => expect(kindsOf(watched)).toEqual(['spawned', 'exited', 'drained', 'gone']))
  })
  await watched.until('swept')
  expect(kindsOf(watched)).toEqual(['spawned', 'exited', 'drained', 'gone', 'swept'])
})

test('the signal that ended a process is named, and nothing is left to signal afterwards', async () => {
  const watched = launch(session, sh('echo ready; exec sleep 1000'))
  await watched.line(/ready/)
  expect(await watched.signal(0, 'process')).toBe(true)
  expect(await watched.signal(0)).toBe(true)
  expect(await watched.signal('SIGKILL', 'process')).toBe(true)
  expect(await watched.until('exited')).toEqual({ kind: 'exited', code: null, signal: 'SIGKILL' })
  expect(await watched.signal('SIGTERM', 'process')).toBe(false)
  expect(await watched.signal('SIGTERM')).toBe(false)
  expect(await watched.signal(0)).toBe(false)
})

test('what is no signal is refused: the process is not touched', async () => {
  const watched = launch(session, sh('echo ready; exec sleep 1000'))
  await watched.line(/ready/)
  for (const nonsense of ['', 'TERM', -0, Number.NaN, 99]) {
    expect(await watched.signal(nonsense as 0)).toBe(false)
    expect(await watched.signal(nonsense as 0, 'process')).toBe(false)
  }
  expect(await watched.signal('SIGKILL')).toBe(true)
  expect(await watched.until('exited')).toMatchObject({ signal: 'SIGKILL' })
})

test('the environment is extended, and carries the cookie of the life', async () => {
  const watched = launch(session, {
    ...sh('echo "$A|${HOME:+home}|$BROOD_COOKIE"'),
    env: { A: '1', BROOD_COOKIE: 'forged' },
    life: { stream: '/api/worker%2F1@2', incarnation: 7 },
  })
  await watched.until('drained')
  const [a, home, cookie = ''] = linesOf(watched)[0]?.split('|') ?? []
  expect([a, home]).toEqual(['1', 'home'])
  expect(parseCookie(cookie)).toEqual({
    hostId: host.hostId,
    treeId: 'spawns',
    lifetime: 'attached',
    stream: '/api/worker%2F1@2',
    incarnation: 7,
  })
})

test('a replaced environment is what was given and the cookie, nothing else', async () => {
  const watched = launch(session, {
    command: '/usr/bin/env',
    env: JSON.parse('{"__proto__":"x","A":"1"}') as {},
    envMode: 'replace',
  })
  await watched.until('drained')
  const names = linesOf(watched).map((line) => line.slice(0, line.indexOf('=')))
  expect(names.toSorted()).toEqual(['A', 'BROOD_COOKIE', '__proto__'])
})

test('argv0, cwd and a shell command reach the process', async () => {
  const watched = launch(session, { command: 'echo "$0 $(pwd)" && echo two', shell: true, cwd: folder })
  await watched.until('drained')
  expect(linesOf(watched)).toEqual([expect.stringContaining(folder), 'two'])
  const named = launch(session, {
    command: 'sh',
    args: ['-c', 'tr "\\0" "\\n" < /proc/$$/cmdline | head -n 1'],
    argv0: 'other',
  })
  await named.until('drained')
  expect(linesOf(named)).toEqual(['other'])
})

test('output goes to files, which are appended to, and input comes from one', async () => {
  const [input, out] = [file('in', 'hello\n'), file('out', 'before\n')]
  const err = join(folder, 'new')
  const watched = launch(session, {
    ...sh('cat; echo err >&2'),
    stdin: { file: input },
    stdout: { file: out },
    stderr: { file: err },
  })
  await watched.until('exited')
  expect(readFileSync(out, 'utf8')).toBe('before\nhello\n')
  expect(readFileSync(err, 'utf8')).toBe('err\n')
})

test('a file that cannot be opened is a spawnFailed that names it', async () => {
  const path = join(folder, 'nowhere', 'out')
  const failure = await launch(session, { command: 'true', stdout: { file: path } }).until('spawnFailed')
  expect(failure).toMatchObject({ code: 'ERR_SPAWN_FAILED', errno: 'ENOENT', message: expect.stringContaining(path) })
})

test('a FIFO that nobody reads blocks neither this process nor the start', async () => {
  const fifo = join(folder, 'fifo')
  await launch(session, { command: 'mkfifo', args: [fifo] }).until('exited')
  const watched = launch(session, { ...sh('echo into the fifo'), stdout: { file: fifo } })
  expect(await watched.until('exited')).toMatchObject({ code: 0 })
})

const openDescriptors = (): number => readdirSync('/proc/self/fd').length

test('no descriptor is left open, after starts that succeed and starts that fail', async () => {
  const target = { file: join(folder, 'many') }
  await launch(session, { command: 'true', stdout: target, stderr: target }).until('swept')
  const before = openDescriptors()
  for (let i = 0; i < 50; i++) {
    const command = i % 2 === 0 ? 'true' : 'brood-no-such-command'
    await launch(session, { command, stdout: target, stderr: target }).until(i % 2 === 0 ? 'swept' : 'spawnFailed')
  }
  expect(openDescriptors()).toBe(before)
})

test('raw streams are untouched: what is read late is read whole', async () => {
  const watched = launch(session, {
    ...sh('read line; echo "got $line"; echo more; read rest'),
    stdin: 'raw',
    stdout: 'raw',
  })
  await watched.until('spawned')
  const { stdin, stdout } = watched.life
  // Several turns in which execa resumes what nobody has begun to read.
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(stdout?.readableFlowing).toBe(null)
  stdin?.write('hello\n')
  const first = new Promise((resolve) => stdout?.once('data', resolve))
  expect(String(await first)).toMatch(/^got hello\n/)
  stdin?.end('bye\n')
  await watched.until('exited')
  expect(watched.life.stderr).toBeUndefined()
})

test('bare execa, as the negative control, reads and drops what nobody has begun to read', async () => {
  const subprocess = execa('sleep', ['1000'], { buffer: false, reject: false, stdin: 'ignore' })
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(subprocess.nodeChildProcess.stdout?.readableFlowing).toBe(true)
  subprocess.kill('SIGKILL')
  await subprocess
})

test('raw output can be consumed as any stream of Node', async () => {
  const watched = launch(session, {
    ...sh('i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i+1)); done'),
    stdout: 'raw',
  })
  await watched.until('spawned')
  const { stdout } = watched.life
  const whole = stdout === undefined ? '' : await text(stdout)
  expect(whole.split('\n')).toHaveLength(2001)
})

test('a process that does not read its input never harms the host', async () => {
  const watched = launch(session, {
    ...sh('exec 0<&-; echo closed; read -r x < /dev/null; exec sleep 1000'),
    stdin: 'raw',
  })
  await watched.line(/closed/)
  const { stdin } = watched.life
  const failed = new Promise<Error | null | undefined>((resolve) => stdin?.write('nobody reads this', resolve))
  expect(await failed).toMatchObject({ code: 'EPIPE' })
  await watched.signal('SIGKILL')
  await watched.until('exited')
  stdin?.write('nor this')
  await watched.until('swept')
})

test('what a grandchild holds open is cut after the drain time, and no line comes after it', async () => {
  const watched = launch(session, {
    ...sh('echo one; printf half; setsid sh -c "echo pid \\$\\$; exec sleep 1000" & exit 0'),
    drainMs: 0,
  })
  // The sweep ends the holder, too; whichever comes first, the output is complete or cut, once.
  await Promise.all([watched.until('drained'), watched.until('swept')])
  const kinds = kindsOf(watched)
  expect(kinds.filter((kind) => kind === 'drained')).toHaveLength(1)
  expect(kinds.lastIndexOf('line')).toBeLessThan(kinds.indexOf('drained'))
  expect(linesOf(watched)[0]).toBe('one')
})

test('long output is complete, in pieces, with its last line', async () => {
  const watched = launch(session, sh('head -c 200000 /dev/zero | tr "\\0" x; echo; printf end'))
  await watched.until('drained')
  const lines = watched.seen.filter((each) => each.kind === 'line')
  expect(lines.map((line) => [line.text.length, line.truncated])).toEqual([
    [65_536, true],
    [65_536, true],
    [65_536, true],
    [200_000 - 3 * 65_536, false],
    [3, false],
  ])
})

test('a closed session starts nothing more', async () => {
  const closed = host.open({ treeId: 'closed', report: () => {} })
  closed.close()
  expect(await launch(closed, { command: 'true' }).until('spawnFailed')).toMatchObject({
    code: 'ERR_SUPERVISOR_STOPPED',
  })
})
