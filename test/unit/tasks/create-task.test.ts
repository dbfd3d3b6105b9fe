import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { BroodError } from '../../../src/errors.ts'
import { createTask } from '../../../src/tasks/create-task.ts'
import { leaf } from '../../../src/tasks/leaf.ts'
import { nop } from '../../../src/tasks/nop.ts'
import type { Runnable, Scope } from '../../../src/tasks/runnable.ts'
import { sequential } from '../../../src/tasks/sequential.ts'
import { startStop } from '../../../src/tasks/start-stop.ts'
import type { Task } from '../../../src/tasks/task.ts'
import { aborted, gate, scripted, turn, unhandledRejectionsOf, untilAborted } from './scripted.ts'

const oops = new Error('oops')
const fails = (): Promise<never> => Promise.reject(oops)
const nothing = async (): Promise<void> => {}

test('a task goes through its states, each visible while it lasts', async () => {
  const states: string[] = []
  const task: Task = createTask(async (scope, ready) => {
    states.push(task.state)
    await Promise.resolve()
    const released = ready(scope)
    states.push(task.state)
    await released
    states.push(task.state)
  })
  states.push(task.state)
  await task.start()
  await task.stop()
  states.push(task.state)
  expect(states).toEqual(['initial', 'starting', 'running', 'stopping', 'stopped'])
  await task.done
})

test('start runs the runnable before it returns, and resolves when that is ready, not before', async () => {
  const opening = gate()
  let began = false
  const task = createTask(async (scope, ready) => {
    began = true
    await opening.promise
    await ready(scope)
  })
  let resolved = false
  const start = task.start().then(() => (resolved = true))
  expect([began, task.state]).toEqual([true, 'starting'])
  await turn()
  expect(resolved).toBe(false)
  opening.resolve()
  await start
  expect(task.state).toBe('running')
  await task.stop()
})

test('a task is one life: a second start is refused in every state', async () => {
  const refused = { code: 'ERR_INVALID_STATE' }
  const [opening, closing] = [gate(), gate()]
  const task = createTask(
    startStop(
      () => opening.promise,
      () => closing.promise,
    ),
  )
  const start = task.start()
  await expect(task.start()).rejects.toMatchObject({ ...refused, message: 'Cannot start a task that is starting.' })
  opening.resolve()
  await start
  await expect(task.start()).rejects.toMatchObject(refused)
  const stop = task.stop()
  await expect(task.start()).rejects.toMatchObject(refused)
  closing.resolve()
  await stop
  await expect(task.start()).rejects.toMatchObject(refused)
})

test('a start from within the runnable itself is refused too', async () => {
  const task: Task = createTask(async (scope, ready) => {
    await expect(task.start()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
    await ready(scope)
  })
  await task.start()
  await task.stop()
})

test('a stop from within the start cuts it', async () => {
  let stop: Promise<void> | undefined
  const task: Task = createTask(async (scope, ready) => {
    stop = task.stop()
    scope.signal.throwIfAborted()
    await ready(scope)
  })
  await expect(task.start()).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  await stop
})

test('stopping a task that was not started forbids its start', async () => {
  let began = false
  const task = createTask(async () => void (began = true))
  await task.stop()
  expect(task.state).toBe('stopped')
  await task.done
  await expect(task.start()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
  expect(began).toBe(false)
})

test.each([
  ['without an error', nothing, undefined],
  ['with an error', fails, oops],
  [
    'by throwing',
    () => {
      throw oops
    },
    oops,
  ],
] as const)('a runnable that ends %s before it is ready makes the start fail', async (_, runnable, cause) => {
  const task = createTask(runnable)
  const error: unknown = await task.start().catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'ERR_EXITED_BEFORE_READY' })
  expect((error as Error).cause).toBe(cause)
  expect((error as Error).message).not.toMatch(/undefined|null/u)
  expect(task.state).toBe('stopped')
  await expect(task.done).rejects.toBe(cause ?? error)
})

