import { afterEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../../src/os/system-clock.ts'
import { systemRandom } from '../../../src/os/system-random.ts'

afterEach(() => {
  vi.useRealTimers()
})

test.for([Number.NaN, -1, -Infinity])('a delay of %d is refused', (delayMs) => {
  expect(() => systemClock.arm(delayMs, () => {})).toThrow(RangeError)
})

test('fires once, not from within the call, and never before its time', async () => {
  const began = systemClock.mono()
  let returned = false
  const fired: number[] = []
  await new Promise<void>((resolve) => {
    systemClock.arm(20, () => {
      expect(returned).toBe(true)
      fired.push(systemClock.mono())
      resolve()
    })
    returned = true
  })
  expect(fired).toHaveLength(1)
  expect(fired[0]).toBeGreaterThanOrEqual(began + 20)
})

test('what was disarmed does not fire, and disarming again or after the fact does nothing', async () => {
  let fired = 0
  const never = systemClock.arm(0, () => fired++)
  never()
  never()
  await new Promise<void>((resolve) => {
    const disarm = systemClock.arm(1, () => {
      disarm()
      resolve()
    })
  })
  expect(fired).toBe(0)
})

test('a delay over 2^31 - 1 ms waits, where a timer of Node fires at once', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  let fired = false
  const disarm = systemClock.arm(2 ** 31, () => (fired = true))
  // The negative control is the handshake, too.
  await new Promise((resolve) => setTimeout(resolve, 2 ** 31))
  expect(warned).toHaveBeenCalledTimes(1)
  expect(fired).toBe(false)
  disarm()
  warned.mockRestore()
})

test('a delay over 2^31 - 1 ms fires when it is over', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  let fired = false
  systemClock.arm(2 ** 32 + 5, () => (fired = true))
  vi.advanceTimersByTime(2 ** 32 + 4)
  expect(fired).toBe(false)
  // A millisecond for each of its three parts, which end in fractions.
  vi.advanceTimersByTime(4)
  expect(fired).toBe(true)
})

test('infinity never fires and keeps nothing alive', () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  systemClock.arm(Infinity, () => {})()
  expect(vi.getTimerCount()).toBe(0)
})

test('the monotonic clock is that of the machine, in milliseconds since boot', () => {
  const before = Number(process.hrtime.bigint()) / 1e6
  const now = systemClock.mono()
  const after = Number(process.hrtime.bigint()) / 1e6
  // Two readings of one clock by two ways: they agree to well under a millisecond.
  expect(now).toBeGreaterThan(before - 1)
  expect(now).toBeLessThan(after + 1)
})

test('the next turn comes after the microtasks of this one', async () => {
  const order: string[] = []
  await new Promise<void>((resolve) => {
    systemClock.nextTurn(() => {
      order.push('turn')
      resolve()
    })
    queueMicrotask(() => order.push('microtask'))
    order.push('call')
  })
  expect(order).toEqual(['call', 'microtask', 'turn'])
})

test('an id is 16 hexadecimal digits and new each time', () => {
  const ids = Array.from({ length: 100 }, () => systemRandom.id())
  expect(new Set(ids).size).toBe(100)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/)
})

test('chance is at least 0 and below 1', () => {
  for (let i = 0; i < 100; i++) {
    const next = systemRandom.next()
    expect(next).toBeGreaterThanOrEqual(0)
    expect(next).toBeLessThan(1)
  }
})
