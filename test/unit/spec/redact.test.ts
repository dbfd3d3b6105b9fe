import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { redactor } from '../../../src/spec/redact.ts'

test('every occurrence of every secret is replaced', () => {
  expect(redactor(['hunter2', 'tok'])('a hunter2 b tok c hunter2')).toBe('a [redacted] b [redacted] c [redacted]')
  expect(redactor(['ab'])('abab')).toBe('[redacted][redacted]')
})

test('without secrets a text stays the very same', () => {
  expect(redactor([])('text')).toBe('text')
  expect(redactor([''])('text')).toBe('text')
  expect(redactor(['x'])('text without')).toBe('te[redacted]t without')
})

test('secrets are literal: no pattern, no replacement pattern', () => {
  expect(redactor(['a.c', '$&', '(', '\\'])('abc a.c $& ( \\')).toBe('abc [redacted] [redacted] [redacted] [redacted]')
})

test('the longer of two that begin together goes whole', () => {
  expect(redactor(['pass', 'password'])('password pass')).toBe('[redacted] [redacted]')
  // What it guards against: the shorter first leaves the rest of the longer.
  expect('password'.replaceAll('pass', '[redacted]').replaceAll('password', '[redacted]')).toBe('[redacted]word')
})

test('of overlapping secrets no remainder shows', () => {
  expect(redactor(['abc', 'cde'])('xabcdex')).toBe('x[redacted]x')
  expect(redactor(['aa'])('aaa')).toBe('[redacted]')
  // What it guards against: one after the other leaves what the second had beside the first.
  expect('xabcdex'.replaceAll('abc', '[redacted]').replaceAll('cde', '[redacted]')).toBe('x[redacted]dex')
})

test('exactly what no occurrence covers is left, in order', () => {
  // Letters that the mark does not hold, so that what is left can be told from it.
  const letters = fc.string({ unit: fc.constantFrom('x', 'y', 'z'), maxLength: 30 })
  const secrets = fc.array(fc.string({ unit: fc.constantFrom('x', 'y', 'z'), minLength: 1, maxLength: 4 }))
  fc.assert(
    fc.property(letters, secrets, (text, known) => {
      const covered = Array.from(text, (_, at) =>
        known.some((secret) =>
          Array.from(secret, (__, back) => at - back).some((start) => start >= 0 && text.startsWith(secret, start)),
        ),
      )
      const left = Array.from(text).filter((_, at) => covered[at] !== true)
      expect(redactor(known)(text).replaceAll('[redacted]', '')).toBe(left.join(''))
    }),
  )
})
