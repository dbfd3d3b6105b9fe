import { Ajv2020 } from 'ajv/dist/2020.js'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isBroodError } from '../../../src/errors.ts'
import { childSpecJsonSchema } from '../../../src/spec/child-spec-json-schema.ts'
import { formatChildSpec } from '../../../src/spec/format-child-spec.ts'
import { parseChildSpec } from '../../../src/spec/parse-child-spec.ts'
import { childOptions } from './arbitrary-child.ts'

const context = { platformTether: true }
// Strict: a keyword that ajv does not know, or that has nothing to act on, is an error of the schema.
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(childSpecJsonSchema)

/** What a schema cannot say: rules between fields, of siblings, of a whole text. */
const beyond =
  /^('temporary' for a one-shot|false unless|[<>]= `m|empty with `shell|'std(out|err)', the only|on a stream that|'ignore' or a file|ids of siblings)/

/** A text that does not compile; that there is one, and that it is a text, a schema can say. */
const isBadSource = (expected: string, got: string): boolean =>
  expected === 'the source of a regular expression' && got.startsWith("'")

type Verdict = 'taken' | 'refused' | 'refused for what no schema can say'

function parsed(json: unknown): Verdict {
  try {
    parseChildSpec(json, context)
    return 'taken'
  } catch (error) {
    if (isBroodError(error, 'ERR_CHILD_EXISTS') || isBroodError(error, 'ERR_DEPENDENCY_CYCLE')) {
      return 'refused for what no schema can say'
    }
    if (!isBroodError(error, 'ERR_INVALID_SPEC')) throw error
    const unsayable = error.issues?.every(({ expected, got }) => beyond.test(expected) || isBadSource(expected, got))
    return unsayable === true ? 'refused for what no schema can say' : 'refused'
  }
}

const garbage = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom<unknown>(
    'Infinity',
    'SIGTERM',
    'lines',
    'a=b',
    'a\0b',
    '',
    ' ',
    '\uD800',
    -1,
    1.5,
    256,
    2 ** 31,
    1e20,
  ),
)

/** A value with one thing in it changed, somewhere. */
function spoilt(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null) return garbage
  const keys = Object.keys(value)
  const change = (key: string, changed: unknown): unknown => {
    const copy = Object.entries({ ...value, [key]: changed }).filter(([, member]) => member !== undefined)
    return Array.isArray(value) ? copy.map(([, member]) => member) : Object.fromEntries(copy)
  }
  const deeper = keys.map((key) => spoilt(Reflect.get(value, key)).map((member) => change(key, member)))
  const added = fc
    .tuple(fc.constantFrom('extra', 'kind', 'args', 'children', 'gid', 'file', 'regex', '__proto__'), garbage)
    .map(([key, member]) => Object.fromEntries([...Object.entries(value), [key, member]]))
  const removed = keys.map((key) => fc.constant(change(key, undefined)))
  return fc.oneof(garbage, added, ...removed, ...deeper)
}

test('every formatted spec is valid', () => {
  fc.assert(
    fc.property(childOptions, (options) => {
      const json = JSON.parse(JSON.stringify(formatChildSpec(options, context))) as unknown
      expect(validate(json), JSON.stringify(validate.errors)).toBe(true)
    }),
    { numRuns: 200 },
  )
})

test('schema and parse agree on specs with something wrong in them, but for what no schema can say', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(
      childOptions.map((options) => formatChildSpec(options, context)).chain((json) => spoilt(json)),
      (json) => {
        const verdict = parsed(json)
        const valid = validate(json)
        seen.add(`${valid} ${verdict}`)
        const told = `${verdict}, and the schema says ${JSON.stringify(validate.errors)}`
        expect(valid, told).toBe(verdict !== 'refused')
      },
    ),
    { numRuns: 1_000 },
  )
  // Otherwise the agreement would say nothing.
  expect(seen).toContain('true taken')
  expect(seen).toContain('false refused')
})

test.each([
  { command: 'x' },
  { id: '', command: 'x' },
  { id: 'a'.repeat(257), command: 'x' },
  { id: 'a', command: ' ' },
  { id: 'a', command: 'x', comand: 'x' },
  { id: 'a', command: 'x', stop: { kilTimeoutMs: 1 } },
  { id: 'a', command: 'x', ready: {} },
  { id: 'a', command: 'x', ready: { line: { flags: 'i' } } },
  { id: 'a', command: 'x', ready: { line: { regex: 'x', flags: 'uv' } } },
  { id: 'a', command: 'x', ready: { line: { regex: 'x', flags: 'ii' } } },
  { id: 'a', command: 'x', runTimeoutMs: null },
  { id: 'a', command: 'x', runTimeoutMs: 'infinity' },
  { id: 'a', command: 'x', stop: { signal: 'TERM' } },
  { id: 'a', command: 'x', reloadSignal: 'SIGKILL' },
  { id: 'a', command: 'x', restart: { type: 'permanent', onUnexpectedExit: true } },
  { id: 'a', command: 'x', env: { 'A=B': '1' } },
  { id: 'a', command: 'x', env: { A: 1 } },
  { id: 'a', command: 'x', after: { '': 'ready' } },
  { id: 'a', command: 'x', user: 'a:b' },
  { id: 'a', command: 'x', user: { gid: 1 } },
  { id: 'a', command: 'x', user: { uid: -1 } },
  { id: 'a', kind: 'supervisor', command: 'x' },
  { id: 'a', kind: 'supervisor', children: [{ id: 'b' }] },
  { id: 'a', kind: 'task' },
])('both refuse %j', (json) => {
  expect(validate(json)).toBe(false)
  expect(parsed(json)).toBe('refused')
})

test('nothing in it is left open: each schema says something', () => {
  const open: string[] = []
  const visit = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return
    const isSchema = /\/(properties|\$defs)\/[^/]+$|\/items$|anyOf\/\d+$|\/additionalProperties$/.test(path)
    if (isSchema && Object.keys(schema).length === 0) open.push(path)
    for (const [key, member] of Object.entries(schema)) visit(member, `${path}/${key}`)
  }
  visit(childSpecJsonSchema, '')
  expect(open).toEqual([])
  expect(childSpecJsonSchema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema')
})

test('what it cannot say is known: it counts the characters of an id, not its units', () => {
  const json = { id: '😀'.repeat(200), command: 'x' }
  expect(validate(json)).toBe(true)
  expect(parsed(json)).toBe('refused')
})
