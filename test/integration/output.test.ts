import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { OutputLine } from '../../src/index.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { runHost } from './support/run-host.ts'
import { scratchDirectory, scratchFile } from './support/scratch.ts'
import { rejection, supervise } from './support/supervise.ts'
import { sh, whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

/** All the lines of a one-shot. */
async function linesOf(run: ReturnType<typeof sh>): Promise<readonly OutputLine[]> {
  const { supervisor, lines } = supervise({ children: [{ id: 'job', ...run, oneShot: true }] })
  await supervisor.start()
  return lines
}

const texts = (lines: readonly OutputLine[]): readonly string[] => lines.map(({ text }) => text)

test("every line arrives, in its stream's order, with its child, life and source", async () => {
  const lines = await linesOf(zoo('prints-lines', 300))
  const numbers = Array.from({ length: 300 }, (_, index) => index + 1)
  expect(texts(lines.filter(({ source }) => source === 'stdout'))).toEqual(numbers.map((n) => `out ${n}`))
  expect(texts(lines.filter(({ source }) => source === 'stderr'))).toEqual(numbers.map((n) => `err ${n}`))
  expect(lines[0]).toEqual({
    stream: '/job',
    child: 'job',
    incarnation: 1,
    source: expect.any(String),
    text: expect.any(String),
    at: expect.any(Number),
  })
})

test('a last line without a newline is a line, and nothing is none', async () => {
  expect(texts(await linesOf(zoo('last-line-without-newline')))).toEqual(['first', 'last'])
  expect(texts(await linesOf(sh('printf "one\\n\\nthree\\n"')))).toEqual(['one', '', 'three'])
  expect(await linesOf(sh(':'))).toEqual([])
})

test('lines end with LF or CRLF, never with a lone CR', async () => {
  expect(texts(await linesOf(sh('printf "dos\\r\\nbar 1\\rbar 2\\nend"')))).toEqual(['dos', 'bar 1\rbar 2', 'end'])
})

test('a character that arrives in pieces is one character, and bytes that are none are marked', async () => {
  // U+1F600 byte by byte, in writes of their own; then a lone continuation byte.
  const pieces = String.raw`for byte in 360 237 230 200; do printf "\\$byte"; sleep 0.01; done; printf ' \200!\n'`
  expect(texts(await linesOf(sh(pieces)))).toEqual(['😀 \uFFFD!'])
})

test('a line over 64 KiB comes in pieces, each but the last marked, and none of it is lost', async () => {
  const lines = await linesOf(zoo('long-line', 150_000))
  const end = lines.at(-1)
  const pieces = lines.slice(0, -1)
  expect(end).toMatchObject({ text: 'end' })
  expect(end).not.toHaveProperty('truncated')
  expect(pieces.length).toBeGreaterThan(1)
  expect(pieces.map(({ truncated }) => truncated ?? false)).toEqual(pieces.map((_, index) => index < pieces.length - 1))
  expect(texts(pieces).join('')).toBe('x'.repeat(150_000))
  for (const { text } of pieces) expect(text.length).toBeLessThanOrEqual(65_536)
})

test('what is not read by anybody does not stop a child that floods', async () => {
  const { supervisor, child } = supervise({
    children: [{ id: 'job', ...zoo('floods', 200_000), restart: 'temporary' }],
  })
  await supervisor.start()
  await child('job').when('stopped')
  expect(child('job').view.lastExit).toMatchObject({ code: 0 })
})

test('a child that floods for ever can be stopped', async () => {
  const { supervisor, child, line } = supervise({ children: [{ id: 'job', ...zoo('floods') }] })
  await supervisor.start()
  await line('job', /^flood$/)
  expect((await child('job').stop()).children[0]).toMatchObject({ outcome: 'stopped', escalated: false })
})

test('files are appended to, by one life after the other', async () => {
  const directory = scratchDirectory()
  const [out, err] = [join(directory, 'out.log'), join(directory, 'err.log')]
  writeFileSync(out, 'before\n')
  const { supervisor, child, lines } = supervise({
    children: [
      {
        id: 'job',
        ...sh('echo "to out"; echo "to err" >&2'),
        oneShot: true,
        stdio: { stdout: { file: out }, stderr: { file: err } },
      },
    ],
  })
  await supervisor.start()
  await child('job').restart()
  expect(readFileSync(out, 'utf8')).toBe('before\nto out\nto out\n')
  expect(readFileSync(err, 'utf8')).toBe('to err\nto err\n')
  expect(lines).toEqual([])
})

test('stdin from a file, stdout in lines and stderr ignored go together', async () => {
  const file = scratchFile()
  writeFileSync(file, 'from\nthe file\n')
  const { supervisor, lines } = supervise({
    children: [{ id: 'job', ...sh('cat; echo lost >&2'), oneShot: true, stdio: { stdin: { file }, stderr: 'ignore' } }],
  })
  await supervisor.start()
  expect(texts(lines)).toEqual(['from', 'the file'])
})

test('both outputs can share one file', async () => {
  const file = scratchFile()
  const { supervisor } = supervise({
    children: [{ id: 'job', ...zoo('prints-lines', 50), oneShot: true, stdio: { stdout: { file }, stderr: { file } } }],
  })
  await supervisor.start()
  const written = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(written).toEqual(
    Array.from({ length: 100 }, (_, index) => `${index % 2 === 0 ? 'out' : 'err'} ${Math.floor(index / 2) + 1}`),
  )
})

test('what is ignored is /dev/null, and stdin is ignored unless something else is said', async () => {
  expect(texts(await linesOf(sh('cat; readlink /proc/self/fd/0')))).toEqual(['/dev/null'])
  const file = scratchFile()
  const { supervisor, lines } = supervise({
    children: [
      {
        id: 'job',
        ...sh('for fd in 0 1 2; do readlink /proc/self/fd/$fd >>"$1"; done; echo lost; echo lost >&2', file),
        oneShot: true,
        stdio: 'ignore',
      },
    ],
  })
  await supervisor.start()
  expect(lines).toEqual([])
  // The first one reads its own stdout, which was redirected to the file: only the second is.
  expect(readFileSync(file, 'utf8').split('\n')).toEqual(['/dev/null', file, '/dev/null', ''])
})

test("an inherited stream is the host's own, and the host's stdout stays intact", async () => {
  const host = runHost('inherits')
  expect(await host.hears('child')).toMatchObject({ text: 'straight to stdout' })
  expect(await host.hears('done')).toMatchObject({ lines: ['by lines'] })
  expect(await host.exited).toEqual({ code: 0, signal: null })
})

test('the tail of stderr is its last 20 lines, in the view and in the error, and begins anew with each life', async () => {
  const { supervisor, child } = supervise({
    children: [
      {
        id: 'job',
        ...sh('i=0; while [ $i -lt 50 ]; do i=$((i+1)); echo "life $1 line $i" >&2; echo noise; done; exit 1'),
        ...whenReady,
        restart: 'temporary',
      },
    ],
  })
  const error = await rejection(supervisor.start())
  const expected = Array.from({ length: 20 }, (_, index) => `life  line ${index + 31}`).join('\n')
  expect(error).toMatchObject({ code: 'ERR_EXITED_BEFORE_READY', stderrTail: expected })
  expect(child('job').view.stderrTail).toBe(expected)
})

test('the tail of stderr is at most 4 KiB and cut between characters', async () => {
  const { supervisor, child } = supervise({
    children: [
      {
        id: 'job',
        ...sh('for i in 1 2 3; do head -c 1500 /dev/zero | sed "s/./€/g"; echo; done >&2; exit 1'),
        restart: 'temporary',
      },
    ],
  })
  await supervisor.start()
  await child('job').when('stopped')
  const { stderrTail = '' } = child('job').view
  expect(Buffer.byteLength(stderrTail)).toBeLessThanOrEqual(4_096)
  expect(Buffer.byteLength(stderrTail)).toBeGreaterThan(4_090)
  expect(stderrTail).toMatch(/^[€\n]+$/)
})
