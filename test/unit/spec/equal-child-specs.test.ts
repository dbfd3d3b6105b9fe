import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { equalChildSpecs } from '../../../src/spec/equal-child-specs.ts'
import { formatChildSpec } from '../../../src/spec/format-child-spec.ts'
import { normalizeChild } from '../../../src/spec/normalize-child.ts'
import { parseChildSpec } from '../../../src/spec/parse-child-spec.ts'
import { childOptions } from './arbitrary-child.ts'

const context = { platformTether: true }
const equal = (a: object, b: object) =>
  equalChildSpecs({ id: 'web', command: 'serve', ...a }, { id: 'web', command: 'serve', ...b }, context)
const answer = () => true
const twin = () => true
const asked = (onUnexpectedExit: () => boolean) => ({ restart: { type: 'permanent', onUnexpectedExit } })
const group = (children: readonly object[]) => ({ id: 'web', kind: 'supervisor', children })

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => reversed(item))
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return value
  const entries = Object.entries(value).map(([key, member]) => [key, reversed(member)])
  return Object.fromEntries(entries.toReversed())
}

test('a spec equals its options, itself read back, and its options in another order', () => {
  fc.assert(
    fc.property(childOptions, (options) => {
      const spec = normalizeChild(options, context)
      expect(equalChildSpecs(spec, options, context)).toBe(true)
      expect(equalChildSpecs(parseChildSpec(formatChildSpec(spec, context), context), spec, context)).toBe(true)
      expect(equalChildSpecs(reversed(options), options, context)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('two specs are equal exactly if they are written alike', () => {
  fc.assert(
    fc.property(childOptions, childOptions, (a, b) => {
      const [one, other] = [formatChildSpec(a, context), formatChildSpec(b, context)]
      const alike = equalChildSpecs(a, b, context)
      expect(equalChildSpecs(b, a, context)).toBe(alike)
      if (JSON.stringify(one) === JSON.stringify(other)) expect(alike).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test.each([
  [{}, { restart: 'permanent', args: [], env: {}, stop: {}, stdio: 'lines', lifetime: 'tethered', user: undefined }],
  [{ restart: 'transient' }, { restart: { type: 'transient', backoff: { factor: 2 }, success: [0] } }],
  [{ oneShot: true }, { oneShot: true, restart: 'temporary' }],
  [{ after: ['a', 'b'] }, { after: { b: 'ready', a: 'ready' } }],
  [{ after: ['a'] }, { after: ['a', 'a'] }],
  [
    { restart: { type: 'permanent', success: [0, 'SIGTERM', 3] } },
    { restart: { type: 'permanent', success: ['SIGTERM', 3, 0, 0] } },
  ],
  [{ secrets: ['a', 'b'] }, { secrets: ['b', 'a'] }],
  [{ env: { A: '1', B: '2' } }, { env: { B: '2', A: '1' } }],
  [{ ready: { line: /up/i } }, { ready: { line: /up/gi } }],
  [{ stdio: 'raw' }, { stdio: { stdin: 'raw', stdout: 'raw' } }],
  [{ user: { uid: 1 } }, { user: { gid: undefined, uid: 1 } }],
  [
    { restart: { type: 'permanent', onUnexpectedExit: answer } },
    { restart: { onUnexpectedExit: answer, type: 'permanent' } },
  ],
])('%j and %j mean the same', (a, b) => {
  expect(equal(a, b)).toBe(true)
})

test.each([
  [{}, { id: 'api' }],
  [{}, { args: [''] }],
  [{ args: ['a', 'b'] }, { args: ['b', 'a'] }],
  [{ env: { A: '1' } }, { env: { A: '2' } }],
  [{ env: { A: '1' } }, { env: { A: '1', B: '' } }],
  [{ env: { after: 'x' } }, { env: { after: 'y' } }],
  [{ after: ['a'] }, { after: { a: 'started' } }],
  [{ after: ['a', 'b'] }, { after: ['a'] }],
  [{ restart: { type: 'permanent', success: [0, 1] } }, { restart: { type: 'permanent', success: [0] } }],
  [{ restart: { type: 'permanent', onUnexpectedExit: answer } }, {}],
  [{ ready: { line: /up/i } }, { ready: { line: /up/ } }],
  [{ ready: { line: 'up' } }, { ready: { line: /up/ } }],
  [{ lifetime: 'attached' }, {}],
  [{ lifetime: 'survivor', stdio: 'ignore' }, { stdio: 'ignore' }],
  [{ user: 'nobody' }, {}],
  [{ user: { uid: 1 } }, { user: { uid: 1, gid: 1 } }],
  [{ stdio: { stdout: { file: 'a' } } }, { stdio: { stdout: { file: 'b' } } }],
])('%j and %j differ', (a, b) => {
  expect(equal(a, b)).toBe(false)
  expect(equal(b, a)).toBe(false)
})

test('functions that look alike are not the same', () => {
  expect(String(answer)).toBe(String(twin))
  expect(equal(asked(answer), asked(twin))).toBe(false)
})

test('kinds and children are compared, children in their order', () => {
  const [a, b] = [
    { id: 'a', command: 'x' },
    { id: 'b', command: 'x' },
  ]
  expect(equalChildSpecs(group([a, b]), group([a, { ...b, args: [] }]), context)).toBe(true)
  expect(equalChildSpecs(group([a, b]), group([b, a]), context)).toBe(false)
  expect(equalChildSpecs(group([]), { id: 'web', command: 'x' }, context)).toBe(false)
})

test('what is no spec is refused, not compared', () => {
  expect(() => equal({}, { args: 1 })).toThrow(expect.objectContaining({ code: 'ERR_INVALID_SPEC' }))
})
