import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SplitLine } from '../../../src/os/line-splitter.ts'
import { createLineSplitter, defaultLineBytes } from '../../../src/os/line-splitter.ts'

function split(chunks: readonly Uint8Array[], limit?: number): SplitLine[] {
  const lines: SplitLine[] = []
  const splitter = createLineSplitter((line) => lines.push(line), limit)
  for (const chunk of chunks) splitter.push(Buffer.from(chunk))
  splitter.end()
  return lines
}

const texts = (input: string, limit?: number) => split([Buffer.from(input)], limit).map((line) => line.text)

/** Bytes in which what matters is frequent: ends of lines, characters of every length, and what is no UTF-8. */
const bytes = fc
  .array(
    fc.oneof(
      fc.constantFrom('\n', '\r\n', '\r', 'a', 'é', '€', '🐣').map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 5 }).map((array) => Buffer.from(array)),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.concat(parts))

const chunked = fc.tuple(bytes, fc.array(fc.nat(200))).map(([whole, cuts]) => {
  const ends = [...cuts.map((cut) => cut % (whole.length + 1)), whole.length].toSorted((a, b) => a - b)
  return { whole, chunks: ends.map((end, i) => whole.subarray(i === 0 ? 0 : ends[i - 1], end)) }
})

test('the lines do not depend on the chunks', () => {
  fc.assert(
    fc.property(chunked, fc.integer({ min: 1, max: 12 }), ({ whole, chunks }, limit) => {
      expect(split(chunks, limit)).toEqual(split([whole], limit))
    }),
    { numRuns: 2000 },
  )
})

test('pieces put together are the lines, as a plain split of the whole text gives them', () => {
  fc.assert(
    fc.property(chunked, fc.integer({ min: 4, max: 12 }), ({ whole, chunks }, limit) => {
      // Of what is no UTF-8 a cut may make more replacement characters than the whole has.
      const text = whole.toString('utf8')
      fc.pre(Buffer.from(text).equals(whole))
      const expected = text.split('\n')
      const last = expected.pop() ?? ''
      const lines = expected.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
      if (last !== '') lines.push(last)

      const joined: string[] = []
      let open = ''
      for (const piece of split(chunks, limit)) {
        open += piece.text
        expect(Buffer.byteLength(piece.text)).toBeLessThanOrEqual(limit)
        if (piece.truncated) continue
        joined.push(open)
        open = ''
      }
      expect(joined).toEqual(lines)
      expect(open).toBe('')
    }),
    { numRuns: 2000 },
  )
})

test('every byte that is no end of a line is delivered once, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 9 }), (array, limit) => {
      // ASCII maps to itself, so that nothing is replaced and all can be counted.
      const whole = Buffer.from(array.map((byte) => byte & 0x7f))
      const delivered = split([whole], limit).reduce((sum, line) => sum + line.text.length, 0)
      const ends = whole.toString('latin1').match(/\r?\n/g)?.join('').length ?? 0
      expect(delivered + ends).toBe(whole.length)
    }),
    { numRuns: 1000 },
  )
})

test('a decoder for each chunk, as the negative control, breaks a character in two', () => {
  const [first, second] = [Buffer.from([0xe2, 0x82]), Buffer.from([0xac])]
  expect(split([first, second]).map((line) => line.text)).toEqual(['€'])
  expect(first.toString() + second.toString()).not.toBe('€')
})

test('one carriage return before the newline belongs to the end of the line, no other does', () => {
  expect(texts('a\r\nb\r\r\nc\rd\n\r\n')).toEqual(['a', 'b\r', 'c\rd', ''])
  expect(texts('last\r')).toEqual(['last\r'])
})

test('the last line is delivered without its newline, and an ended one is followed by nothing', () => {
  expect(texts('a\nb')).toEqual(['a', 'b'])
  expect(texts('a\n')).toEqual(['a'])
  expect(texts('')).toEqual([])
  expect(texts('\n\n')).toEqual(['', ''])
})

test('a line of just the limit is whole, with either end; one byte more is two pieces', () => {
  const full = 'x'.repeat(defaultLineBytes)
  expect(split([Buffer.from(`${full}\r\n`)])).toEqual([{ text: full, truncated: false }])
  expect(split([Buffer.from(`${full}\r`), Buffer.from('\n')])).toEqual([{ text: full, truncated: false }])
  expect(split([Buffer.from(`${full}y\n`)])).toEqual([
    { text: full, truncated: true },
    { text: 'y', truncated: false },
  ])
})

test('a piece ends between two characters', () => {
  expect(split([Buffer.from('ab🐣cd')], 5)).toEqual([
    { text: 'ab', truncated: true },
    { text: '🐣c', truncated: true },
    { text: 'd', truncated: false },
  ])
})

test('a gigabyte without a newline comes in pieces of the limit, and no more than one is held', () => {
  let delivered = 0
  let longest = 0
  const splitter = createLineSplitter(({ text }) => {
    delivered += text.length
    longest = Math.max(longest, text.length)
  })
  const chunk = Buffer.alloc(65_000, 'x')
  const chunks = Math.ceil(2 ** 30 / chunk.length)
  for (let i = 0; i < chunks; i++) {
    splitter.push(chunk)
    expect((i + 1) * chunk.length - delivered).toBeLessThanOrEqual(defaultLineBytes + 1)
  }
  splitter.end()
  expect(delivered).toBe(chunks * chunk.length)
  expect(longest).toBe(defaultLineBytes)
})
