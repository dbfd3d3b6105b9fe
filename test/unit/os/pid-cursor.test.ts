import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { pidMoment, wasNotGiven } from '../../../src/os/pid-cursor.ts'

const first = 300
const limit = 32_768
const numbers = limit - first
const moment = { last: 5_000, started: 70_000, alive: 100, limit }

test('over every stretch of less than half a round, a number is said to be given to nobody exactly where it was not', () => {
  const pid = fc.integer({ min: first, max: limit - 1 })
  fc.assert(
    fc.property(pid, fc.nat({ max: numbers / 2 - 101 }), pid, (last, given, asked) => {
      const to = { ...moment, last: first + ((last - first + given) % numbers), started: moment.started + given }
      const isGiven = (asked - last - 1 + numbers) % numbers < given
      expect(wasNotGiven(asked, { ...moment, last }, to)).toBe(!isGiven)
    }),
  )
})

test('where a whole round is possible nothing is proven, and whoever looked at the numbers alone would be wrong', () => {
  // All numbers but one were given; the kernel stands one short of where it stood.
  const round = { ...moment, last: moment.last - 1, started: moment.started + numbers - 1 }
  const once = { ...round, started: moment.started }
  expect(wasNotGiven(4_000, moment, round)).toBe(false)
  expect(wasNotGiven(6_000, { ...moment, last: 5_999 }, { ...round, last: 5_999 })).toBe(false)
  expect(wasNotGiven(6_000, { ...moment, last: 5_999 }, { ...once, last: 5_999 })).toBe(true)
})

test('where few numbers are free a round is short', () => {
  expect(wasNotGiven(400, moment, moment)).toBe(true)
  expect(wasNotGiven(400, moment, { ...moment, alive: 20_000 })).toBe(false)
  expect(wasNotGiven(350, { ...moment, limit: 400 }, { ...moment, limit: 400 })).toBe(false)
})

test.skipIf(process.platform !== 'linux')('the kernel tells', () => {
  const now = pidMoment()
  expect(now?.last).toBeGreaterThan(0)
  expect(now?.last).toBeLessThan(now?.limit ?? 0)
  expect(now?.started).toBeGreaterThan(0)
  expect(now?.alive).toBeGreaterThan(0)
})
