import { Subject } from 'rxjs'
import { expect, test } from 'vitest'
import type { Gap } from '../../../src/events/event.ts'
import { readLog } from '../../../src/streams/cursor.ts'
import type { ReadOptions } from '../../../src/streams/read-options.ts'
import { manualTurns } from './manual-turns.ts'
import { type Fact, type TestLog, testLog } from './test-log.ts'

const turns = manualTurns()

function open(source: TestLog, options?: ReadOptions) {
  return readLog(source.log, turns.clock, options)[Symbol.asyncIterator]()
}

type Reader = ReturnType<typeof open>

const brief = (item: Fact | Gap): number | string => ('seq' in item ? item.seq : `${item.from}-${item.to}`)

async function take(reader: Reader, count: number): Promise<(number | string)[]> {
  const items: (number | string)[] = []
  for (let index = 0; index < count; index += 1) {
    const result = await reader.next()
    if (result.done === true) return [...items, 'end']
    items.push(brief(result.value))
  }
  return items
}

async function all(source: TestLog, options?: ReadOptions): Promise<(number | string)[]> {
  const items: (number | string)[] = []
  for await (const item of readLog(source.log, turns.clock, options)) items.push(brief(item))
  return items
}

/** Resolves to false when the promise is still undecided after all jobs that are ready have run. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  const mark = () => (done = true)
  promise.then(mark, mark)
  await new Promise((resolve) => void setImmediate(resolve))
  return done
}

test('what is retained is read from the beginning, and a read that is not live ends there', async () => {
  const source = testLog()
  source.publish(5)
  expect(await all(source, { live: false })).toEqual([1, 2, 3, 4, 5])
  expect(await all(source, { live: false, from: 3 })).toEqual([3, 4, 5])
  expect(await all(source, { live: false, from: 6 })).toEqual([])
  expect(await all(testLog(), { live: false })).toEqual([])
})

test('a read that is not live ends at the last recorded when it gets there', async () => {
  const source = testLog()
  source.publish(2)
  const reader = open(source, { live: false })
  expect(await take(reader, 1)).toEqual([1])
  source.publish(1)
  expect(await take(reader, 3)).toEqual([2, 3, 'end'])
  expect(source.listeners()).toBe(0)
})

test('a live read goes on with what is published, without a hole or a repetition, and ends with the log', async () => {
  const source = testLog()
  source.publish(2)
  const reading = all(source)
  source.publish(2)
  await settled(reading)
  source.publish(1)
  await settled(reading)
  source.publish(1)
  source.end()
  expect(await reading).toEqual([1, 2, 3, 4, 5, 6])
  expect(source.listeners()).toBe(0)
})

test('control: replaying a log and then subscribing leaves a hole', async () => {
  const source = testLog()
  const live = new Subject<number>()
  const publish = () => {
    source.publish(1)
    live.next(source.log.last)
  }
  publish()
  const seen: number[] = []
  for (const { seq } of source.log.read(1, 10)) seen.push(seq)
  // Any turn between the two is enough.
  await Promise.resolve()
  publish()
  live.subscribe((seq) => seen.push(seq))
  publish()
  expect(seen).toEqual([1, 3])
})

test('a reader may start in the future', async () => {
  const source = testLog()
  const reader = open(source, { from: 4 })
  const first = take(reader, 1)
  source.publish(3)
  expect(await settled(first)).toBe(false)
  source.publish(2)
  expect(await first).toEqual([4])
})

test('the first retained is where a reader begins by default; what was asked for and is gone is told', async () => {
  const source = testLog()
  source.publish(10)
  source.trimBefore(5)
  for (const from of [undefined, 1, 0, -3]) {
    const options = { live: false, ...(from !== undefined && { from }) }
    expect(await all(source, options)).toEqual([5, 6, 7, 8, 9, 10])
  }
  const reader = readLog(source.log, turns.clock, { from: 2, live: false })[Symbol.asyncIterator]()
  expect(await reader.next()).toEqual({ value: { type: 'gap', from: 2, to: 4, missed: 3 }, done: false })
  expect(await take(reader, 7)).toEqual([5, 6, 7, 8, 9, 10, 'end'])
})

test('retention that overtakes a reader is told, and to that reader alone', async () => {
  const source = testLog()
  const slow = open(source, { overflow: 'wait', bufferSize: 1 })
  const quick = open(source)
  source.publish(3)
  expect(await take(slow, 1)).toEqual([1])
  expect(await take(quick, 3)).toEqual([1, 2, 3])
  source.publish(5)
  source.trimBefore(6)
  expect(await take(slow, 3)).toEqual(['2-5', 6, 7])
  expect(await take(quick, 3)).toEqual(['4-5', 6, 7])
})

test('a burst longer than the buffer is no overflow for a reader that keeps up', async () => {
  const source = testLog()
  const reader = open(source, { bufferSize: 2 })
  const reading = take(reader, 50)
  source.publish(50)
  const items = await reading
  turns.turn()
  source.publish(1)
  expect([...items, ...(await take(reader, 1))]).toEqual(Array.from({ length: 51 }, (_, index) => index + 1))
})

test('a reader that is behind after a turn skips to the newest, and is told once of all it missed', async () => {
  const source = testLog()
  const reader = open(source, { bufferSize: 3 })
  source.publish(1)
  expect(await take(reader, 1)).toEqual([1])
  source.publish(5)
  turns.turn()
  source.publish(4)
  turns.turn()
  source.publish(2)
  expect(await take(reader, 6)).toEqual(['2-7', 8, 9, 10, 11, 12])
})

test('a reader that fits into its buffer when it is judged is not behind', async () => {
  for (const overflow of ['gap', 'error'] as const) {
    const source = testLog()
    const reader = open(source, { bufferSize: 3, overflow })
    source.publish(4)
    expect(await take(reader, 1)).toEqual([1])
    turns.turn()
    expect(await take(reader, 3)).toEqual([2, 3, 4])
  }
})

test('with `error`, a reader that is behind is rejected, and that is its end', async () => {
  const source = testLog()
  const reader = open(source, { bufferSize: 3, overflow: 'error' })
  source.publish(4)
  turns.turn()
  expect(source.listeners()).toBe(0)
  await expect(reader.next()).rejects.toMatchObject({
    code: 'ERR_SLOW_SUBSCRIBER',
    message: 'The reader has 4 events unread, more than its `bufferSize` of 3.',
  })
  expect(await take(reader, 1)).toEqual(['end'])
})

test('with `wait`, a reader lags without being judged', async () => {
  const source = testLog()
  const reader = open(source, { bufferSize: 1, overflow: 'wait' })
  source.publish(100)
  expect(turns.pending()).toBe(0)
  expect(await take(reader, 100)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
})

test('catching up is never overflow, however much is published meanwhile', async () => {
  for (const overflow of ['gap', 'error'] as const) {
    const source = testLog()
    source.publish(21)
    const reader = open(source, { bufferSize: 4, overflow })
    const items: (number | string)[] = []
    for (let round = 0; round < 20; round += 1) {
      items.push(...(await take(reader, 2)))
      source.publish(1)
      turns.turn()
    }
    expect(items).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
    expect(await take(reader, 1)).toEqual([41])
    // It has caught up: from now on it can fall behind.
    source.publish(5)
    turns.turn()
    const next = take(reader, 1)
    await (overflow === 'gap'
      ? expect(next).resolves.toEqual(['42-42'])
      : expect(next).rejects.toThrow('more than its `bufferSize` of 4'))
  }
})

test('a reader that stands still is judged once per turn at most, and costs nobody anything', async () => {
  const source = testLog()
  const reader = open(source, { bufferSize: 1 })
  for (let index = 0; index < 1000; index += 1) source.publish(1)
  expect(turns.pending()).toBe(1)
  turns.turn()
  expect(turns.pending()).toBe(0)
  expect(await take(reader, 2)).toEqual(['1-999', 1000])
})

test('only the wanted types are read, and gaps all the same', async () => {
  const source = testLog()
  source.publish(600, ['a', 'b', 'c'])
  const wanted = (await all(source, { live: false, types: ['b'] })) as number[]
  expect(wanted).toHaveLength(200)
  expect(wanted.every((seq) => seq % 3 === 2)).toBe(true)
  source.trimBefore(301)
  expect(await all(source, { live: false, from: 300, types: ['none'] })).toEqual(['300-300'])

  const reader = open(source, { types: ['rare'], bufferSize: 2 })
  const rare = take(reader, 1)
  source.publish(50)
  turns.turn()
  source.publish(1, ['rare'])
  expect(await rare).toEqual([651])
})

test('calls of `next` are answered in their order, also several at once', async () => {
  const source = testLog()
  const reader = open(source)
  const calls = Promise.all(Array.from({ length: 5 }, () => reader.next()))
  source.publish(2)
  source.publish(1)
  source.end()
  const results = await calls
  expect(results.map((result) => (result.done === true ? 'end' : brief(result.value)))).toEqual([1, 2, 3, 'end', 'end'])
})

test('each iteration is a reader of its own', async () => {
  const source = testLog()
  source.publish(2)
  const events = readLog(source.log, turns.clock, { live: false })
  const seen: (number | string)[] = []
  for await (const a of events) for await (const b of events) seen.push(`${brief(a)}${brief(b)}`)
  expect(seen).toEqual(['11', '12', '21', '22'])
})

test('leaving a loop, returning and ending release everything', async () => {
  const source = testLog()
  source.publish(1)
  const { signal } = new AbortController()
  for await (const item of readLog(source.log, turns.clock, { signal })) {
    expect(brief(item)).toBe(1)
    expect(source.listeners()).toBe(1)
    break
  }
  expect(source.listeners()).toBe(0)

  const reader = open(source, { from: 2, bufferSize: 1 })
  const waiting = [reader.next(), reader.next()]
  expect(await reader.return?.()).toEqual({ value: undefined, done: true })
  expect(await Promise.all(waiting)).toEqual([
    { value: undefined, done: true },
    { value: undefined, done: true },
  ])
  expect(await take(reader, 1)).toEqual(['end'])

  // Also when a judgement was due, which cannot be called off.
  const judged = open(source, { from: 2, bufferSize: 1, overflow: 'error' })
  source.publish(5)
  await judged.return?.()
  turns.turn()
  expect(await take(judged, 1)).toEqual(['end'])
  expect(source.listeners()).toBe(0)
})

test('an abort rejects the waiting call, or else the next one, once', async () => {
  const source = testLog()
  source.publish(2)
  const controller = new AbortController()
  const reason = new Error('enough')
  const waiting = open(source, { from: 3, signal: controller.signal })
  const reading = open(source, { signal: controller.signal })
  const pending = waiting.next()
  expect(await take(reading, 1)).toEqual([1])
  controller.abort(reason)
  expect(source.listeners()).toBe(0)
  await expect(pending).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: reason })
  expect(await take(waiting, 1)).toEqual(['end'])
  await expect(reading.next()).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  expect(await take(reading, 1)).toEqual(['end'])

  const early = open(source, { signal: controller.signal })
  await expect(early.next()).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  expect(source.listeners()).toBe(0)
})

test('a failure that nobody waited for is forgotten by `return`', async () => {
  const source = testLog()
  const controller = new AbortController()
  const reader = open(source, { signal: controller.signal })
  controller.abort()
  await reader.return?.()
  expect(await take(reader, 1)).toEqual(['end'])
})

test('a log that cannot be read rejects its reader, and the publisher sees nothing of it', async () => {
  const source = testLog()
  const damage = new Error('damaged')
  const log = {
    ...source.log,
    first: 1,
    last: 1,
    ended: false,
    read: () => {
      throw damage
    },
  }
  const reader = readLog(log, turns.clock)[Symbol.asyncIterator]()
  await expect(reader.next()).rejects.toBe(damage)
  expect(source.listeners()).toBe(0)
  expect(await reader.next()).toEqual({ value: undefined, done: true })
})

test('a misspelt or impossible option is refused at the call', () => {
  const source = testLog()
  const refusals: [unknown, string][] = [
    [
      { form: 1 },
      'Expected an option to be one of `from`, `live`, `bufferSize`, `overflow`, `signal`, `types`, got `form`.',
    ],
    [null, 'Expected `options` to be an object, got null.'],
    [{ from: 1.5 }, 'Expected `from` to be an integer, got 1.5.'],
    [{ from: '1' }, "Expected `from` to be an integer, got '1'."],
    [{ live: 'yes' }, "Expected `live` to be a boolean, got 'yes'."],
    [{ bufferSize: 0 }, 'Expected `bufferSize` to be an integer >= 1, got 0.'],
    [{ overflow: 'drop' }, "Expected `overflow` to be 'gap', 'error' or 'wait', got 'drop'."],
    [{ types: 'process.exited' }, "Expected `types` to be an array of strings, got 'process.exited'."],
    [{ types: [1] }, 'Expected `types` to be an array of strings, got [ 1 ].'],
    [{ signal: {} }, 'Expected `signal` to be an AbortSignal, got {}.'],
  ]
  for (const [options, message] of refusals) {
    expect(() => readLog(source.log, turns.clock, options as ReadOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_SPEC', message }),
    )
  }
  const unset = { from: undefined, types: undefined } as unknown as ReadOptions
  expect(() => readLog(source.log, turns.clock, unset)).not.toThrow()
  expect(source.listeners()).toBe(0)
})
