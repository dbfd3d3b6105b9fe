import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Cookie } from '../../../src/os/cookie.ts'
import { formatCookie, parseCookie } from '../../../src/os/cookie.ts'
import { cookieIn } from '../../../src/os/environ.ts'

const hex = fc.stringMatching(/^[0-9a-f]{16}$/)
const segment = fc.string({ minLength: 1, unit: 'grapheme' }).map((id) => encodeURIComponent(id))
const cookies: fc.Arbitrary<Cookie> = fc.record({
  hostId: hex,
  treeId: hex,
  lifetime: fc.constantFrom('tethered', 'attached', 'survivor'),
  stream: fc
    .tuple(fc.array(segment, { minLength: 1 }), fc.constantFrom('', '@2', '@17'))
    .map(([ids, nth]) => `/${ids.join('/')}${nth}`),
  incarnation: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
})

test('what is formatted is parsed back, whatever the ids of the children', () => {
  fc.assert(
    fc.property(cookies, (cookie) => {
      expect(parseCookie(formatCookie(cookie))).toEqual(cookie)
    }),
  )
})

test('two lives never share a cookie', () => {
  fc.assert(
    fc.property(cookies, cookies, (a, b) => {
      fc.pre(JSON.stringify(a) !== JSON.stringify(b))
      expect(formatCookie(a)).not.toBe(formatCookie(b))
    }),
  )
})

test.for([
  '',
  'x',
  'h:t:tethered:/a',
  'h:t:tethered:/a:0',
  'h:t:tethered:a:1',
  'h:t:other:/a:1',
  'h:t:survivors:/a:1',
  'h:t:attached:/a:1:',
  ':t:attached:/a:1',
])('%j is no cookie', (text) => expect(parseCookie(text)).toBeNull())

test('a cookie is found in an environment at its beginning, in its middle and at its end', () => {
  expect(cookieIn('BROOD_COOKIE=a\0B=c\0')).toBe('a')
  expect(cookieIn('A=b\0BROOD_COOKIE=a\0B=c\0')).toBe('a')
  expect(cookieIn('A=b\0BROOD_COOKIE=a')).toBe('a')
})

test('a value or another name that looks like the cookie is not taken for it', () => {
  expect(cookieIn('A=BROOD_COOKIE=a\0')).toBeNull()
  expect(cookieIn('XBROOD_COOKIE=a\0')).toBeNull()
  expect(cookieIn('')).toBeNull()
})
