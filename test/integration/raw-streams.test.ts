import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { Child, Incarnation } from '../../src/index.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { supervise } from './support/supervise.ts'
import { sh, zoo } from './support/zoo.ts'

expectNoLeaks()

const current = (child: Child): Incarnation => {
  if (child.incarnation === undefined) throw new Error('It has never lived')
  return child.incarnation
}

/** One line of a raw stream. */
async function nextLine(stream: Readable | undefined): Promise<string> {
  if (stream === undefined) throw new Error('There is no such stream')
  const [line] = (await once(createInterface({ input: stream }), 'line')) as [string]
  return line
}

test('raw stdin and stdout belong to the owner, byte for byte, and stderr stays lines', async () => {
  const { supervisor, child, lines } = supervise({
    children: [{ id: 'mcp', ...sh('echo hello >&2; exec cat'), stdio: 'raw' }],
  })
  await supervisor.start()
  const { stdin, stdout, stderr } = current(child('mcp'))
  expect(stderr).toBeUndefined()
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256))
  const read: Buffer[] = []
  stdout?.on('data', (chunk: Buffer) => read.push(chunk))
  stdin?.end(bytes)
  await current(child('mcp')).exited
  if (stdout?.readableEnded === false) await once(stdout, 'end')
  expect(Buffer.concat(read).equals(bytes)).toBe(true)
  expect(lines.map(({ source, text: line }) => [source, line])).toEqual([['stderr', 'hello']])
})

test('each incarnation has pipes of its own, and a new one is told at once', async () => {
  const { supervisor, child } = supervise({
    children: [
      { id: 'mcp', ...zoo('echoes-stdin'), stdio: 'raw', restart: { type: 'permanent', backoff: { minMs: 0 } } },
    ],
  })
  await supervisor.start()
  const echoes: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const exchange = async ({ number, pid, stdin, stdout }: Incarnation): Promise<void> => {
    stdin?.write(`to life ${number}\n`)
    echoes.push(await nextLine(stdout))
    if (number === 3) resolve()
    else process.kill(pid ?? 0, 'SIGKILL')
  }
  child('mcp').incarnations$.subscribe((incarnation) => {
    void exchange(incarnation)
  })
  await promise
  expect(echoes).toEqual(['to life 1', 'to life 2', 'to life 3'])
})

test('writing to a process that is dead harms nobody', async () => {
  const { supervisor, child, event } = supervise({
    children: [
      { id: 'mcp', ...zoo('echoes-stdin'), stdio: 'raw', restart: 'temporary' },
      { id: 'calm', ...zoo('sleeps') },
    ],
  })
  await supervisor.start()
  const { stdin, pid } = current(child('mcp'))
  process.kill(pid ?? 0, 'SIGKILL')
  // Before anybody can know, and long after.
  for (let n = 0; n < 100; n++) stdin?.write('into the void\n')
  await event('child.stopped', 'mcp')
  stdin?.write('hello?\n')
  stdin?.end('anybody?\n')
  await new Promise((resolve) => setImmediate(resolve))
  expect(child('calm').view.state).toBe('running')
})

test('a child that closes its stdin does not harm a writer', async () => {
  const { supervisor, child, line } = supervise({
    children: [{ id: 'deaf', ...sh('exec <&-; echo closed; exec sleep 300'), stdio: { stdin: 'raw' } }],
  })
  await supervisor.start()
  await line('deaf', /^closed$/)
  const { stdin } = current(child('deaf'))
  for (let n = 0; n < 100; n++) stdin?.write('x'.repeat(10_000))
  // Not `events.once`, which would itself reject with the EPIPE that nobody is to be harmed by.
  await new Promise<unknown>((resolve) => stdin?.on('close', resolve))
  expect(child('deaf').view.state).toBe('running')
})

test('the end of stdin can be what ends a child', async () => {
  const { supervisor, child } = supervise({
    children: [{ id: 'mcp', ...zoo('echoes-stdin'), stdio: 'raw', restart: 'temporary' }],
  })
  await supervisor.start()
  const life = current(child('mcp'))
  const output = text(life.stdout ?? Readable.from([]))
  life.stdin?.end('bye\n')
  expect(await life.exited).toMatchObject({ code: 0, expected: false })
  expect(await output).toBe('bye\n')
})

test('a raw stdout that nobody reads does not hold up a stop', async () => {
  const { supervisor, child } = supervise({
    children: [{ id: 'flood', ...zoo('floods'), stdio: { stdout: 'raw', stderr: 'raw' } }],
  })
  await supervisor.start()
  expect((await child('flood').stop()).children[0]).toMatchObject({ outcome: 'stopped', exit: { signal: 'SIGTERM' } })
})

test('late output of a dead incarnation comes from its own stream and from no other', async () => {
  const { supervisor, child } = supervise({
    children: [
      {
        id: 'mcp',
        ...sh('echo "reply of $BROOD_COOKIE"; exec sleep 300'),
        stdio: 'raw',
        restart: { type: 'permanent', backoff: { minMs: 0 } },
      },
    ],
  })
  await supervisor.start()
  const first = current(child('mcp'))
  expect(await nextLine(first.stdout)).toMatch(/:1$/)
  await child('mcp').restart()
  expect(await nextLine(current(child('mcp')).stdout)).toMatch(/:2$/)
  expect(current(child('mcp'))).not.toBe(first)
})