test('an aborted start cancels the runnable, waits for its end, then rejects with the reason as its cause', async () => {
  const closing = gate()
  const log: string[] = []
  const controller = new AbortController()
  const task = createTask(async ({ signal }) => {
    await aborted(signal)
    log.push(`cancelled while ${task.state}`)
    await closing.promise
    log.push('ended')
    signal.throwIfAborted()
  })
  const start = task.start({ signal: controller.signal }).catch((error: unknown) => {
    log.push('rejected')
    return error
  })
  controller.abort(oops)
  await turn()
  expect(log).toEqual(['cancelled while stopping'])
  closing.resolve()
  expect(await start).toMatchObject({ code: 'ERR_ABORTED', cause: oops })
  expect(log.slice(1)).toEqual(['ended', 'rejected'])
  await task.done
})

test('a start whose signal is aborted already begins nothing', async () => {
  let began = false
  const task = createTask(async () => void (began = true))
  await expect(task.start({ signal: AbortSignal.abort(oops) })).rejects.toMatchObject({
    code: 'ERR_ABORTED',
    cause: oops,
  })
  expect([began, task.state]).toEqual([false, 'stopped'])
  await task.done
})

test('once it is ready, the abort of the start’s signal means nothing', async () => {
  const controller = new AbortController()
  const task: Task = createTask(async (scope, ready) => {
    const released = ready(scope)
    // Before the caller of `start` had a chance to hear of it.
    controller.abort()
    await released
  })
  await task.start({ signal: controller.signal })
  expect(task.state).toBe('running')
  await task.stop()
})

test('a runnable that becomes ready although it was cut does not make the start succeed', async () => {
  const opening = gate()
  const task = createTask(async (scope, ready) => {
    await opening.promise
    await ready(scope)
  })
  const start = task.start()
  const stop = task.stop()
  opening.resolve()
  await expect(start).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  await stop
  expect(task.state).toBe('stopped')
})

test('a graceful stop leaves the scope intact and waits for the end', async () => {
  const log: string[] = []
  const closing = gate()
  const task = createTask(scripted('a', log, { stop: () => closing.promise }))
  await task.start()
  const stop = task.stop().then(() => log.push('stopped'))
  await turn()
  expect([log.at(-1), task.state]).toEqual(['a stops', 'stopping'])
  closing.resolve()
  await stop
  expect(log.slice(-2)).toEqual(['-a', 'stopped'])
})

test('an impatient stop forces the end, waits for it, then rejects; the patient one it joined resolves', async () => {
  const log: string[] = []
  const controller = new AbortController()
  const task = createTask(
    startStop(nothing, async ({ signal }: Scope) => {
      await aborted(signal)
      log.push('forced')
    }),
  )
  await task.start()
  const patient = task.stop()
  const impatient = task.stop({ signal: controller.signal })
  controller.abort(oops)
  await expect(impatient).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: oops })
  expect(log).toEqual(['forced'])
  await patient
})

test('a further stop joins, also after the end', async () => {
  let stops = 0
  const task = createTask(startStop(nothing, () => void (stops += 1)))
  await task.start()
  await Promise.all([task.stop(), task.stop()])
  await task.stop()
  // There is nothing left to force.
  await task.stop({ signal: AbortSignal.abort() })
  expect(stops).toBe(1)
})

