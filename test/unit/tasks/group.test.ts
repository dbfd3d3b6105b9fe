import { expect, test } from 'vitest'
import { chain } from '../../../src/tasks/chain.ts'
import { createTask } from '../../../src/tasks/create-task.ts'
import { group } from '../../../src/tasks/group.ts'
import { leaf } from '../../../src/tasks/leaf.ts'
import { parallel } from '../../../src/tasks/parallel.ts'
import { sequential } from '../../../src/tasks/sequential.ts'
import { aborted, endless, gate, scripted, turn, untilAborted } from './scripted.ts'

const oops = new Error('oops')
const fails = (): Promise<never> => Promise.reject(oops)
const failingStop = (name: string) => scripted(name, [], { stop: () => Promise.reject(new Error(name)) })
const nothing = async (): Promise<void> => {}

test('parallel: all start at once, the callback waits for all, all stop at once after it', async () => {
  const log: string[] = []
  const [a, b, aStops] = [gate(), gate(), gate()]
  const whole = parallel(
    scripted('a', log, { start: () => a.promise, stop: () => aStops.promise }),
    scripted('b', log, { start: () => b.promise, stop: () => aStops.resolve() }),
  )
  const running = whole(endless(), async () => void log.push('up'))
  expect(log).toEqual(['+a', '+b'])
  b.resolve()
  await turn()
  expect(log).toEqual(['+a', '+b', 'b ready'])
  a.resolve()
  await running
  // `a` ends only after `b` was told to: both stops were under way together.
  expect(log.slice(3, 7)).toEqual(['a ready', 'up', 'a stops', 'b stops'])
})

test('parallel: a failing start stops those that are ready, cuts those that are not, and never calls back', async () => {
  const log: string[] = []
  const failing = gate()
  const whole = parallel(
    scripted('a', log),
    scripted('slow', log, { start: untilAborted }),
    scripted('bad', log, { start: () => failing.promise }),
  )
  const running = whole(endless(), async () => void log.push('up'))
  await turn()
  failing.reject(oops)
  await expect(running).rejects.toBe(oops)
  expect(log).toEqual(['+a', '+slow', '+bad', 'a ready', 'a stops', '-a'])
})

test('parallel: one that hangs in its start does not keep the others from stopping', async () => {
  const log: string[] = []
  const hanging = gate()
  const whole = parallel(
    scripted('a', log),
    scripted('hangs', log, { start: () => hanging.promise }),
    scripted('bad', log, { start: fails }),
  )
  const running = whole(endless(), nothing)
  await turn()
  expect(log).toContain('-a')
  hanging.resolve()
  await expect(running).rejects.toBe(oops)
  expect(log.at(-1)).toBe('-hangs')
})

