import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffDelay } from '../../../src/machines/backoff.ts'

const backoffs = fc
  .tuple(
    fc.integer({ min: 0, max: 100_000 }),
    fc.integer({ min: 0, max: 1_000_000 }),
    fc.double({ min: 1, max: 10, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map(([minMs, extraMs, factor, jitter]) => ({ minMs, maxMs: minMs + extraMs, factor, jitter }))

const attempts = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 1e9 }))
const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test.each([
  [0, 0, 1_000],
  [1, 0, 2_000],
  [2, 0, 4_000],
  [5, 0, 32_000],
  [6, 0, 60_000],
  [7, 0, 60_000],
  [1e9, 0, 60_000],
  [0, 0.5, 750],
  [6, 0.999_999, 30_000],
])('the default backoff before attempt %i with r = %d is %i ms', (attempt, r, delayMs) => {
  expect(backoffDelay({ minMs: 1_000, maxMs: 60_000, factor: 2, jitter: 0.5 }, attempt, r)).toBe(delayMs)
})

test('it is min(maxMs, minMs · factor^attempt), less the share of jitter that chance takes, rounded', () => {
  fc.assert(
    fc.property(backoffs, fc.integer({ min: 0, max: 20 }), draws, (backoff, attempt, r) => {
      const { minMs, maxMs, factor, jitter } = backoff
      const formula = Math.round(Math.min(maxMs, minMs * factor ** attempt) * (1 - jitter * r))
      expect(backoffDelay(backoff, attempt, r)).toBe(formula)
    }),
  )
})

test('it is a whole number of milliseconds between what jitter leaves of minMs and maxMs, however often it failed', () => {
  fc.assert(
    fc.property(backoffs, attempts, draws, (backoff, attempt, r) => {
      const delay = backoffDelay(backoff, attempt, r)
      expect(Number.isInteger(delay)).toBe(true)
      expect(delay).toBeLessThanOrEqual(backoff.maxMs)
      expect(delay).toBeGreaterThanOrEqual(Math.floor(backoff.minMs * (1 - backoff.jitter)))
    }),
  )
})

test('it never shrinks from one attempt to the next', () => {
  fc.assert(
    fc.property(backoffs, attempts, draws, (backoff, attempt, r) => {
      expect(backoffDelay(backoff, attempt + 1, r)).toBeGreaterThanOrEqual(backoffDelay(backoff, attempt, r))
    }),
  )
})

test('no delay stays no delay when its growth overflows', () => {
  // 0 × Infinity is NaN, which Node's timers would take for "at once", and a log for null.
  expect(Number('0') * 2 ** 5_000).toBeNaN()
  expect(backoffDelay({ minMs: 0, maxMs: 60_000, factor: 2, jitter: 0.5 }, 5_000, 0.3)).toBe(0)
})
