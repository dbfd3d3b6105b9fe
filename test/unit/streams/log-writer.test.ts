import { EventEmitter, once } from 'node:events'
import { PassThrough, Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { openLogWriter, type WriterSeat } from '../../../src/streams/log-writer.ts'

const mebibyte = 1024 * 1024

/** A writer that keeps what it is given. */
function keeper(): { readonly writer: Writable; readonly text: () => string } {
  const chunks: Buffer[] = []
  const writer = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  return { writer, text: () => Buffer.concat(chunks).toString() }
}

/** A writer that answers nothing until it is let go. */
function stuck(options: { readonly highWaterMark?: number } = {}) {
  const given: string[] = []
  let answer: (() => void) | undefined
  let free = false
  const writer = new Writable({
    ...options,
    write(chunk: Buffer, _encoding, done) {
      given.push(chunk.toString())
      if (free) done()
      else answer = done
    },
  })
  const letGo = (): void => {
    free = true
    answer?.()
  }
  return { writer, given, letGo }
}

/** What would have ended the host because of `run`. */
async function uncaught(run: () => unknown): Promise<readonly unknown[]> {
  const errors: unknown[] = []
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => errors.push(error))
  try {
    await run()
    await turn()
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const other of others) process.on('uncaughtException', other)
  }
  return errors
}

/** A seat, and what its user was told. */
function sit(writer: Writable): { readonly seat: WriterSeat; readonly told: string[] } {
  const told: string[] = []
  const seat = openLogWriter(writer, {
    failed: (message) => told.push(`failed: ${message}`),
    dropping: (message) => told.push(`dropping: ${message}`),
  })
  return { seat, told }
}

const listeners = (writer: Writable): readonly number[] =>
  ['error', 'drain', 'close'].map((name) => writer.listenerCount(name))

describe('lines', () => {
  test('of both streams are handed over at once, whole and in order, with a newline behind each', () => {
    const { writer, text } = keeper()
    const { seat } = sit(writer)
    seat.write('stdout', 'one', false)
    seat.write('stderr', 'zwei', false)
    seat.write('stdout', '', false)
    seat.write('stdout', 'ünï 😀', false)
    expect(text()).toBe('one\nzwei\n\nünï 😀\n')
  })

  test('that come in pieces are put together again', () => {
    const { writer, text } = keeper()
    const { seat } = sit(writer)
    for (const piece of ['a', 'b', 'c']) seat.write('stdout', piece, true)
    seat.write('stdout', 'd', false)
    seat.write('stdout', 'next', false)
    expect(text()).toBe('abcd\nnext\n')
  })

  test('are never glued to what another stream, or another child, writes in between', () => {
    const { writer, text } = keeper()
    const [web, db] = [sit(writer).seat, sit(writer).seat]
    web.write('stdout', 'long', true)
    web.write('stderr', 'oops', false)
    web.write('stdout', 'er', true)
    db.write('stdout', 'hello', true)
    web.write('stdout', 'end', false)
    db.write('stdout', ' world', false)
    expect(text()).toBe('long\noops\ner\nhello\nend\n world\n')
  })

  test('are UTF-8, whatever the writer takes for its default', () => {
    const { writer, text } = keeper()
    writer.setDefaultEncoding('latin1')
    sit(writer).seat.write('stdout', '€', false)
    expect(text()).toBe('€\n')
  })
})

