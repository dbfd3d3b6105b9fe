import { expect, test } from 'vitest'
import { lineMatcher } from '../../../src/actors/line-matcher.ts'
import { createStderrTail } from '../../../src/streams/stderr-tail.ts'

const whole = (text: string) => text

test('a line in pieces is matched as one, and only when it is complete', () => {
  const matches = lineMatcher({ line: 'ready now' })
  expect(matches('stdout', 'rea', true)).toBe(false)
  expect(matches('stdout', 'dy now', false)).toBe(true)
})

test('pieces of one stream do not mix with those of the other', () => {
  const matches = lineMatcher({ line: 'ready' })
  expect(matches('stdout', 'rea', true)).toBe(false)
  expect(matches('stderr', 'dy', false)).toBe(false)
  expect(matches('stdout', 'dy', false)).toBe(true)
})

test('a line without an end is not remembered: its first piece and its last are what is matched', () => {
  const matches = lineMatcher({ line: /^begin.*end$/ })
  matches('stdout', 'begin', true)
  for (let n = 0; n < 1_000; n++) expect(matches('stdout', 'x'.repeat(1_000), true)).toBe(false)
  expect(matches('stdout', 'end', false)).toBe(true)
})

test('a complete line leaves nothing behind for the next one', () => {
  const matches = lineMatcher({ line: 'ab' })
  matches('stdout', 'a', true)
  expect(matches('stdout', '', false)).toBe(false)
  expect(matches('stdout', 'b', false)).toBe(false)
})

test('a tail keeps the last 20 lines, and nothing before the first', () => {
  const tail = createStderrTail(whole)
  expect(tail.text()).toBeUndefined()
  for (let n = 0; n < 1_000; n++) tail.add(`${n}`)
  expect(tail.text()?.split('\n')).toEqual(Array.from({ length: 20 }, (_, n) => `${980 + n}`))
})

test('a tail is cut to 4 KiB at the front, and never within a character', () => {
  const tail = createStderrTail(whole)
  tail.add('€'.repeat(2_000))
  const text = tail.text() ?? ''
  expect(text).toBe('€'.repeat(1_365))
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096)
})

test('a tail is redacted as a whole, before it is cut', () => {
  const tail = createStderrTail((text) => text.replaceAll('secret', '[redacted]'))
  tail.add(`secret${'x'.repeat(4_085)}`)
  expect(tail.text()).not.toContain('ret')
})
