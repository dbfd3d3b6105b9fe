import { createWriteStream, readFileSync } from 'node:fs'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { pino } from 'pino'
import { concatMap, map, NEVER } from 'rxjs'
import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../src/index.ts'
import { expectNoLeaks } from './support/no-leaks.ts'
import { scratchFile } from './support/scratch.ts'
import { supervise } from './support/supervise.ts'
import { until } from './support/until.ts'
import { sh, zoo } from './support/zoo.ts'

expectNoLeaks()

/** A writer that keeps what it is given. */
function keeper(): { readonly writer: Writable; readonly lines: () => readonly string[] } {
  const chunks: Buffer[] = []
  const writer = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  return { writer, lines: () => Buffer.concat(chunks).toString().split('\n').slice(0, -1) }
}

/** A pino logger in memory. */
function memoryLogger() {
  const lines: Record<string, unknown>[] = []
  const logger = pino(
    { level: 'trace', customLevels: { audit: 35 } },
    { write: (text: string) => void lines.push(JSON.parse(text)) },
  )
  /** What the children said, without what brood says of them. */
  const said = () => lines.filter(({ source }) => source !== undefined)
  return { logger, said }
}

const numbers = Array.from({ length: 20_000 }, (_, index) => String(index + 1))
const atOnce = { type: 'permanent', backoff: { minMs: 0 }, limit: { restarts: 4, withinMs: 60_000 } } as const

test('20 runs of `seq 1 20000`: every line, once, in order, through lines$ and through the writer', async () => {
  for (let run = 0; run < 20; run++) {
    const { writer, lines: written } = keeper()
    const { supervisor, said } = supervise({
      children: [{ id: 'seq', command: 'seq', args: ['1', '20000'], oneShot: true, logWriter: writer }],
    })
    await supervisor.start()
    expect(said('seq')).toEqual(numbers)
    expect(written()).toEqual(numbers)
  }
})

test('a writer has both streams of every life, each in order, before the child is said to have stopped', async () => {
  const { writer, lines } = keeper()
  const { supervisor, at, event } = supervise({
    children: [
      {
        id: 'job',
        ...sh('echo out 1; echo err 1 >&2; echo out 2; echo err 2 >&2; exit 3'),
        restart: atOnce,
        logWriter: writer,
      },
    ],
  })
  const then: number[] = []
  at('child.stopped', () => then.push(lines().length))
  await supervisor.start()
  await event('child.stopped', 'job')
  expect(then).toEqual([20])
  for (const source of ['out', 'err']) {
    const own = lines().filter((line) => line.startsWith(source))
    expect(own).toEqual(Array.from({ length: 5 }, () => [`${source} 1`, `${source} 2`]).flat())
  }
})

test('a line over 64 KiB is put together again in the writer', async () => {
  const { writer, lines } = keeper()
  const { supervisor } = supervise({
    children: [{ id: 'job', ...zoo('long-line', 150_000), oneShot: true, logWriter: writer }],
  })
  await supervisor.start()
  expect(lines()).toEqual(['x'.repeat(150_000), 'end'])
})

test('a secret is redacted in the writer and the logger, also where it lies across two pieces of a line', async () => {
  const { writer, lines } = keeper()
  const { logger, said } = memoryLogger()
  const secret = 'hunter2-and-more'
  const { supervisor, lines: pushed } = supervise({
    logger,
    children: [
      {
        id: 'job',
        // The 65 536th byte of the line is in the middle of the secret.
        ...sh(
          `head -c 65528 /dev/zero | tr '\\0' x; printf '%s' "$1"; head -c 70000 /dev/zero | tr '\\0' y; echo`,
          secret,
        ),
        oneShot: true,
        secrets: [secret],
        log: true,
        logWriter: writer,
      },
    ],
  })
  await supervisor.start()
  const whole = `${'x'.repeat(65_528)}[redacted]${'y'.repeat(70_000)}`
  expect(lines()).toEqual([whole])
  expect(pushed.map(({ text }) => text).join('')).toBe(whole)
  expect(
    said()
      .map(({ msg }) => msg)
      .join(''),
  ).toBe(whole)
})

test('one writer of several children has whole lines only', async () => {
  const { writer, lines } = keeper()
  const names = ['a', 'b', 'c', 'd']
  const { supervisor } = supervise({
    children: names.map((id) => ({
      id,
      ...sh('i=0; while [ $i -lt 500 ]; do i=$((i+1)); echo "$1 out $i"; echo "$1 err $i" >&2; done', id),
      oneShot: true,
      logWriter: writer,
    })),
  })
  await supervisor.start()
  expect(lines()).toHaveLength(4_000)
  for (const name of names) {
    for (const source of ['out', 'err']) {
      const own = lines().filter((line) => line.startsWith(`${name} ${source} `))
      expect(own).toEqual(Array.from({ length: 500 }, (_, index) => `${name} ${source} ${index + 1}`))
    }
  }
  expect(writer.listenerCount('error')).toBe(1)
  await supervisor.stop()
  expect(['error', 'drain'].map((name) => writer.listenerCount(name))).toEqual([0, 0])
  expect(writer.writable).toBe(true)
})

