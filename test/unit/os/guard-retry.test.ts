import { expect, test } from 'vitest'
import { retryGuard } from '../../../src/os/guard-retry.ts'

test('the first end of a guard is answered at once, the next ones ever more slowly, never slower than once a minute', () => {
  const delays = Array.from({ length: 14 }, (_, failures) => retryGuard(failures).delayMs)
  expect(delays.slice(0, 5)).toEqual([0, 100, 200, 400, 800])
  expect(delays.slice(-3)).toEqual([60_000, 60_000, 60_000])
  expect(delays).toEqual(delays.toSorted((a, b) => a - b))
})

test('after the longest pause was told nothing more is told, however long it goes on', () => {
  const told = Array.from({ length: 1_000 }, (_, failures) => retryGuard(failures)).filter((retry) => retry.told)
  expect(told.length).toBe(12)
  expect(told.at(-1)?.delayMs).toBe(60_000)
})

test('a habit of any length has a delay that a timer can keep', () => {
  expect(retryGuard(100_000).delayMs).toBe(60_000)
})
