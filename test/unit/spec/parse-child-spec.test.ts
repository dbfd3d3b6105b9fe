import { constants } from 'node:os'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isBroodError, type BroodError } from '../../../src/errors.ts'
import { normalizeChild } from '../../../src/spec/normalize-child.ts'
import { parseChildSpec } from '../../../src/spec/parse-child-spec.ts'

const context = { platformTether: true }
const web = { id: 'web', command: 'serve' }
const group = (children: readonly object[]) => ({ id: 'g', kind: 'supervisor', children })
const parse = (options: object) => parseChildSpec({ ...web, ...options }, context)

function refusal(json: unknown): BroodError {
  try {
    parseChildSpec(json, context)
  } catch (error) {
    if (isBroodError(error, 'ERR_INVALID_SPEC')) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test('a text and the value it holds give the spec that the options give', () => {
  const json = { ...web, args: ['-v'], env: { A: '1' }, after: { db: 'started' }, user: 'nobody' }
  expect(parseChildSpec(JSON.stringify(json), context)).toEqual(normalizeChild(json, context))
  expect(parseChildSpec(json, context)).toEqual(normalizeChild(json, context))
})

test.each(Object.keys(constants.signals))('the name %s is a signal', (name) => {
  expect(parse({ stop: { signal: name } }).stop.signal).toBe(name)
  expect(parse({ restart: { type: 'temporary', success: [name] } }).restart.success).toEqual([name])
})

test('Infinity and expressions are written, wherever they may stand', () => {
  const limit = { restarts: 'Infinity', withinMs: 'Infinity' }
  const written = {
    runTimeoutMs: 'Infinity',
    readyTimeoutMs: 'Infinity',
    stop: { killTimeoutMs: 'Infinity' },
    restart: { type: 'permanent', limit, resetAfterMs: 'Infinity' },
    ready: { line: { regex: 'up', flags: 'iu' } },
  }
  const meant = {
    ...web,
    runTimeoutMs: Infinity,
    readyTimeoutMs: Infinity,
    stop: { killTimeoutMs: Infinity },
    restart: { type: 'permanent', limit: { restarts: Infinity, withinMs: Infinity }, resetAfterMs: Infinity },
    ready: { line: /up/iu },
  }
  expect(parse(written)).toEqual(normalizeChild(meant, context))
  expect(parseChildSpec({ id: 'g', kind: 'supervisor', intensity: limit }, context)).toMatchObject({
    intensity: { restarts: Infinity, withinMs: Infinity },
  })
  // The other way round, each form refuses the other's words.
  expect(() => normalizeChild({ ...web, runTimeoutMs: 'Infinity' }, context)).toThrow(/`runTimeoutMs`/)
  expect(() => normalizeChild({ ...web, ready: { line: { regex: 'up' } } }, context)).toThrow(/`ready.line`/)
  expect(refusal({ ...web, ready: { line: /up/ } }).message).toBe(
    'Expected `ready.line` to be a non-empty string within one line, or an object with `regex`, got a regular expression',
  )
})

test.each([
  [
    { runTimeoutMs: 'infinity' },
    "Expected `runTimeoutMs` to be an integer >= 0 or 'Infinity', got 'infinity': did you mean 'Infinity'?",
  ],
  [{ runTimeoutMs: Infinity }, "Expected `runTimeoutMs` to be an integer >= 0 or 'Infinity', got Infinity"],
  [{ runTimeoutMs: -1 }, 'Expected `runTimeoutMs` to be an integer >= 0, got -1'],
  [{ stop: { splayMs: 'Infinity' } }, "Expected `stop.splayMs` to be an integer >= 0, got 'Infinity'"],
  [
    { ready: { line: { regex: '(' } } },
    "Expected `ready.line.regex` to be the source of a regular expression, got '('",
  ],
  [
    { ready: { line: { regex: '\\p{Nope}', flags: 'u' } } },
    "Expected `ready.line.regex` to be the source of a regular expression, got '\\\\p{Nope}'",
  ],
  [
    { ready: { line: { regex: 'x', flags: 'ii' } } },
    "Expected `ready.line.flags` to be a string of the flags d, g, i, m, s, u, v, y, each once, not both u and v, got 'ii'",
  ],
  [{ ready: { line: { regex: 'x', flag: 'i' } } }, 'Unknown option `flag` in `ready.line`: did you mean `flags`?'],
  [
    { restart: { type: 'permanent', onUnexpectedExit: () => true } },
    'Expected `restart.onUnexpectedExit` to be absent, since JSON holds no functions, got a function',
  ],
  [{ env: { A: null } }, 'Expected `env.A` to be a string, got null'],
])('%j is refused: in the words of the form', (options, message) => {
  expect(refusal({ ...web, ...options }).message).toBe(message)
})

test.each([
  ['', 'a blank text'],
  ['{"id": "web"', 'a syntax error in line 1, column 13'],
  ['{\n  "id": "web",\n}', 'a syntax error in line 3, column 1'],
  ['{"id": hunter2}', 'a text with a syntax error'],
  ['{"id": "web', 'a syntax error in line 1, column 12'],
  ['[1, ', 'a text that ends too early'],
])('the text %j is not JSON', (text, got) => {
  const error = refusal(text)
  expect(error.message).toBe(`Expected the child to be well-formed JSON, got ${got}`)
  expect(error.issues).toEqual([{ path: '', expected: 'well-formed JSON', got }])
  expect(error.message).not.toContain('hunter2')
})

test('JSON that is no child is refused like any other value', () => {
  for (const [text, got] of [
    ['null', 'null'],
    ['"web"', "'web'"],
    ['[{"id":"web"}]', 'an array of 1'],
  ] as const) {
    expect(refusal(text).issues).toEqual([{ path: '', expected: 'an object', got }])
  }
})

test('names that mean something to objects are names in a text, too', () => {
  const text = '{"id":"__proto__","command":"x","env":{"__proto__":"1"},"after":{"__proto__":"started"}}'
  const spec = parseChildSpec(text, context)
  expect(spec.after).toEqual([{ id: '__proto__', condition: 'started' }])
  expect(spec.kind === 'process' && Object.entries(spec.env)).toEqual([['__proto__', '1']])
  expect(refusal('{"id":"a","command":"x","__proto__":{}}').message).toMatch(/^Unknown option `__proto__`/)
})

test('nested supervisors are read to the bottom, and their faults are told with their path', () => {
  const child = { ...web, stop: { killTimeoutMs: 'Infinity' } }
  expect(parseChildSpec(group([group([child])]), context)).toMatchObject({
    children: [{ children: [{ stop: { killTimeoutMs: Infinity } }] }],
  })
  expect(refusal(group([group([{ ...child, stop: { killTimeoutMs: 'x' } }])])).issues).toEqual([
    { path: 'children[0].children[0].stop.killTimeoutMs', expected: "an integer >= 0 or 'Infinity'", got: "'x'" },
  ])
  expect(() => parseChildSpec(group([web, web]), context)).toThrow(
    expect.objectContaining({ code: 'ERR_CHILD_EXISTS' }),
  )
})

test('any text and any JSON value is parsed or refused, never crashed on', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.jsonValue()), (json) => {
      try {
        parseChildSpec(json, context)
      } catch (error) {
        if (!isBroodError(error, 'ERR_INVALID_SPEC')) throw error
      }
    }),
    { numRuns: 1_000 },
  )
})
