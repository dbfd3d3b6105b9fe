import { describe, expect, test } from 'vitest'
import { createSeededRandom } from '../../../src/testing/seeded-random.ts'

const draw = (seed: number, count: number): readonly number[] => {
  const random = createSeededRandom(seed)
  return Array.from({ length: count }, () => random.next())
}

test('the same seed repeats the same numbers and identifiers, another one does not', () => {
  expect(draw(7, 20)).toEqual(draw(7, 20))
  expect(draw(7, 20)).not.toEqual(draw(8, 20))
  expect(createSeededRandom(7).id()).toBe(createSeededRandom(7).id())
  expect(createSeededRandom(7).id()).not.toBe(createSeededRandom(8).id())
})

test('seeds mean the same for ever: a written-down seed repeats its run', () => {
  // What every mulberry32 yields for seed 1.
  expect(draw(1, 3).map((number) => Math.floor(number * 2 ** 32))).toEqual([2693262067, 11749833, 2265367787])
})

test('numbers lie in [0, 1) and fill it evenly', () => {
  const tenths = Array.from({ length: 10 }, () => 0)
  for (const number of draw(3, 10_000)) {
    expect(number).toBeGreaterThanOrEqual(0)
    expect(number).toBeLessThan(1)
    const tenth = Math.floor(number * 10)
    tenths[tenth] = (tenths[tenth] ?? 0) + 1
  }
  expect(Math.min(...tenths)).toBeGreaterThan(800)
  expect(Math.max(...tenths)).toBeLessThan(1_200)
})

test('identifiers are 16 hexadecimal digits, and drawing one moves no number', () => {
  const random = createSeededRandom(5)
  const ids = Array.from({ length: 1_000 }, () => random.id())
  expect(ids.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true)
  expect(new Set(ids).size).toBe(1_000)
  expect(random.next()).toBe(createSeededRandom(5).next())
})

describe('it refuses', () => {
  test.each([Number.NaN, 0.5, Infinity, 2 ** 53])('%s as a seed', (seed) => {
    expect(() => createSeededRandom(seed)).toThrow(/Expected `seed` to be a safe integer/)
  })
})
