import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { chain } from '../../../src/tasks/chain.ts'
import { createTask } from '../../../src/tasks/create-task.ts'
import { leaf } from '../../../src/tasks/leaf.ts'
import { named } from '../../../src/tasks/named.ts'
import { nop } from '../../../src/tasks/nop.ts'
import { parallel } from '../../../src/tasks/parallel.ts'
import type { Runnable } from '../../../src/tasks/runnable.ts'
import { sequential } from '../../../src/tasks/sequential.ts'
import { startStop } from '../../../src/tasks/start-stop.ts'
import { BroodError } from '../../../src/errors.ts'
import { aborted, endless, gate, scripted, untilAborted } from './scripted.ts'

const oops = new Error('oops')
const fails = (): Promise<never> => Promise.reject(oops)
const ignored = (): Promise<never> => Promise.reject(new Error('ignored'))
const unreachable = (): never => {
  throw new Error('unreachable')
}
const patient = (): Runnable => leaf(({ signal }) => aborted(signal))
const nothing = async (): Promise<void> => {}

const lists = { chain, parallel, sequential }

test.each(Object.entries(lists))(
  '%s of 0 to 4 runs each once, in order, and again when it is called again',
  async (_, combine) => {
    for (const count of [0, 1, 2, 3, 4]) {
      const ran: number[] = []
      const expected = Array.from({ length: count }, (_0, index) => index)
      const combined = combine(
        ...expected.map((index): Runnable => (scope, ready) => {
          ran.push(index)
          return ready(scope)
        }),
      )
      let ready = 0
      for (let run = 0; run < 2; run += 1) await combined(endless(), async () => void (ready += 1))
      expect(ran).toEqual([...expected, ...expected])
      expect(ready).toBe(2)
    }
  },
)

test.each(Object.entries(lists))('%s of one is that one', (_, combine) => {
  const one = nop()
  expect(combine(one)).toBe(one)
})

test('a combinator keeps the list it was given', async () => {
  const log: string[] = []
  const list = [scripted('a', log), scripted('b', log)]
  const combined = [chain(...list), parallel(...list), sequential(...list)]
  list[1] = scripted('c', log)
  for (const each of combined) await each(endless(), nothing)
  expect(log.filter((line) => line.startsWith('+'))).toEqual(['+a', '+b', '+a', '+b', '+a', '+b'])
})

test('nop runs what is on top of it and nothing else', async () => {
  const scope = endless()
  let given: unknown
  await nop()(scope, async (within) => void (given = within))
  expect(given).toBe(scope)
  await expect(nop()(endless(), fails)).rejects.toBe(oops)
})

test('leaf: when the callback returns, the foreground is cancelled, and saying so is no failure', async () => {
  let signal: AbortSignal | undefined
  await leaf(async (scope) => {
    signal = scope.signal
    await untilAborted(scope)
  })(endless(), nothing)
  expect(signal?.aborted).toBe(true)
})

test('leaf: an AbortError of Node’s own that was caused by the cancellation is no failure either', async () => {
  const { setTimeout } = await import('node:timers/promises')
  await leaf(({ signal }) => setTimeout(2 ** 30, undefined, { signal }))(endless(), nothing)
})

test('leaf: a foreground that fails while it is cancelled has failed', async () => {
  const run = async ({ signal }: { signal: AbortSignal }): Promise<void> => {
    await aborted(signal)
    throw oops
  }
  await expect(leaf(run)(endless(), nothing)).rejects.toBe(oops)
})

test('leaf: the callback’s error is thrown', async () => {
  await expect(leaf(({ signal }) => aborted(signal))(endless(), fails)).rejects.toBe(oops)
})

test.each([
  ['resolved', nothing, undefined],
  ['failed', fails, oops],
  [
    'thrown',
    () => {
      throw oops
    },
    oops,
  ],
] as const)('leaf: when the foreground has %s, the callback’s scope is cancelled', async (_, run, error) => {
  let above: AbortSignal | undefined
  const ended = leaf(run)(endless(), ({ signal }) => aborted((above = signal)))
  await (error === undefined ? ended : expect(ended).rejects.toBe(error))
  expect(above?.aborted).toBe(true)
})

test('leaf: a callback that only says that it was cancelled does not hide why the foreground failed', async () => {
  await expect(leaf(fails)(endless(), untilAborted)).rejects.toBe(oops)
})

test('leaf: gracefulStop runs after the callback, in the outer scope, while the foreground still runs', async () => {
  const log: string[] = []
  const scope = endless()
  const closing = gate()
  const run = async ({ signal }: { signal: AbortSignal }): Promise<void> => {
    await closing.promise
    log.push(`run ends, cancelled: ${signal.aborted}`)
  }
  const stop = async (given: unknown): Promise<void> => {
    log.push(`stop, outer scope: ${given === scope}`)
    closing.resolve()
    await Promise.resolve()
  }
  await leaf(run, stop)(scope, async () => void log.push('callback'))
  expect(log).toEqual(['callback', 'stop, outer scope: true', 'run ends, cancelled: false'])
})

test.each([
  ['the callback’s', ['callback', 'stop', 'run'], 'callback'],
  ['gracefulStop’s', ['stop', 'run'], 'stop'],
  ['the foreground’s', ['run'], 'run'],
] as const)('leaf: of several errors %s comes first', async (_, failing, expected) => {
  const at = (step: (typeof failing)[number]) => async (): Promise<void> => {
    if ((failing as readonly string[]).includes(step)) throw new Error(step)
  }
  const run = async ({ signal }: { signal: AbortSignal }): Promise<void> => {
    await aborted(signal)
    await at('run')()
  }
  await expect(leaf(run, at('stop'))(endless(), at('callback'))).rejects.toThrow(expected)
})

