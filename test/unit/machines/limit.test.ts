import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordedLimit } from '../../../src/events/event.ts'
import { countWithin, recordLimit, remember } from '../../../src/machines/limit.ts'

test('what never ends is null in a log', () => {
  expect(recordLimit({ restarts: 5, withinMs: 300_000 })).toEqual({ restarts: 5, withinMs: 300_000 })
  expect(recordLimit({ restarts: Infinity, withinMs: Infinity })).toEqual({ restarts: null, withinMs: null })
  expect(recordLimit({ restarts: 0, withinMs: 0 })).toEqual({ restarts: 0, withinMs: 0 })
})

test('a window ends now and has lost what happened exactly its length ago', () => {
  const limit: RecordedLimit = { restarts: 5, withinMs: 100 }
  expect(countWithin([0, 50, 100], limit, 100)).toBe(2)
  expect(countWithin([0, 50, 100], limit, 99)).toBe(3)
  expect(countWithin([0, 50, 100], limit, 150)).toBe(1)
  expect(countWithin([], limit, 0)).toBe(0)
})

test('a window without an end holds everything', () => {
  expect(countWithin([0, 1e9], { restarts: 5, withinMs: null }, 2e12)).toBe(2)
})

test('a limit without a number remembers nothing: it can never be reached', () => {
  expect(remember([], { restarts: null, withinMs: 100 }, 5)).toEqual([])
})

const times = fc
  .array(fc.integer({ min: 0, max: 500 }), { maxLength: 40 })
  .map((list) => list.toSorted((a, b) => a - b))
const limits = fc.record({
  restarts: fc.integer({ min: 0, max: 6 }),
  withinMs: fc.option(fc.integer({ min: 0, max: 200 }), { nil: null }),
})

type Remember = typeof remember

/** Whether a limit that forgets by this rule ever judges otherwise than one that keeps everything. */
function judgesAlike(rule: Remember) {
  return fc.check(
    fc.property(times, limits, (moments, limit) => {
      let kept: readonly number[] = []
      const whole: number[] = []
      for (const now of moments) {
        expect(countWithin(kept, limit, now) >= limit.restarts).toBe(countWithin(whole, limit, now) >= limit.restarts)
        kept = rule(kept, limit, now)
        whole.push(now)
        expect(kept.length).toBeLessThanOrEqual(Math.max(limit.restarts, 1))
      }
    }),
  )
}

test('what is forgotten is never missed: a trimmed history refuses exactly when the whole one does', () => {
  const { failed, counterexample, seed } = judgesAlike(remember)
  expect({ failed, counterexample, seed }).toEqual({ failed: false, counterexample: null, seed })
})

test('one restart less to remember would be noticed', () => {
  expect(judgesAlike((history, limit, now) => remember(history, limit, now).slice(1)).failed).toBe(true)
})
