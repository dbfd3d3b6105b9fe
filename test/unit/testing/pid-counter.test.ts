import { expect, test } from 'vitest'
import { createPidCounter } from '../../../src/testing/pid-counter.ts'

test('pids go up, come round, and pass by those in use', () => {
  const taken = new Set([11])
  const next = createPidCounter({ first: 10, last: 13 }, (pid) => taken.has(pid))
  expect([next(), next(), next(), next(), next()]).toEqual([10, 12, 13, 10, 12])
})

test('there is none when all are in use, and one again when one is freed', () => {
  const taken = new Set([10, 11])
  const next = createPidCounter({ first: 10, last: 11 }, (pid) => taken.has(pid))
  expect(next()).toBeUndefined()
  taken.delete(10)
  expect(next()).toBe(10)
})

test.each([
  { first: 1, last: 5 },
  { first: 5, last: 4 },
  { first: 2.5, last: 5 },
  { first: 10, last: Infinity },
])('a range from $first to $last is refused', (range) => {
  expect(() => createPidCounter(range, () => false)).toThrow(/Expected `pids` to be/)
})
