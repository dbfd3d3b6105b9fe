import { expect, test } from 'vitest'
import { retainedEvents } from '../../../src/streams/retained-events.ts'

const span = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

test('an empty store begins at 1', () => {
  const events = retainedEvents<number>()
  expect([events.first, events.last, events.read(1, 10)]).toEqual([1, 0, []])
})

test('ranges are read across chunks, and never beyond what is there', () => {
  const events = retainedEvents<number>()
  for (const seq of span(1, 5000)) events.append(seq)
  expect(events.read(1, 5000)).toEqual(span(1, 5000))
  expect(events.read(1020, 10)).toEqual(span(1020, 1029))
  expect(events.read(1024, 2049)).toEqual(span(1024, 3072))
  expect(events.read(4999, 10)).toEqual([4999, 5000])
  expect(events.read(5001, 10)).toEqual([])
  expect(events.read(-5, 2)).toEqual([1, 2])
  expect(events.read(1, Infinity)).toHaveLength(5000)
})

test('dropping is exact, never brings anything back, and leaves the numbers alone', () => {
  const events = retainedEvents<number>()
  for (const seq of span(1, 3000)) events.append(seq)
  for (const cut of [1500, 1024, 1025, 2049, 3000]) {
    const first = Math.max(cut, events.first)
    events.dropBefore(cut)
    expect(events.first).toBe(first)
    expect(events.read(1, 10_000)).toEqual(span(first, 3000))
  }
  events.dropBefore(99_999)
  expect([events.first, events.last, events.read(1, 10)]).toEqual([3001, 3000, []])
  for (const seq of span(3001, 6000)) events.append(seq)
  expect(events.read(1, 10_000)).toEqual(span(3001, 6000))
})

test('everything can be dropped exactly at the end of a chunk', () => {
  const events = retainedEvents<number>()
  for (const seq of span(1, 2048)) events.append(seq)
  events.dropBefore(2049)
  events.append(2049)
  expect([events.first, events.read(1, 10)]).toEqual([2049, [2049]])
})
