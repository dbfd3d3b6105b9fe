import { expect, test } from 'vitest'
import { interleave } from '../../../bench/interleave.ts'
import { isReached } from '../../../bench/print-report.ts'
import { differences, figure, quotients } from '../../../bench/report.ts'
import { spreadOf } from '../../../bench/spread.ts'

test('a median is the middle value, or lies between the two middle ones', () => {
  expect(spreadOf([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9, count: 3 })
  expect(spreadOf([10, 2, 4, 1])).toEqual({ median: 3, min: 1, max: 10, count: 4 })
})

test('a figure without measurements reaches no target', () => {
  expect(isReached(figure('nothing', '', [], { atMost: 1 }))).toBe(false)
  expect(isReached(figure('nothing', '', [], { atLeast: 1 }))).toBe(false)
})

test('a target is judged by the median alone, and reached where it is met exactly', () => {
  expect(isReached(figure('ratio', '', [1.2, 9, 1], { atMost: 1.2 }))).toBe(true)
  expect(isReached(figure('ratio', '', [1.3, 9, 1], { atMost: 1.2 }))).toBe(false)
  expect(isReached(figure('rate', '/s', [50, 1, 99], { atLeast: 50 }))).toBe(true)
  expect(isReached(figure('rate', '/s', [50, 1, 99], { atLeast: 51 }))).toBe(false)
  expect(isReached(figure('raw', 'ms', [1]))).toBeUndefined()
})

test('peers are compared with what was measured in the same round', () => {
  expect(quotients([10, 30], [5, 10])).toEqual([2, 3])
  expect(differences([10, 30], [5, 10])).toEqual([5, 20])
})

test('contenders take turns, each one first in its turn', async () => {
  const turns: string[] = []
  const contender = (name: string) => async (): Promise<number> => turns.push(name)
  const measured = await interleave(3, { a: contender('a'), b: contender('b'), c: contender('c') })
  expect(turns.join('')).toBe('abcbcacab')
  expect(measured).toEqual({ a: [1, 6, 8], b: [2, 4, 9], c: [3, 5, 7] })
})
