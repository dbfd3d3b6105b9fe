import { expect, test } from 'vitest'
import { chain } from '../../../src/tasks/chain.ts'
import { createTask } from '../../../src/tasks/create-task.ts'
import { named } from '../../../src/tasks/named.ts'
import { nop } from '../../../src/tasks/nop.ts'
import { parallel } from '../../../src/tasks/parallel.ts'
import type { Ready, Runnable, Scope } from '../../../src/tasks/runnable.ts'
import { sequential } from '../../../src/tasks/sequential.ts'
import { aborted, endless, gate, scripted, unhandledRejectionsOf, untilAborted } from './scripted.ts'

const oops = new Error('oops')
const fails = (): Promise<never> => Promise.reject(oops)
const nothing = async (): Promise<void> => {}

const twice: Runnable = async (scope, ready) => {
  await Promise.all([ready(scope), ready(scope)])
}
const hasty: Runnable = async (scope, ready) => void ready(scope)
const forgiving: Runnable = (scope, ready) => ready(scope).catch(() => {})
const careless: Runnable = (_, ready) => ready(endless())

const combined = {
  chain: (unit: Runnable, above: Runnable) => chain(unit, above),
  parallel: (unit: Runnable, beside: Runnable) => parallel(unit, beside),
  sequential: (unit: Runnable, beside: Runnable) => sequential(unit, beside),
  named: (unit: Runnable, above: Runnable) => chain(named('unit', unit), above),
}

test.each(Object.entries(combined))(
  '%s: a second call of ready is refused, and runs nothing twice',
  async (_, combine) => {
    const log: string[] = []
    const running = combine(twice, scripted('a', log))(endless(), async () => void log.push('up'))
    await expect(running).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
    expect(log.filter((line) => line === '+a').length).toBeLessThanOrEqual(1)
    expect(log.filter((line) => line === 'up').length).toBeLessThanOrEqual(1)
  },
)

test('control: nested by hand, a second call of ready runs everything above it twice', async () => {
  const log: string[] = []
  const byHand: Runnable = (scope, ready) => twice(scope, (inner) => scripted('a', log)(inner, ready))
  await byHand(endless(), nothing)
  expect(log.filter((line) => line === '+a').length).toBe(2)
})

test('a second call that is not awaited harms nobody', async () => {
  const task = createTask(async (scope, ready) => {
    const released = ready(scope)
    void ready(scope)
    await released
  })
  const unhandled = await unhandledRejectionsOf(async () => {
    await task.start()
    await task.stop()
  })
  expect(unhandled).toEqual([])
})

test('ready is refused after the end', async () => {
  let late: Ready | undefined
  const task = createTask(async (scope, ready) => {
    late = ready
    await ready(scope)
  })
  await task.start()
  await task.stop()
  await expect(late?.(endless())).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })

  const never = createTask(async (_, ready) => void (late = ready))
  await never.start().catch(() => {})
  await expect(late?.(endless())).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
  expect(never.state).toBe('stopped')
})

test.each([undefined, {}, { signal: 'no' }])(
  'ready refuses %o for a scope, and does not count it as a call',
  async (scope) => {
    const task = createTask(async (own, ready) => {
      await expect(ready(scope as never)).rejects.toMatchObject({
        code: 'ERR_INVALID_SPEC',
        message: expect.stringContaining('Expected `scope.signal` to be an AbortSignal, got '),
      })
      await ready(own)
    })
    await task.start()
    await task.stop()
  },
)

test('a callback that throws instead of rejecting has failed all the same', async () => {
  const log: string[] = []
  const throws = (): never => {
    throw oops
  }
  await expect(chain(scripted('a', log), scripted('b', log))(endless(), throws)).rejects.toBe(oops)
  expect(log.slice(-2)).toEqual(['a stops', '-a'])
})

test('a runnable that does not wait for what runs on top of it takes it along when it ends', async () => {
  const log: string[] = []
  const up = gate()
  const brief: Runnable = async (scope, ready) => {
    void ready(scope)
    await up.promise
    log.push('brief ends')
  }
  const running = chain(brief, scripted('b', log))(endless(), async ({ signal }) => {
    up.resolve()
    await aborted(signal)
    log.push('up ends')
  })
  await running
  expect(log.slice(2)).toEqual(['brief ends', 'up ends', 'b is forced', '-b'])
})

test('what failed on top of a runnable that did not wait for it is not lost', async () => {
  const unhandled = await unhandledRejectionsOf(async () => {
    const failing = async (scope: Scope): Promise<void> => {
      await aborted(scope.signal)
      throw oops
    }
    await expect(chain(hasty, nop())(endless(), failing)).rejects.toBe(oops)
    await chain(hasty, nop())(endless(), untilAborted)
  })
  expect(unhandled).toEqual([])
})

test('a runnable may handle the failure of what runs on top of it', async () => {
  await chain(forgiving, nop())(endless(), fails)
})

test('a runnable that was ready with a scope of its own making is still told when its task is forced to end', async () => {
  const task = createTask(careless)
  await task.start()
  await expect(task.stop({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  const above = Promise.withResolvers<AbortSignal>()
  const outer = new AbortController()
  const running = chain(careless, nop())({ signal: outer.signal }, async ({ signal }) => {
    above.resolve(signal)
    await aborted(signal)
  })
  outer.abort()
  await running
  expect((await above.promise).aborted).toBe(true)
})