test('a stop of a task that ended by itself is refused: there was nothing to stop', async () => {
  const ends = gate()
  const task = createTask(leaf(() => ends.promise))
  await task.start()
  ends.resolve()
  await task.done
  await expect(task.stop()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
})

test('a task that announces its end is let go, and is stopping until it is over', async () => {
  const closing = gate()
  const ends = gate()
  const task = createTask(scripted('a', [], { ends: ends.promise, stop: () => closing.promise }))
  await task.start()
  ends.resolve()
  await turn()
  expect(task.state).toBe('stopping')
  const stop = task.stop()
  closing.resolve()
  await stop
  await task.done
})

test('what the runnable fails with while it stops is what stop and done reject with', async () => {
  const task = createTask(startStop(nothing, fails))
  await task.start()
  await expect(task.stop()).rejects.toBe(oops)
  await expect(task.done).rejects.toBe(oops)
})

test('done follows the runnable alone: a forced end that only says so is no failure, another one is', async () => {
  for (const [end, failure] of [
    [untilAborted, undefined],
    [
      async ({ signal }: Scope) => {
        await aborted(signal)
        throw oops
      },
      oops,
    ],
  ] as const) {
    const task = createTask(startStop(nothing, end))
    await task.start()
    await expect(task.stop({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    await (failure === undefined ? task.done : expect(task.done).rejects.toBe(failure))
  }
})

test('a stop during the start cuts every unit of a tree, and what they say of it is no failure', async () => {
  const log: string[] = []
  const slow = scripted('slow', log, { start: untilAborted })
  const task = createTask(sequential(scripted('a', log), slow, scripted('c', log)))
  const start = task.start()
  await turn()
  await Promise.all([task.stop(), expect(start).rejects.toMatchObject({ code: 'ERR_ABORTED' })])
  expect(log).toEqual(['+a', 'a ready', '+slow', 'a is forced', '-a'])
  await task.done
})

test('a task as a step of another: a stop that cuts its start is no failure of either', async () => {
  const inner = createTask(startStop(untilAborted, nothing))
  const outer = createTask(startStop(inner.start, inner.stop))
  const start = outer.start()
  await turn()
  await Promise.all([outer.stop(), expect(start).rejects.toMatchObject({ code: 'ERR_ABORTED' })])
  await outer.done
  expect([inner.state, outer.state]).toEqual(['stopped', 'stopped'])
})

test('control: an ERR_ABORTED for any other reason is a failure', async () => {
  const own = new BroodError('ERR_ABORTED', 'given up', { cause: oops })
  const task = createTask(async ({ signal }) => {
    await aborted(signal)
    throw own
  })
  const start = task.start()
  await turn()
  await expect(task.stop()).rejects.toBe(own)
  await expect(start).rejects.toMatchObject({ code: 'ERR_ABORTED' })
})

test('a task that nobody listens to never causes an unhandled rejection', async () => {
  const failing: readonly Runnable[] = [
    fails,
    leaf(fails),
    startStop(nothing, fails),
    async (scope, ready) => {
      void ready(scope)
      throw oops
    },
  ]
  const unhandled = await unhandledRejectionsOf(async () => {
    for (const runnable of failing) {
      const task = createTask(runnable)
      await task.start().catch(() => {})
      await task.stop().catch(() => {})
    }
  })
  expect(unhandled).toEqual([])
})

test('control: an unhandled rejection would be seen', async () => {
  expect(await unhandledRejectionsOf(() => void Promise.reject(oops))).toEqual([oops])
})

test('no listener is left on the signals of start and stop', async () => {
  const [starting, stopping] = [new AbortController(), new AbortController()]
  const task = createTask(nop())
  await task.start({ signal: starting.signal })
  await task.stop({ signal: stopping.signal })
  expect(getEventListeners(starting.signal, 'abort')).toEqual([])
  expect(getEventListeners(stopping.signal, 'abort')).toEqual([])
})

test('start and stop refuse wrong options before any effect', async () => {
  const task = createTask(nop())
  for (const [options, message] of [
    [null, 'Expected `options` to be an object, got null.'],
    [{ signal: 1 }, 'Expected `signal` to be an AbortSignal, got 1.'],
    [{ sginal: undefined }, 'Expected an option to be one of `signal`, got `sginal`.'],
  ] as const) {
    await expect(task.start(options as never)).rejects.toMatchObject({ code: 'ERR_INVALID_SPEC', message })
    await expect(task.stop(options as never)).rejects.toMatchObject({ code: 'ERR_INVALID_SPEC', message })
  }
  expect(task.state).toBe('initial')
})
