import { expect, test } from 'vitest'
import { createIdentityWatch } from '../../../src/os/identity-watch.ts'
import { stageKernel } from './staged-kernel.ts'

const identity = (pid: number, startTicks = 500) => ({ pid, startTicks, bootId: 'boot' })

function stage() {
  const kernel = stageKernel()
  return { kernel, watch: createIdentityWatch(kernel) }
}

/** Resolves after `count` more looks at `pid`: the handshake of these tests. */
function looks(kernel: ReturnType<typeof stageKernel>, pid: number, count: number): Promise<void> {
  const { stat } = kernel
  return new Promise((resolve) => {
    kernel.stat = (looked) => {
      if (looked === pid && --count === 0) resolve()
      return stat(looked)
    }
  })
}

test.each([
  ['is no more', undefined],
  ['is a zombie', { pid: 100, dead: true }],
  ['was given to another', { pid: 100, startTicks: 501 }],
] as const)(
  'a process whose number %s has ended, which is told once and never from within the call',
  async (_, row) => {
    const { kernel, watch } = stage()
    if (row !== undefined) kernel.put(row)
    let told = 0
    const ended = new Promise<void>((resolve) => {
      watch.add(identity(100), () => {
        told += 1
        resolve()
      })
    })
    expect(told).toBe(0)
    await ended
    kernel.put({ pid: 200 })
    const other = looks(kernel, 200, 3)
    const watched = watch.add(identity(200), () => {})
    await other
    watched.stop()
    expect(told).toBe(1)
  },
)

test('it is waited for as long as it lives, and was its own until the tick at which it was seen last', async () => {
  const { kernel, watch } = stage()
  kernel.put({ pid: 100 })
  let ticks = 2_000
  kernel.uptimeTicks = () => ticks
  let isOver = false
  const { promise, resolve } = Promise.withResolvers<void>()
  const seen = looks(kernel, 100, 3)
  const watched = watch.add(identity(100), () => {
    isOver = true
    resolve()
  })
  expect(watched.seenTicks).toBe(500)
  await seen
  ticks = 3_000
  expect(isOver).toBe(false)
  kernel.processes.delete(100)
  await promise
  expect(watched.seenTicks).toBe(2_000)
})

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

test('all of them share one timer, which is gone with the last of them', () => {
  const { kernel, watch } = stage()
  const before = timers()
  const watched = Array.from({ length: 100 }, (_, index) => {
    kernel.put({ pid: 1_000 + index })
    return watch.add(identity(1_000 + index), () => expect.unreachable())
  })
  expect(timers()).toBe(before + 1)
  for (const each of watched) each.hurry()
  expect(timers()).toBe(before + 1)
  for (const each of watched) each.stop()
  expect(timers()).toBe(before)
  watched[0]?.hurry()
  expect(timers()).toBe(before)
})

test('looks are ever rarer, and near again for the one that was signalled alone', async () => {
  const { kernel, watch } = stage()
  kernel.put({ pid: 100 })
  kernel.put({ pid: 200 })
  const rested = looks(kernel, 100, 12)
  const [one, other] = [watch.add(identity(100), () => {}), watch.add(identity(200), () => {})]
  // By the twelfth look more than 80 ms lie between two.
  await rested
  const counted = { one: 0, other: 0 }
  const { stat } = kernel
  const { promise, resolve } = Promise.withResolvers<void>()
  kernel.stat = (pid) => {
    if (pid === 200) counted.other += 1
    if (pid === 100 && ++counted.one === 6) resolve()
    return stat(pid)
  }
  one.hurry()
  await promise
  one.stop()
  other.stop()
  expect(counted.other).toBeLessThan(counted.one)
})