describe('a writer that asks for a pause', () => {
  test('loses nothing while less than a mebibyte waits in it, and has all of it in order', async () => {
    const { writer, given, letGo } = stuck({ highWaterMark: 1 })
    const { seat, told } = sit(writer)
    const sent = Array.from({ length: 1_000 }, (_, index) => `${index} ${'x'.repeat(500)}`)
    for (const line of sent) seat.write('stdout', line, false)
    expect(writer.writableNeedDrain).toBe(true)
    const drained = once(writer, 'drain')
    letGo()
    await drained
    expect(given.join('')).toBe(`${sent.join('\n')}\n`)
    expect(told).toEqual([])
    expect(seat.takeDropped()).toBe(0)
  })

  test('and is never answered loses whole lines beyond that, is told of once, and holds no more', async () => {
    const { writer, given, letGo } = stuck()
    const { seat, told } = sit(writer)
    const line = 'x'.repeat(1_023)
    for (let index = 0; index < 5_000; index++) seat.write('stdout', line, false)
    expect(writer.writableLength).toBeGreaterThanOrEqual(mebibyte)
    expect(writer.writableLength).toBeLessThan(mebibyte + 2_048)
    expect(told).toEqual([`dropping: It does not drain: lines are dropped while ${mebibyte} bytes wait in it`])
    const dropped = seat.takeDropped()
    expect(dropped).toBe(5_000 - writer.writableLength / 1_024)
    expect(seat.takeDropped()).toBe(0)
    const drained = once(writer, 'drain')
    letGo()
    await drained
    seat.write('stdout', 'again', false)
    await turn()
    expect(given.join('').split('\n').slice(-2)).toEqual(['again', ''])
    expect(given.join('').split('\n').slice(0, -2)).toEqual(Array.from({ length: 5_000 - dropped }, () => line))
  })

  test('while a line comes in pieces loses the rest of it, counts it once, and has the next one by itself', async () => {
    const { writer, given, letGo } = stuck()
    const { seat } = sit(writer)
    const piece = 'y'.repeat(65_536)
    for (let index = 0; index < 40; index++) seat.write('stdout', piece, true)
    seat.write('stdout', 'end', false)
    expect(seat.takeDropped()).toBe(1)
    const drained = once(writer, 'drain')
    letGo()
    await drained
    seat.write('stdout', 'next', false)
    await turn()
    const [first, ...rest] = given.join('').split('\n')
    expect(first).toMatch(/^y+$/)
    expect(rest).toEqual(['next', ''])
  })

  test('only because its buffer is large is no reason to drop', () => {
    const { writer } = stuck({ highWaterMark: 8 * mebibyte })
    const { seat, told } = sit(writer)
    for (let index = 0; index < 4_000; index++) seat.write('stdout', 'x'.repeat(1_023), false)
    expect(told).toEqual([])
    expect(writer.writableLength).toBe(4_000 * 1_024)
  })

  test('and counts objects is measured by what it was handed', () => {
    const writer = new Writable({ objectMode: true, highWaterMark: 1, write: () => {} })
    const { seat, told } = sit(writer)
    for (let index = 0; index < 2_000; index++) seat.write('stdout', 'x'.repeat(1_023), false)
    expect(told).toHaveLength(1)
    expect(writer.writableLength).toBeLessThan(1_100)
  })

  test('holds back nobody else: each writer has its own measure', () => {
    const [slow, healthy] = [stuck(), keeper()]
    const [first, second] = [sit(slow.writer), sit(healthy.writer)]
    for (let index = 0; index < 3_000; index++) {
      first.seat.write('stdout', 'x'.repeat(1_023), false)
      second.seat.write('stdout', 'x', false)
    }
    expect(first.told).toHaveLength(1)
    expect(healthy.text()).toBe('x\n'.repeat(3_000))
  })
})

