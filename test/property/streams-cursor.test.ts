import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Gap } from '../../src/events/event.ts'
import { readLog } from '../../src/streams/cursor.ts'
import type { ReadOptions } from '../../src/streams/read-options.ts'
import { manualTurns } from '../unit/streams/manual-turns.ts'
import { type Fact, testLog } from '../unit/streams/test-log.ts'

const types = fc.constantFrom('a', 'b', 'c')
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('publish' as const), types: fc.array(types, { minLength: 1, maxLength: 12 }) }),
    fc.record({ kind: fc.constant('trim' as const), by: fc.integer({ min: 1, max: 8 }) }),
    fc.record({ kind: fc.constant('read' as const), calls: fc.integer({ min: 1, max: 8 }) }),
    fc.record({ kind: fc.constant('turn' as const) }),
  ),
  { maxLength: 60 },
)
const readings = fc.record({
  before: fc.nat({ max: 20 }),
  from: fc.integer({ min: -1, max: 25 }),
  bufferSize: fc.integer({ min: 1, max: 10 }),
  overflow: fc.constantFrom('gap' as const, 'wait' as const),
  types: fc.option(fc.uniqueArray(types), { nil: undefined }),
  steps,
})
type Reading = typeof readings extends fc.Arbitrary<infer R> ? R : never

interface Told {
  readonly item: Fact | Gap
  /** The log as it was when the item was handed over. */
  readonly first: number
  readonly last: number
}

const readyJobs = () => new Promise((resolve) => void setImmediate(resolve))

/** Runs the steps beside one reader, ends the log, and reads what is left. */
async function perform(reading: Reading) {
  const turns = manualTurns()
  const source = testLog()
  if (reading.before > 0) source.publish(reading.before)
  const { from, bufferSize, overflow } = reading
  const options: ReadOptions = { from, bufferSize, overflow, ...(reading.types && { types: reading.types }) }
  const start = from <= 1 ? source.log.first : from
  const reader = readLog(source.log, turns.clock, options)[Symbol.asyncIterator]()
  const told: Told[] = []
  const { log } = source

  const read = async (): Promise<boolean> => {
    const result = await reader.next()
    if (result.done !== true) told.push({ item: result.value, first: log.first, last: log.last })
    return result.done !== true
  }
  const reads: Promise<boolean>[] = []
  for (const step of reading.steps) {
    if (step.kind === 'publish') source.publish(step.types.length, step.types)
    else if (step.kind === 'trim') source.trimBefore(log.first + step.by)
    else if (step.kind === 'turn') turns.turn()
    else for (let call = 0; call < step.calls; call += 1) reads.push(read())
    await readyJobs()
  }
  source.end()
  await Promise.all(reads)
  while (await read());
  return { told, start, log, listeners: source.listeners() }
}

test('what is told is the log from its start, in order, without a hole or a repetition', async () => {
  await fc.assert(
    fc.asyncProperty(readings, async (reading) => {
      const { told, start, log, listeners } = await perform(reading)
      const { types: wantedTypes, overflow, bufferSize } = reading
      let expected = start
      for (const { item, first, last } of told) {
        if ('seq' in item) {
          expect(item.seq).toBeGreaterThanOrEqual(expected)
          // Between two items there is only what was not wanted.
          if (wantedTypes === undefined) expect(item.seq).toBe(expected)
          else expect(wantedTypes).toContain(item.type)
          for (const skipped of log.read(expected, item.seq - expected)) {
            if (skipped.seq < item.seq) expect(wantedTypes).not.toContain(skipped.type)
          }
          expected = item.seq + 1
        } else {
          expect(item.missed).toBe(item.to - item.from + 1)
          expect(item.missed).toBeGreaterThan(0)
          if (wantedTypes === undefined) expect(item.from).toBe(expected)
          else expect(item.from).toBeGreaterThanOrEqual(expected)
          // Nothing is missed that is retained, unless the reader was behind: then the newest are left to it.
          expect(item.to).toBeLessThan(overflow === 'wait' ? first : Math.max(first, last - bufferSize + 1))
          expected = item.to + 1
        }
      }
      if (wantedTypes === undefined) expect(expected).toBe(Math.max(start, log.last + 1))
      else for (const { type } of log.read(expected, Infinity)) expect(wantedTypes).not.toContain(type)
      expect(listeners).toBe(0)
    }),
    { numRuns: 400 },
  )
})

test('control: a log whose readers are not told of what is published leaves them waiting', async () => {
  const source = testLog()
  const { clock } = manualTurns()
  const reader = readLog({ ...source.log, onChange: () => () => {} }, clock)[Symbol.asyncIterator]()
  let answered = false
  const waiting = reader.next().then(() => (answered = true))
  source.publish(1)
  await readyJobs()
  expect(answered).toBe(false)
  await reader.return?.()
  await waiting
})
