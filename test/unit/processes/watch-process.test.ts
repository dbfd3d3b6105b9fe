import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { watchProcess } from '../../../src/processes/watch-process.ts'
import { createVirtualClock } from '../../../src/testing/virtual-clock.ts'
import { stageKernel } from '../os/staged-kernel.ts'
import { follow } from './staged-processes.ts'

const target = { pid: 100, startTicks: 500, bootId: 'boot' }

function stage(options: { pollMs?: number } = {}) {
  const clock = createVirtualClock()
  const kernel = stageKernel()
  kernel.put({ pid: 100 })
  return { clock, kernel, watch: watchProcess({ clock, kernel }, target, options) }
}

test('a waiter hears of the end at the next look, every 2 s unless it is told otherwise', async () => {
  const { clock, kernel, watch } = stage()
  const waiting = follow(watch.wait())
  await clock.advance(1_999)
  kernel.processes.delete(100)
  expect(waiting.state).toBe('pending')
  await clock.advance(1)
  expect(waiting.state).toBe('resolved')

  const quick = stage({ pollMs: 10 })
  const quickly = follow(quick.watch.wait())
  quick.kernel.processes.delete(100)
  await quick.clock.advance(10)
  expect(quickly.state).toBe('resolved')
})

test.each([
  ['a zombie has ended', { pid: 100, dead: true }],
  ['a stranger with its number is not it', { pid: 100, startTicks: 501 }],
])('%s', async (_, now) => {
  const { clock, kernel, watch } = stage()
  const waiting = follow(watch.wait())
  kernel.put(now)
  await clock.advance(2_000)
  expect(waiting.state).toBe('resolved')
})

test('without the identity a waiter would wait for the stranger for ever (negative control)', () => {
  const { kernel } = stage()
  kernel.put({ pid: 100, startTicks: 501 })
  expect(kernel.kill(100, 0)).toBe('delivered')
})

test('what has ended already needs no look', async () => {
  const { kernel, watch, clock } = stage()
  kernel.processes.clear()
  const waiting = follow(watch.wait())
  await clock.advance(0)
  expect(waiting.state).toBe('resolved')
})

test('an end is for ever, even should the number and the tick come back', async () => {
  const { kernel, watch } = stage()
  kernel.processes.clear()
  await watch.wait()
  kernel.put({ pid: 100 })
  await watch.wait()
  expect(await watch.signal('SIGTERM')).toBe(false)
  watch.kill()
  expect(kernel.signals).toEqual([])
})

test('many waiters share one loop', async () => {
  const { clock, kernel, watch } = stage()
  const waiting = Array.from({ length: 1_000 }, () => follow(watch.wait()))
  const before = kernel.reads.stats
  await clock.advance(20_000)
  expect(kernel.reads.stats - before).toBe(10)
  kernel.processes.clear()
  await clock.advance(2_000)
  expect(waiting.every(({ state }) => state === 'resolved')).toBe(true)
})

test('an aborted waiter rejects with its reason and hurts no other, not even as the first of them', async () => {
  const { clock, kernel, watch } = stage()
  const abort = new AbortController()
  const first = follow(watch.wait({ signal: abort.signal }))
  const second = follow(watch.wait())
  await clock.advance(1_000)
  abort.abort('enough')
  await clock.advance(0)
  expect(first.error).toMatchObject({ code: 'ERR_ABORTED', cause: 'enough' })
  expect(second.state).toBe('pending')
  const third = follow(watch.wait())
  kernel.processes.clear()
  await clock.advance(1_000)
  expect([second.state, third.state]).toEqual(['resolved', 'resolved'])
})

test('without a waiter nothing is looked at, and nothing is left on a signal', async () => {
  const { clock, kernel, watch } = stage()
  const abort = new AbortController()
  const waiting = follow(watch.wait({ signal: abort.signal }))
  abort.abort()
  await clock.advance(0)
  expect(waiting.state).toBe('rejected')
  const before = kernel.reads.stats
  await clock.advance(100_000)
  expect(kernel.reads.stats).toBe(before)

  const lasting = new AbortController()
  const ending = follow(watch.wait({ signal: lasting.signal }))
  kernel.processes.clear()
  await clock.advance(2_000)
  expect(ending.state).toBe('resolved')
  expect(getEventListeners(lasting.signal, 'abort')).toEqual([])
})

test('a signal that was aborted before rejects at once', async () => {
  const { watch } = stage()
  await expect(watch.wait({ signal: AbortSignal.abort('early') })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
})

test('after a signal it looks again soon, and then ever later', async () => {
  const { clock, kernel, watch } = stage()
  const waiting = follow(watch.wait())
  await watch.signal('SIGTERM')
  kernel.processes.clear()
  await clock.advance(1)
  expect(waiting.state).toBe('resolved')

  const surviving = stage()
  follow(surviving.watch.wait())
  surviving.watch.kill()
  surviving.kernel.put({ pid: 100 })
  const before = surviving.kernel.reads.stats
  await surviving.clock.advance(2_047)
  expect(surviving.kernel.reads.stats - before).toBe(11)
})

test('a SIGTERM is followed by a SIGCONT, other signals go alone, to the process alone', async () => {
  const { kernel, watch } = stage()
  expect(await watch.signal('SIGTERM')).toBe(true)
  expect(await watch.signal('SIGUSR1')).toBe(true)
  watch.kill()
  expect(kernel.signals).toEqual(['100 SIGTERM', '100 SIGCONT', '100 SIGUSR1', '100 SIGKILL'])
})

test('0 only probes, and whoever may not be signalled is there', async () => {
  const { kernel, watch } = stage()
  expect(await watch.signal(0)).toBe(true)
  kernel.kill = () => 'refused'
  expect(await watch.signal(0)).toBe(true)
  await expect(watch.signal('SIGTERM')).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
  kernel.processes.clear()
  expect(await watch.signal(0)).toBe(false)
})

test('nobody is signalled once it has ended, whoever has its number', async () => {
  const { kernel, watch } = stage()
  for (const now of [
    { pid: 100, startTicks: 501 },
    { pid: 100, dead: true },
  ]) {
    kernel.put(now)
    expect(await watch.signal('SIGTERM')).toBe(false)
    watch.kill()
  }
  expect(kernel.signals).toEqual([])
})

test.each([['SIGFOO'], [''], ['sigterm'], [15], [-0], [Number.NaN], [null], [undefined]])(
  '%s is no signal',
  async (signal) => {
    const { kernel, watch } = stage()
    const send: (signal: never) => Promise<boolean> = (given) => watch.signal(given)
    await expect(Reflect.apply(send, undefined, [signal])).rejects.toMatchObject({ code: 'ERR_BAD_SIGNAL' })
    expect(kernel.signals).toEqual([])
  },
)

test.each([[0], [-1], [1.5], [Infinity], [Number.NaN], ['2s']])('pollMs %s is refused', (pollMs) => {
  const kernel = stageKernel()
  const watch = () =>
    Reflect.apply(watchProcess, undefined, [{ clock: createVirtualClock(), kernel }, target, { pollMs }])
  expect(watch).toThrow(expect.objectContaining({ code: 'ERR_INVALID_SPEC' }))
})
