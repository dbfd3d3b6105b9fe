import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { baseStream, streamName } from '../../../src/machines/stream-name.ts'

test.each([
  ['/', 'web', 1, '/web'],
  ['/', 'web', 2, '/web@2'],
  ['/api', 'worker/1', 1, '/api/worker%2F1'],
  ['/api@3', 'worker', 2, '/api@3/worker@2'],
  ['/', 'web@2', 1, '/web%402'],
  ['/', '__proto__', 1, '/__proto__'],
  ['/', 'ä b%', 1, '/%C3%A4%20b%25'],
])('below %s, registration of %j number %i is %s', (parent, id, nth, expected) => {
  expect(streamName(parent, id, nth)).toBe(expected)
})

const ids = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((id) => id.isWellFormed())

test('two registrations never share a stream, whatever the ids are', () => {
  fc.assert(
    fc.property(ids, ids, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), (a, b, n, m) => {
      fc.pre(a !== b || n !== m)
      expect(streamName('/', a, n)).not.toBe(streamName('/', b, m))
      expect(streamName(streamName('/', a, n), b, m)).not.toBe(streamName('/', a, n))
    }),
  )
})

test('an id can be read back from its stream, which has no other slash than those of its parents', () => {
  fc.assert(
    fc.property(ids, (id) => {
      const stream = baseStream('/api', id)
      expect(stream.split('/')).toHaveLength(3)
      expect(decodeURIComponent(stream.slice('/api/'.length))).toBe(id)
    }),
  )
})