test('leaf: the abort of the outer scope reaches the foreground at once, for the same reason', async () => {
  const controller = new AbortController()
  const running = leaf(untilAborted)({ signal: controller.signal }, ({ signal }) => aborted(signal))
  controller.abort(oops)
  await expect(running).rejects.toBe(oops)
})

test('startStop of a task’s own verbs runs the task', async () => {
  const started = gate()
  const task = createTask(
    leaf(async ({ signal }) => {
      started.resolve()
      await aborted(signal)
    }),
  )
  await startStop(task.start, task.stop)(endless(), () => started.promise)
  expect(task.state).toBe('stopped')
})

test('startStop: when the start fails, neither the callback nor the stop run', async () => {
  await expect(startStop(fails, unreachable)(endless(), unreachable)).rejects.toBe(oops)
})

test.each([
  ['the callback', nothing, fails],
  ['the stop', fails, nothing],
  ['the callback before the stop', ignored, fails],
] as const)('startStop: the error of %s is thrown', async (_, stop, callback) => {
  let stops = 0
  const counted = (): Promise<void> => {
    stops += 1
    return stop()
  }
  await expect(startStop(nothing, counted)(endless(), callback)).rejects.toBe(oops)
  expect(stops).toBe(1)
})

test('startStop: what was started although the scope was cancelled meanwhile is stopped', async () => {
  const starting = gate()
  const log: string[] = []
  const task = createTask(
    startStop(
      () => starting.promise,
      () => void log.push('stop'),
    ),
  )
  const start = task.start()
  const stop = task.stop()
  starting.resolve()
  await expect(start).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  await stop
  expect(log).toEqual(['stop'])
})

test('chain: starts in order, stops in reverse, and each finds the earlier ones running', async () => {
  const log: string[] = []
  await chain(scripted('a', log), scripted('b', log), scripted('c', log))(endless(), async () => void log.push('up'))
  expect(log).toEqual([
    '+a',
    'a ready',
    '+b',
    'b ready',
    '+c',
    'c ready',
    'up',
    'c stops',
    '-c',
    'b stops',
    '-b',
    'a stops',
    '-a',
  ])
})

test('chain: a failing start stops the earlier ones in reverse, and no later one starts', async () => {
  const log: string[] = []
  const bad = scripted('bad', log, { start: fails })
  const whole = chain(scripted('a', log), scripted('b', log), bad, scripted('c', log))
  await expect(whole(endless(), async () => void log.push('up'))).rejects.toBe(oops)
  expect(log).toEqual(['+a', 'a ready', '+b', 'b ready', '+bad', 'b stops', '-b', 'a stops', '-a'])
})

test('chain: one that ends by itself forces the later ones to end', async () => {
  const log: string[] = []
  const ends = gate()
  const whole = chain(scripted('a', log, { ends: ends.promise }), scripted('b', log))
  const running = whole(endless(), ({ signal }) => {
    ends.reject(oops)
    return aborted(signal)
  })
  await expect(running).rejects.toBe(oops)
  expect(log).toEqual(['+a', 'a ready', '+b', 'b ready', 'b is forced', '-b', 'a stops', '-a'])
})

test('chain: one whose foundation was lost before its turn never begins', async () => {
  const log: string[] = []
  const lost: Runnable = async (_, ready) => ready({ signal: AbortSignal.abort(oops) })
  await expect(chain(lost, scripted('b', log))(endless(), nothing)).rejects.toBe(oops)
  expect(log).toEqual([])
})

test('named prefixes a failure, keeps it as the cause, and nothing else', async () => {
  await named('db', nop())(endless(), nothing)
  await expect(named('db', startStop(fails, nothing))(endless(), nothing)).rejects.toMatchObject({
    message: 'db: oops',
    cause: oops,
  })
  const odd = startStop(() => Promise.reject('odd'), nothing)
  await expect(named('app', named('db', odd))(endless(), nothing)).rejects.toThrow(`app: db: 'odd'`)
})

test('named prefixes whatever was thrown, even nothing', async () => {
  await expect(named('db', () => Promise.reject(undefined))(endless(), nothing)).rejects.toMatchObject({
    message: 'db: undefined',
  })
})

test('named keeps the code of a BroodError, and what it tells of a child', async () => {
  const error = new BroodError('ERR_SPAWN_FAILED', 'no such program', { child: 'web', stderrTail: 'tail' })
  const unit = named('web', () => Promise.reject(error))
  await expect(unit(endless(), nothing)).rejects.toMatchObject({
    code: 'ERR_SPAWN_FAILED',
    message: 'web: no such program',
    child: 'web',
    stderrTail: 'tail',
    cause: error,
  })
})

test('named leaves a cancellation as it is', async () => {
  const controller = new AbortController()
  const running = named('db', startStop(untilAborted, nothing))({ signal: controller.signal }, nothing)
  controller.abort(oops)
  await expect(running).rejects.toBe(oops)
})

test('no combinator leaves a listener on the scope it was run in', async () => {
  const all = [
    leaf(nothing),
    chain(patient(), patient()),
    parallel(patient(), patient()),
    sequential(patient(), patient()),
    named('a', patient()),
  ]
  const scope = endless()
  let most = 0
  for (const each of all) {
    await each(scope, async () => void (most = Math.max(most, getEventListeners(scope.signal, 'abort').length)))
    expect(getEventListeners(scope.signal, 'abort')).toEqual([])
  }
  expect(most).toBeGreaterThan(0)
})
