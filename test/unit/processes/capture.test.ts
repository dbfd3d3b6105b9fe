import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCapture } from '../../../src/processes/capture.ts'
import { createVirtualClock } from '../../../src/testing/virtual-clock.ts'

function stage(limit = 1_000_000) {
  const clock = createVirtualClock()
  const overflowed: string[] = []
  const capture = createCapture({ clock, limit, overflowed: (source) => overflowed.push(source) })
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  capture.read({ stdout, stderr })
  let settled = 0
  const settle = () => capture.settle(() => settled++)
  return { clock, capture, stdout, stderr, overflowed, settle, settled: () => settled }
}

test('text is what was written, however its bytes were cut into chunks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.array(fc.nat({ max: 64 })), async (text, cuts) => {
      const { capture, stdout, stderr, settle } = stage()
      const bytes = Buffer.from(text)
      let from = 0
      for (const size of cuts) stdout.write(bytes.subarray(from, (from += size)))
      stdout.end(bytes.subarray(from))
      stderr.end()
      settle()
      while (!stdout.closed || !stderr.closed) await setImmediate()
      expect(capture.stdout()).toBe(text)
      expect(capture.stderr()).toBe('')
    }),
    { numRuns: 50 },
  )
})

test('chunks that are decoded one by one lose a character (negative control)', () => {
  const bytes = Buffer.from('ü')
  expect(bytes.toString('utf8', 0, 1) + bytes.toString('utf8', 1)).not.toBe('ü')
})

test('it settles when both streams have ended, and once', async () => {
  const { stdout, stderr, settle, settled, clock } = stage()
  settle()
  stdout.end('x')
  while (!stdout.closed) await setImmediate()
  expect(settled()).toBe(0)
  stderr.end()
  while (!stderr.closed) await setImmediate()
  expect(settled()).toBe(1)
  await clock.advance(1_000)
  expect(settled()).toBe(1)
})

test('a stream that breaks has ended', async () => {
  const { stdout, stderr, settle, settled, capture } = stage()
  stdout.write('partial')
  while (capture.stdout() === '') await setImmediate()
  settle()
  stdout.destroy(new Error('EIO'))
  stderr.destroy()
  while (settled() === 0) await setImmediate()
  expect(capture.stdout()).toBe('partial')
})

test('a stream that is held is cut, and closed', async () => {
  const { clock, stdout, stderr, settle, settled, capture } = stage()
  stdout.write('partial')
  settle()
  await clock.advance(199)
  expect(settled()).toBe(0)
  await clock.advance(1)
  expect(settled()).toBe(1)
  expect(capture.stdout()).toBe('partial')
  expect([stdout.destroyed, stderr.destroyed]).toEqual([true, true])
})

test('what lies in the pipe when the timer is overdue is read before the cut', async () => {
  const armed: Array<() => void> = []
  const turns: Array<() => void> = []
  const clock = {
    arm(_ms: number, fire: () => void) {
      armed.push(fire)
      return () => {}
    },
    nextTurn: (run: () => void) => void turns.push(run),
  }
  const capture = createCapture({ clock, limit: 100, overflowed: () => {} })
  const stdout = new PassThrough()
  capture.read({ stdout })
  capture.settle(() => {})
  armed[0]?.()
  stdout.write('unread so far')
  await setImmediate()
  turns[0]?.()
  expect(capture.stdout()).toBe('unread so far')
})

test('what overflows is told once, kept no longer, and read on', async () => {
  const { capture, stdout, overflowed } = stage(4)
  stdout.write('12345')
  stdout.write('6789')
  stdout.end()
  while (!stdout.closed) await setImmediate()
  expect(overflowed).toEqual(['stdout'])
  expect(capture.stdout()).toBe('')
})

test('without streams it is settled at once', () => {
  const clock = createVirtualClock()
  const capture = createCapture({ clock, limit: 1, overflowed: () => {} })
  capture.read({})
  let settled = false
  capture.settle(() => (settled = true))
  expect(settled).toBe(true)
})
