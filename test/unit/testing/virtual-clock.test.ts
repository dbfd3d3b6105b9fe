import { describe, expect, test, vi } from 'vitest'
import { createVirtualClock } from '../../../src/testing/virtual-clock.ts'

test('time stands still until it is told to go on', async () => {
  const clock = createVirtualClock()
  const [at, mono] = [clock.at(), clock.mono()]
  expect(clock.now).toBe(0)
  await clock.advance(250)
  expect([clock.now, clock.at() - at, clock.mono() - mono]).toEqual([250, 250, 250])
  expect(clock.at()).not.toBe(clock.mono())
})

test('timers fire at their time, in the order (due, armed), and only once', async () => {
  const clock = createVirtualClock()
  const fired: string[] = []
  const arm = (name: string, ms: number) => clock.arm(ms, () => fired.push(`${name}@${clock.now}`))
  arm('late', 20)
  arm('first', 10)
  arm('second', 10)
  expect(fired).toEqual([])
  await clock.advance(9)
  expect(fired).toEqual([])
  await clock.advance(1)
  expect(fired).toEqual(['first@10', 'second@10'])
  await clock.advance(100)
  expect(fired).toEqual(['first@10', 'second@10', 'late@20'])
})

test('a timer armed by a timer counts from then and fires within the same advance', async () => {
  const clock = createVirtualClock()
  const fired: number[] = []
  const again = (): void => {
    fired.push(clock.now)
    if (fired.length < 4) clock.arm(10, again)
  }
  clock.arm(10, again)
  await clock.advance(35)
  expect(fired).toEqual([10, 20, 30])
  expect(clock.now).toBe(35)
})

test('a disarmed timer never fires, and disarming again is harmless', async () => {
  const clock = createVirtualClock()
  const fired: string[] = []
  const disarm = clock.arm(10, () => fired.push('disarmed'))
  const early = clock.arm(5, () => fired.push('early'))
  clock.arm(7, () => disarm())
  await clock.advance(20)
  disarm()
  early()
  expect(fired).toEqual(['early'])
})

test('nextTurn comes before any later timer and before time moves, chains of it too', async () => {
  const clock = createVirtualClock()
  const seen: string[] = []
  clock.arm(10, () => {
    seen.push('timer')
    clock.nextTurn(() => {
      seen.push(`turn@${clock.now}`)
      clock.nextTurn(() => seen.push(`chained@${clock.now}`))
    })
  })
  clock.arm(10, () => seen.push('same instant'))
  clock.arm(11, () => seen.push('later'))
  await clock.advance(50)
  expect(seen).toEqual(['timer', 'turn@10', 'chained@10', 'same instant', 'later'])
})

test('advance(0) runs what is due now, and nothing else', async () => {
  const clock = createVirtualClock()
  const seen: string[] = []
  clock.nextTurn(() => seen.push('turn'))
  clock.arm(0, () => seen.push('zero'))
  clock.arm(1, () => seen.push('one'))
  expect(seen).toEqual([])
  await clock.advance(0)
  expect(seen).toEqual(['turn', 'zero'])
})

test('promise chains of any length settle between two timers', async () => {
  const clock = createVirtualClock()
  const seen: string[] = []
  clock.arm(10, async () => {
    for (let link = 0; link < 500; link += 1) await Promise.resolve()
    seen.push(`chain@${clock.now}`)
    clock.arm(1, () => seen.push(`armed by it@${clock.now}`))
  })
  clock.arm(10, () => seen.push('next'))
  clock.arm(12, () => seen.push('later'))
  await clock.advance(20)
  expect(seen).toEqual(['chain@10', 'next', 'armed by it@11', 'later'])
})

test('calls of advance queue up, also from within a timer', async () => {
  const clock = createVirtualClock()
  const ends: number[] = []
  clock.arm(5, () => void clock.advance(5).then(() => ends.push(clock.now)))
  await Promise.all([clock.advance(10), clock.advance(10)])
  await clock.advance(0)
  expect(ends).toEqual([25])
})

test('what a timer throws rejects the advance; what was due after it stays due', async () => {
  const clock = createVirtualClock()
  const seen: string[] = []
  clock.arm(10, () => {
    throw new Error('boom')
  })
  clock.arm(10, () => seen.push('after'))
  await expect(clock.advance(20)).rejects.toThrow('boom')
  expect([clock.now, ...seen]).toEqual([10])
  await clock.advance(0)
  expect(seen).toEqual(['after'])
})

test('Infinity never fires', async () => {
  const clock = createVirtualClock()
  const disarm = clock.arm(Infinity, () => {
    throw new Error('fired')
  })
  await clock.advance(1e15)
  disarm()
})

test('delays beyond what a real timer can do are kept exactly', async () => {
  const clock = createVirtualClock()
  const fired: number[] = []
  clock.arm(2 ** 31 + 7, () => fired.push(clock.now))
  await clock.advance(2 ** 31 + 6)
  expect(fired).toEqual([])
  await clock.advance(1)
  expect(fired).toEqual([2 ** 31 + 7])
})

describe('it refuses', () => {
  test.each([Number.NaN, -1, -Infinity])('a delay of %s', (delay) => {
    const clock = createVirtualClock()
    expect(() => clock.arm(delay, () => {})).toThrow(RangeError)
    expect(() => clock.advance(delay)).toThrow(/Expected `ms` to be/)
  })

  test('to advance for ever', () => {
    expect(() => createVirtualClock().advance(Infinity)).toThrow(RangeError)
  })

  test('to let time stand still for ever', async () => {
    const clock = createVirtualClock()
    const again = (): void => clock.nextTurn(again)
    again()
    await expect(clock.advance(1)).rejects.toThrow('Time stands still at 0 ms')
  })
})

test('faked global timers do not stop it', async () => {
  vi.useFakeTimers()
  try {
    const clock = createVirtualClock()
    const seen: number[] = []
    clock.arm(10, () => seen.push(clock.now))
    await clock.advance(10)
    expect(seen).toEqual([10])
  } finally {
    vi.useRealTimers()
  }
})