test('a file has all of it, in order', async () => {
  const file = scratchFile()
  const writer = createWriteStream(file)
  const { supervisor } = supervise({
    children: [{ id: 'seq', command: 'seq', args: ['1', '20000'], oneShot: true, logWriter: writer }],
  })
  await supervisor.start()
  await supervisor.stop()
  writer.end()
  await finished(writer)
  expect(readFileSync(file, 'utf8')).toBe(`${numbers.join('\n')}\n`)
})

/** The failures that were recorded, of outputs of a child. */
const failures = (events: readonly RecordedEvent[]) =>
  events.flatMap(({ type, child, data }) => (type === 'subscriber.failed' ? [{ child, ...data }] : []))

const boom = new Error('boom')
const broken: readonly [string, () => Writable][] = [
  [
    'throws',
    () =>
      Object.assign(new Writable(), {
        write() {
          throw boom
        },
      }),
  ],
  ['fails', () => new Writable({ write: (_chunk, _encoding, done) => void setImmediate(() => done(boom)) })],
  ['was destroyed', () => new Writable().on('error', () => {}).destroy(boom)],
]

test.each(broken)('a writer that %s is told of once, and nobody else notices', async (_, make) => {
  const { writer: healthy, lines } = keeper()
  const { supervisor, events, event, said } = supervise({
    children: [
      { id: 'bad', ...sh('for i in 1 2 3; do echo $i; done; exit 1'), restart: atOnce, logWriter: make() },
      { id: 'good', ...sh('for i in 1 2 3; do echo $i; done; exit 1'), restart: atOnce, logWriter: healthy },
    ],
  })
  await supervisor.start()
  await Promise.all([event('child.stopped', 'bad'), event('child.stopped', 'good')])
  const all = Array.from({ length: 5 }, () => ['1', '2', '3']).flat()
  expect(said('bad')).toEqual(all)
  expect(said('good')).toEqual(all)
  expect(lines()).toEqual(all)
  expect(failures(events)).toEqual([{ child: 'bad', source: 'logWriter', message: 'boom' }])
})

test('a writer that never drains loses lines and says how many, and the child, the others and the stop are as ever', async () => {
  const given: Buffer[] = []
  const writer = new Writable({ write: (chunk: Buffer) => void given.push(chunk) })
  const count = 400_000
  const { supervisor, events, child, said } = supervise({
    children: [
      { id: 'flood', ...sh(`yes flood | head -n ${count}`), restart: 'temporary', logWriter: writer },
      { id: 'web', ...zoo('graceful') },
    ],
  })
  await supervisor.start()
  await child('flood').when('stopped')
  expect(child('flood').view.lastExit).toMatchObject({ code: 0 })
  expect(said('flood')).toHaveLength(count)
  const [first, last, ...more] = failures(events)
  expect(first).toMatchObject({
    child: 'flood',
    source: 'logWriter',
    message: expect.stringContaining('does not drain'),
  })
  const dropped = Number(/^(\d+) lines were dropped/.exec(last?.message ?? '')?.[1])
  // `flood` and its newline.
  expect(writer.writableLength).toBe((count - dropped) * 6)
  expect(writer.writableLength).toBeLessThan(1024 * 1024 + 65_536)
  expect(more).toEqual([])
  const stopped = events.findIndex(({ type, child: id }) => type === 'child.stopped' && id === 'flood')
  expect(
    events.findIndex(({ type, data }) => type === 'subscriber.failed' && data.message === last?.message),
  ).toBeLessThan(stopped)
  expect((await supervisor.stop()).children[1]).toMatchObject({ id: 'web', outcome: 'stopped', escalated: false })
})

test('a writer that takes its time has everything, and holds up no stop', async () => {
  const taken: string[] = []
  const writer = new Writable({
    highWaterMark: 64,
    write(chunk: Buffer, _encoding, done) {
      taken.push(chunk.toString())
      setImmediate(done)
    },
  })
  const { supervisor } = supervise({
    children: [{ id: 'seq', command: 'seq', args: ['1', '2000'], oneShot: true, logWriter: writer }],
  })
  await supervisor.start()
  await supervisor.stop()
  if (writer.writableLength > 0) await once(writer, 'drain')
  expect(taken.join('')).toBe(`${numbers.slice(0, 2_000).join('\n')}\n`)
})

test('`log: true` puts stdout at info and stderr at error of the logger, with the life and its pid beside the text', async () => {
  const { logger, said } = memoryLogger()
  const { supervisor, of } = supervise({
    logger,
    children: [
      { id: 'job', ...sh('echo "50% done"; echo oh no >&2'), oneShot: true, log: true },
      { id: 'quiet', ...sh('echo silent'), oneShot: true },
    ],
  })
  await supervisor.start()
  await supervisor.child('job')?.restart()
  const line = (level: number, source: string, msg: string) =>
    of('process.spawned', 'job').map(({ incarnation, data }) =>
      expect.objectContaining({
        level,
        msg,
        child: 'job',
        stream: '/job',
        source,
        incarnation,
        childPid: data.pid,
        pid: process.pid,
      }),
    )
  expect(said().filter(({ level }) => level === 30)).toEqual(line(30, 'stdout', '50% done'))
  expect(said().filter(({ level }) => level === 50)).toEqual(line(50, 'stderr', 'oh no'))
  expect(said()).toHaveLength(4)
})