test('sequential: starts in order and stops in reverse, one after the other', async () => {
  const log: string[] = []
  const whole = sequential(scripted('a', log), scripted('b', log), scripted('c', log))
  await whole(endless(), async () => void log.push('up'))
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

test('control: a group that stops in the order of its list is told apart', async () => {
  const log: string[] = []
  const forwards = group([scripted('a', log), scripted('b', log)], {
    async start(units, launch) {
      for (const unit of units) await launch(unit)
    },
    async stop(lives) {
      for (const life of lives) {
        life.stop()
        await life.ended
      }
    },
  })
  await forwards(endless(), nothing)
  expect(log.slice(-4)).toEqual(['a stops', '-a', 'b stops', '-b'])
})

test('sequential: a failing start stops the started ones in reverse, and no later one starts', async () => {
  const log: string[] = []
  const bad = scripted('bad', log, { start: fails })
  const whole = sequential(scripted('a', log), scripted('b', log), bad, scripted('c', log))
  await expect(whole(endless(), async () => void log.push('up'))).rejects.toBe(oops)
  expect(log).toEqual(['+a', 'a ready', '+b', 'b ready', '+bad', 'b stops', '-b', 'a stops', '-a'])
})

test('sequential: one that ends while a later one starts cuts that one, and no other starts', async () => {
  const log: string[] = []
  const ends = gate()
  const whole = sequential(
    scripted('a', log, { ends: ends.promise }),
    scripted('slow', log, { start: untilAborted }),
    scripted('c', log),
  )
  const running = whole(endless(), async () => void log.push('up'))
  await turn()
  ends.reject(oops)
  await expect(running).rejects.toBe(oops)
  expect(log).toEqual(['+a', 'a ready', '+slow', 'a stops', '-a'])
})

test.each([
  ['parallel', parallel, ['up ends', 'a stops', 'b stops', '-a', '-b']],
  ['sequential', sequential, ['up ends', 'b stops', '-b', 'a stops', '-a']],
] as const)(
  '%s: one that ends by itself cancels the callback, and all stop when that has ended',
  async (_, combine, end) => {
    const log: string[] = []
    const [ends, cleaning] = [gate(), gate()]
    const whole = combine(scripted('a', log, { ends: ends.promise }), scripted('b', log))
    const running = whole(endless(), async ({ signal }) => {
      ends.resolve()
      await aborted(signal)
      await cleaning.promise
      log.push('up ends')
    })
    await turn()
    expect(log.at(-1)).toBe('b ready')
    cleaning.resolve()
    await running
    expect(log.slice(4)).toEqual(end)
  },
)

test('a callback that only says that it was cancelled does not hide the failure of the unit that ended', async () => {
  const ends = gate()
  const running = parallel(scripted('bad', [], { ends: ends.promise }), leaf(untilAborted))(endless(), (scope) => {
    ends.reject(oops)
    return untilAborted(scope)
  })
  await expect(running).rejects.toBe(oops)
})

test('the callback’s error comes before those of the units', async () => {
  const log: string[] = []
  const bad = scripted('bad', log, { stop: () => Promise.reject(new Error('ignored')) })
  await expect(parallel(bad, scripted('a', log))(endless(), fails)).rejects.toBe(oops)
})

test.each([
  ['parallel', parallel],
  ['sequential', sequential],
] as const)('%s: several failures become an AggregateError in the order of the list', async (_, combine) => {
  const whole = combine(failingStop('a'), scripted('b', []), failingStop('c'))
  await expect(whole(endless(), nothing)).rejects.toMatchObject({
    name: 'AggregateError',
    message: '2 failures: a; c',
    errors: [{ message: 'a' }, { message: 'c' }],
  })
})

test('a failing start whose roll-back fails too is told with both', async () => {
  const a = scripted('a', [], { stop: () => Promise.reject(new Error('stop')) })
  const task = createTask(sequential(a, scripted('bad', [], { start: fails })))
  await expect(task.start()).rejects.toMatchObject({
    code: 'ERR_EXITED_BEFORE_READY',
    cause: { name: 'AggregateError', errors: [{ message: 'stop' }, oops] },
  })
})

test.each([
  ['parallel', parallel],
  ['sequential', sequential],
] as const)('%s: a unit that returns without having been ready has failed', async (_, combine) => {
  const log: string[] = []
  const whole = combine(scripted('a', log), nothing)
  await expect(whole(endless(), async () => void log.push('up'))).rejects.toMatchObject({
    code: 'ERR_EXITED_BEFORE_READY',
  })
  expect(log).toEqual(['+a', 'a ready', 'a stops', '-a'])
})

test('a group that loses one before all are ready, without an error, has failed to start', async () => {
  const ends = gate()
  const task = createTask(
    sequential(scripted('a', [], { ends: ends.promise }), scripted('slow', [], { start: untilAborted })),
  )
  const start = task.start()
  ends.resolve()
  await expect(start).rejects.toMatchObject({ code: 'ERR_EXITED_BEFORE_READY' })
})

test('the abort of the outer scope forces every unit at once, whatever the callback does', async () => {
  const forced = [gate(), gate()] as const
  const unit = (index: 0 | 1) =>
    leaf(async ({ signal }) => {
      await aborted(signal)
      forced[index].resolve()
    })
  const controller = new AbortController()
  const [up, busy] = [gate(), gate()]
  const running = sequential(unit(0), unit(1))({ signal: controller.signal }, () => {
    up.resolve()
    return busy.promise
  })
  await up.promise
  controller.abort(oops)
  await Promise.all(forced.map(({ promise }) => promise))
  busy.resolve()
  await running
})

test('units that all echo the abort are told as the one reason they had', async () => {
  const controller = new AbortController()
  const whole = parallel(leaf(untilAborted), leaf(untilAborted))
  const running = whole({ signal: controller.signal }, untilAborted)
  controller.abort(oops)
  await expect(running).rejects.toBe(oops)
})

test('a failure during a forced end is not hidden by the echoes of the others', async () => {
  const controller = new AbortController()
  const bad = scripted('bad', [], { stop: fails })
  const running = parallel(leaf(untilAborted), bad)({ signal: controller.signal }, untilAborted)
  controller.abort(new Error('hurry'))
  await expect(running).rejects.toBe(oops)
})

test('nested groups keep the order across their borders', async () => {
  const log: string[] = []
  const unit = (name: string) => scripted(name, log)
  await chain(unit('a'), sequential(unit('b'), unit('c')), unit('d'))(endless(), nothing)
  expect(log.filter((line) => /^[+-]/u.test(line))).toEqual(['+a', '+b', '+c', '+d', '-d', '-c', '-b', '-a'])
})
