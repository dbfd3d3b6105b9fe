import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { messageOf } from '../../../src/streams/message-of.ts'

const explode = (): never => {
  throw new Error('hostile')
}
const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
/** An error whose words are given by a property of its own. */
const withMessage = (message: PropertyDescriptor): Error =>
  Object.defineProperty(new Error('first'), 'message', message)

test.each([
  [new Error('boom'), 'boom'],
  [new TypeError('no such thing'), 'no such thing'],
  [new Error(''), 'Error'],
  [new RangeError(), 'RangeError'],
  ['boom', "'boom'"],
  ['', "''"],
  [undefined, 'undefined'],
  [null, 'null'],
  [7, '7'],
  [7n, '7n'],
  [Symbol('mark'), 'Symbol(mark)'],
  [{ code: 'E', inner: { deep: 1 } }, "{ code: 'E', inner: [Object] }"],
  [Object.assign(Object.create(null), { a: 1 }), '[Object: null prototype] { a: 1 }'],
])('%o is told as %s', (thrown, words) => {
  expect(messageOf(thrown)).toBe(words)
})

test.each<[string, unknown, RegExp]>([
  ['a revoked proxy', revoked(), /Revoked Proxy/],
  ['an object whose `toString` throws', { toString: explode }, /toString/],
  ['an error whose `message` throws', withMessage({ get: explode }), /./],
  ['an error whose `message` is no string', withMessage({ value: { toString: explode } }), /./],
  ['an error whose `name` throws', Object.defineProperty(new Error(''), 'name', { get: explode }), /./],
  ['an error whose words are a proxy', withMessage({ value: revoked() }), /./],
  ['an object that throws when it is shown', { [inspect.custom]: explode }, /^a value that cannot be shown$/],
  [
    'a proxy that throws at every touch',
    new Proxy({}, { getPrototypeOf: explode, get: explode, ownKeys: explode }),
    /./,
  ],
  ['a function', explode, /Function/],
])('%s is told in some words', (_, thrown, words) => {
  const told: unknown = messageOf(thrown)
  expect(typeof told).toBe('string')
  expect(told).toMatch(words)
})

const usual = (error: unknown): string => (error instanceof Error ? error.message : String(error))

test('control: the usual way to put it into words throws for some of them', () => {
  expect(() => usual(revoked())).toThrow()
  expect(() => usual({ toString: explode })).toThrow('hostile')
  expect(() => usual(withMessage({ get: explode }))).toThrow('hostile')
})