test('a stream has a level of its own, a custom one too, or a logger of its own, or none', async () => {
  const [{ logger, said }, own] = [memoryLogger(), memoryLogger()]
  const { supervisor } = supervise({
    logger,
    children: [
      { id: 'levels', ...sh('echo out; echo err >&2'), oneShot: true, log: { stdout: 'audit', stderr: 'trace' } },
      { id: 'logger', ...sh('echo mine; echo err >&2'), oneShot: true, log: { stdout: own.logger, stderr: true } },
      { id: 'one', ...sh('echo out; echo err >&2'), oneShot: true, log: { stderr: true } },
      { id: 'none', ...sh('echo out; echo err >&2'), oneShot: true, log: false },
      { id: 'raw', ...sh('echo out; echo err >&2'), oneShot: true, stdio: 'raw', log: true },
      { id: 'in', kind: 'supervisor', children: [{ id: 'deep', ...sh('echo below'), oneShot: true, log: true }] },
    ],
  })
  await supervisor.start()
  const told = said().map(({ child, level, msg }) => `${String(child)} ${String(level)} ${String(msg)}`)
  expect(told.toSorted()).toEqual(
    ['deep 30 below', 'levels 10 err', 'levels 35 out', 'logger 50 err', 'one 50 err', 'raw 50 err'].toSorted(),
  )
  expect(own.said()).toEqual([
    expect.objectContaining({
      level: 30,
      msg: 'mine',
      child: 'logger',
      stream: '/logger',
      source: 'stdout',
      incarnation: 1,
      childPid: expect.any(Number),
    }),
  ])
})

test('without a logger `log: true` says nothing anywhere, and the lines are there all the same', async () => {
  const { supervisor, said, events } = supervise({
    children: [{ id: 'job', ...sh('echo out'), oneShot: true, log: true }],
  })
  await supervisor.start()
  expect(said('job')).toEqual(['out'])
  expect(failures(events)).toEqual([])
})

const rejects = async (): Promise<void> => Promise.reject(boom)

test('a logger that throws, or rejects, is told of once for its stream, and later lines are offered to it', async () => {
  const offered: string[] = []
  const info = (_fields: object, message = ''): void => {
    offered.push(message)
    throw boom
  }
  const { supervisor, events, said } = supervise({
    children: [
      {
        id: 'job',
        ...sh('for i in 1 2 3; do echo $i; echo $i >&2; done'),
        oneShot: true,
        log: { stdout: { info }, stderr: { error: rejects } },
      },
    ],
  })
  await supervisor.start()
  await until('both are told of', () => failures(events).length === 2)
  expect(offered).toEqual(['1', '2', '3'])
  expect(said('job')).toEqual(['1', '2', '3'])
  expect(failures(events)).toEqual(
    expect.arrayContaining([
      { child: 'job', source: 'log.stdout', message: 'boom' },
      { child: 'job', source: 'log.stderr', message: 'boom' },
    ]),
  )
})

test('a subscriber of lines$ that throws is recorded once, and neither the writer nor another subscriber notices', async () => {
  const { writer, lines } = keeper()
  const { supervisor, events, said } = supervise({
    children: [{ id: 'job', ...sh('for i in 1 2 3; do echo $i; done'), oneShot: true, logWriter: writer }],
  })
  let calls = 0
  supervisor.lines$.subscribe(() => {
    calls += 1
    throw boom
  })
  await supervisor.start()
  expect(calls).toBe(1)
  expect(said('job')).toEqual(['1', '2', '3'])
  expect(lines()).toEqual(['1', '2', '3'])
  expect(failures(events)).toEqual([{ child: 'root', source: 'lines$', message: 'boom' }])
})

test('a subscriber of lines$ that fails in its pipe, or never comes to an end, holds up nobody', async () => {
  const { supervisor, events, said } = supervise({
    children: [{ id: 'seq', command: 'seq', args: ['1', '20000'], oneShot: true }],
  })
  const begun: string[] = []
  supervisor.lines$
    .pipe(
      concatMap(({ text }) => {
        begun.push(text)
        return NEVER
      }),
    )
    .subscribe()
  supervisor.lines$
    .pipe(
      map(({ text }) => {
        if (text === '10') throw boom
        return text
      }),
    )
    .subscribe()
  await supervisor.start()
  expect(begun).toEqual(['1'])
  expect(said('seq')).toEqual(numbers)
  expect(failures(events)).toEqual([{ child: 'root', source: 'lines$', message: 'boom' }])
})
