import { expect, test } from 'vitest'
import { isBroodError, type BroodError } from '../../../src/errors.ts'
import type { Strategy } from '../../../src/events/event.ts'
import { checkSiblings } from '../../../src/spec/check-children.ts'
import { findCycle } from '../../../src/spec/find-cycle.ts'
import { normalizeChild } from '../../../src/spec/normalize-child.ts'

const child = (id: string, ...after: string[]) => normalizeChild({ id, command: 'x', after }, { platformTether: true })

function refusal(...args: Parameters<typeof checkSiblings>): BroodError {
  try {
    checkSiblings(...args)
  } catch (error) {
    if (isBroodError(error)) return error
    throw error
  }
  throw new TypeError('nothing was refused')
}

test('siblings in any order are fine where nothing goes round', () => {
  checkSiblings([], [], 'one-for-one')
  checkSiblings([child('c', 'b', 'a'), child('b', 'a'), child('a')], [], 'one-for-all')
  checkSiblings([child('c', 'a')], [child('a'), child('b', 'a')], 'rest-for-one')
})

test('an id that is taken is refused with the child', () => {
  expect(refusal([child('a'), child('a')], [], 'one-for-one')).toMatchObject({ code: 'ERR_CHILD_EXISTS', child: 'a' })
  expect(refusal([child('b'), child('a')], [child('a')], 'one-for-one')).toMatchObject({
    code: 'ERR_CHILD_EXISTS',
    child: 'a',
    message: "Expected ids to be unique among siblings, got 'a' twice",
  })
})

test('ids that mean something to objects are only ids', () => {
  checkSiblings([child('constructor'), child('__proto__', 'constructor')], [], 'one-for-one')
  expect(refusal([child('a', '__proto__')], [], 'one-for-one').code).toBe('ERR_INVALID_SPEC')
  expect(refusal([child('__proto__'), child('__proto__')], [], 'one-for-one').code).toBe('ERR_CHILD_EXISTS')
})

test('unknown ids in `after` are all told, the first with the nearest name', () => {
  const error = refusal([child('api', 'dbb', 'nowhere'), child('db'), child('x', 'y')], [], 'one-for-one')
  expect(error).toMatchObject({
    code: 'ERR_INVALID_SPEC',
    child: 'api',
    message: "Expected `after` of 'api' to hold ids of siblings, got 'dbb': did you mean 'db'? (and 2 more)",
  })
  expect(error.issues?.map(({ got }) => got)).toEqual(["'dbb'", "'nowhere'", "'y'"])
  expect(refusal([child('a'), child('api', 'b')], [], 'one-for-one', 'children').issues).toEqual([
    { path: 'children[1].after', expected: 'ids of siblings', got: "'b'" },
  ])
})

test('a dependency of an existing child on a removed one is nobody else’s mistake', () => {
  checkSiblings([child('new', 'old')], [child('old', 'removed')], 'one-for-one')
})

test.each<[string, string[][], string]>([
  ['itself', [['a', 'a']], 'a → a'],
  [
    'each other',
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
    'a → b → a',
  ],
  [
    'a longer way round',
    [
      ['x', 'c'],
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
    ],
    'a → b → c → a',
  ],
  ['behind a sound beginning', [['first'], ['c', 'first', 'd'], ['d', 'c']], 'c → d → c'],
])('a cycle is named in order: %s', (_, children, cycle) => {
  const specs = children.map(([id = '', ...after]) => child(id, ...after))
  const error = refusal(specs, [], 'one-for-one')
  expect(error).toMatchObject({ code: 'ERR_DEPENDENCY_CYCLE', child: cycle[0] })
  expect(error.message).toBe(`Expected \`after\` to have no cycle, got ${cycle}`)
})

test('with rest-for-one a child waits for its left neighbour, so that it cannot wait for one to its right', () => {
  const specs = [child('a', 'c'), child('b'), child('c')]
  expect(refusal(specs, [], 'rest-for-one').message).toContain('a → c → b → a')
  for (const strategy of ['one-for-one', 'one-for-all'] satisfies Strategy[]) checkSiblings(specs, [], strategy)
  checkSiblings(specs.toReversed(), [], 'rest-for-one')
})

test('a cycle through existing children is found', () => {
  expect(refusal([child('b', 'a')], [child('a', 'b')], 'one-for-one').message).toContain('a → b → a')
})

test('a chain of 10 000 is checked, and a cycle of 10 000 is named in a message of bearable length', () => {
  const chain = Array.from({ length: 10_000 }, (_, index) =>
    child(`c${index}`, ...(index > 0 ? [`c${index - 1}`] : [])),
  )
  for (const strategy of ['one-for-one', 'rest-for-one'] satisfies Strategy[]) checkSiblings(chain, [], strategy)
  checkSiblings(chain.toReversed(), [], 'one-for-one')
  const { code, message } = refusal([child('c0', 'c9999'), ...chain.slice(1)], [], 'one-for-one')
  expect(code).toBe('ERR_DEPENDENCY_CYCLE')
  expect(message).toMatch(/got c0 → c9999 → .* → … 9989 more … → c0$/)
  expect(message.length).toBeLessThan(300)
})

test('a graph with many ways to the same node is walked once, not way by way', () => {
  const layers = Array.from({ length: 2_000 }, (_, layer) => [2 * layer + 2, 2 * layer + 3])
  expect(findCycle(4_002, (node) => layers[Math.floor(node / 2)] ?? [])).toBeUndefined()
})

test('a walk by recursion would not survive a chain that is long enough', () => {
  const size = 200_000
  const next = (node: number): readonly number[] => (node + 1 < size ? [node + 1] : [])
  expect(findCycle(size, next)).toBeUndefined()
  const recursive = (node: number): void => next(node).forEach((following) => recursive(following))
  expect(() => recursive(0)).toThrow(RangeError)
})
