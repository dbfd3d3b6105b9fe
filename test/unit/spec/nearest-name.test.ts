import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearestName } from '../../../src/spec/nearest-name.ts'

const options = ['id', 'command', 'args', 'cwd', 'env', 'stop', 'stdio', 'ready', 'readyTimeoutMs', 'runTimeoutMs']

test.each([
  ['comand', 'command'],
  ['commnad', 'command'],
  ['COMMAND', 'command'],
  ['arg', 'args'],
  ['environment', 'env'],
  ['readyTimeout', 'readyTimeoutMs'],
  ['runTimeout', 'runTimeoutMs'],
  ['sdtio', 'stdio'],
  ['cdw', 'cwd'],
])('%s was meant as %s', (typed, meant) => {
  expect(nearestName(typed, options)).toBe(meant)
})

test.each(['user', 'health', 'log', '', 'x', 'x'.repeat(100_000)])('nothing is near to %s', (typed) => {
  expect(nearestName(typed, options)).toBeUndefined()
})

test('the nearest of several is named', () => {
  expect(nearestName('stops', ['stdio', 'shops', 'stop'])).toBe('shops')
  expect(nearestName('TERM', ['SIGHUP', 'SIGTERM'])).toBe('SIGTERM')
  expect(nearestName('anything', [])).toBeUndefined()
})

test('a name is nearest to itself, whatever else there is', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 64 }), fc.array(fc.string()), (name, others) => {
      const distinct = others.filter((other) => other.toLowerCase() !== name.toLowerCase())
      expect(nearestName(name, [...distinct, name])).toBe(name)
    }),
  )
})