describe('a writer that fails', () => {
  const boom = new Error('boom')
  const failing: readonly [string, () => Writable, string][] = [
    [
      'throws',
      () => {
        const writer = new Writable()
        writer.write = () => {
          throw boom
        }
        return writer
      },
      'boom',
    ],
    ['answers with an error at once', () => new Writable({ write: (_chunk, _encoding, done) => done(boom) }), 'boom'],
    [
      'answers with an error later',
      () => new Writable({ write: (_chunk, _encoding, done) => void setImmediate(() => done(boom)) }),
      'boom',
    ],
    [
      'answers with an error and stays open',
      () => new Writable({ autoDestroy: false, write: (_chunk, _encoding, done) => done(boom) }),
      'boom',
    ],
    ['was ended', () => keeper().writer.end(), 'It was ended or closed'],
    ['was destroyed', () => keeper().writer.destroy(), 'It was ended or closed'],
    [
      'was destroyed with an error',
      () =>
        keeper()
          .writer.on('error', () => {})
          .destroy(boom),
      'boom',
    ],
    [
      'throws when it is looked at',
      () =>
        Object.defineProperty(keeper().writer, 'writable', {
          get() {
            throw boom
          },
        }),
      'boom',
    ],
  ]

  test.each(failing)('because it %s is told of once and given nothing more', async (_, make, message) => {
    const unhandled = await uncaught(async () => {
      const writer = make()
      const { seat, told } = sit(writer)
      for (let round = 0; round < 5; round++) {
        for (let index = 0; index < 10; index++) seat.write('stdout', 'line', false)
        await turn()
      }
      expect(told).toEqual([`failed: ${message}`])
      seat.leave()
      await turn()
      expect(writer.listenerCount('drain')).toBe(0)
    })
    expect(unhandled).toEqual([])
  })

  test('control: without a listener its error would be the end of the host', async () => {
    const unhandled = await uncaught(async () => {
      new Writable({ write: (_chunk, _encoding, done) => done(boom) }).write('x')
      await turn()
      await turn()
    })
    expect(unhandled).toEqual([boom])
  })

  test('is told of to each of its users, and stays unused for those that come later', async () => {
    const writer = new Writable({ write: (_chunk, _encoding, done) => done(boom) })
    const [web, db] = [sit(writer), sit(writer)]
    web.seat.write('stdout', 'line', false)
    await turn()
    expect([web.told, db.told]).toEqual([['failed: boom'], ['failed: boom']])
    const late = sit(writer)
    expect(late.told).toEqual([])
    late.seat.write('stdout', 'line', false)
    expect(late.told).toEqual(['failed: boom'])
  })

  test('only when nobody uses it any more is still no uncaught error', async () => {
    const answers: ((error: Error) => void)[] = []
    const writer = new Writable({ write: (_chunk, _encoding, done) => void answers.push(done) })
    const { seat, told } = sit(writer)
    seat.write('stdout', 'line', false)
    seat.leave()
    expect(listeners(writer)).toEqual([1, 1, 0])
    const unhandled = await uncaught(async () => {
      for (const answer of answers) answer(boom)
      await turn()
      await turn()
    })
    expect(unhandled).toEqual([])
    expect(told).toEqual(['failed: boom'])
    expect(listeners(writer)).toEqual([0, 0, 0])
  })

  test('ends nothing that its owner ended: what it still has is written', async () => {
    const { writer, given, letGo } = stuck()
    const { seat, told } = sit(writer)
    seat.write('stdout', 'one', false)
    seat.write('stdout', 'two', false)
    writer.end()
    seat.write('stdout', 'three', false)
    const finished = once(writer, 'finish')
    letGo()
    await finished
    expect(given.join('')).toBe('one\ntwo\n')
    expect(told).toEqual(['failed: It was ended or closed'])
  })
})

describe('the listeners at a writer', () => {
  test('are one of each however many use it, and none when they have left', async () => {
    const { writer } = keeper()
    const seats = Array.from({ length: 50 }, () => sit(writer).seat)
    for (const seat of seats) seat.write('stdout', 'x', false)
    expect(listeners(writer)).toEqual([1, 1, 0])
    await turn()
    for (const seat of seats.slice(1)) seat.leave()
    expect(listeners(writer)).toEqual([1, 1, 0])
    seats[0]?.leave()
    seats[0]?.leave()
    expect(listeners(writer)).toEqual([0, 0, 0])
    const again = sit(writer).seat
    expect(listeners(writer)).toEqual([1, 1, 0])
    again.leave()
    expect(listeners(writer)).toEqual([0, 0, 0])
    expect(writer.writable).toBe(true)
  })

  test('stay for errors until it has answered for what it was given', async () => {
    const { writer, letGo } = stuck()
    const { seat } = sit(writer)
    seat.write('stdout', 'x', false)
    seat.leave()
    expect(writer.listenerCount('error')).toBe(1)
    letGo()
    await turn()
    expect(listeners(writer)).toEqual([0, 0, 0])
  })

  test('do not keep what has left from being silent', () => {
    const { writer, text } = keeper()
    const { seat } = sit(writer)
    seat.leave()
    seat.write('stdout', 'late', false)
    expect(text()).toBe('')
  })
})

test('what only looks like a stream will do', () => {
  const written: unknown[] = []
  const writer = Object.assign(new EventEmitter(), { write: (text: string) => written.push(text) > 0 })
  const { seat, told } = sit(writer as unknown as Writable)
  for (let index = 0; index < 3; index++) seat.write('stdout', 'x', false)
  expect(written).toEqual(['x\n', 'x\n', 'x\n'])
  expect(told).toEqual([])
})

test('a PassThrough that nobody reads is one that does not drain, and has what it took when somebody does', async () => {
  const writer = new PassThrough()
  const { seat, told } = sit(writer)
  for (let index = 0; index < 3_000; index++) seat.write('stdout', 'x'.repeat(1_023), false)
  expect(told).toHaveLength(1)
  const kept = 3_000 - seat.takeDropped()
  writer.setEncoding('utf8')
  let length = 0
  writer.on('data', (text: string) => (length += text.length))
  await once(writer, 'drain')
  await turn()
  expect(length).toBe(kept * 1_024)
})
