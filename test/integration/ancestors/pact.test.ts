import { expect, test } from 'vitest'
import {
  chain,
  createTask,
  leaf,
  named,
  nop,
  parallel,
  sequential,
  startStop,
  type Runnable,
} from '../../../src/index.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { rejection } from '../support/supervise.ts'
import { until } from '../support/until.ts'
import { unit } from './support.ts'

/*
 * The `process` package of pact-im/go-pkg: what it is to a user of brood, with runnables that are real processes. Their
 * rules among themselves have tests of their own in test/unit/tasks. The letters number its promises as
 * docs/explanation/ancestors.md lists them.
 */

expectNoLeaks()

const names = ['a', 'b', 'c', 'd']

test('P1, P2: a runnable that is a process is starting, running, stopping and stopped, and not stopped before it is dead', async () => {
  const log: string[] = []
  const { run, isUp, supervisor } = unit('a', log)
  const task = createTask(run)
  const seen: string[] = []
  supervisor.events$.subscribe(({ type }) => {
    if (['process.spawned', 'signal.sent', 'process.exited'].includes(type)) seen.push(`${type}: ${task.state}`)
  })
  seen.push(task.state)
  await task.start()
  seen.push(task.state)
  expect(isUp()).toBe(true)
  await task.stop()
  seen.push(task.state)
  expect(isUp()).toBe(false)
  expect(seen).toEqual([
    'initial',
    'process.spawned: starting',
    'running',
    'signal.sent: stopping',
    'process.exited: stopping',
    'stopped',
  ])
  await task.done
})

test('P3: a start is over with readiness and not before, is given once, and one that ends before has failed', async () => {
  const log: string[] = []
  const task = createTask(unit('a', log).run)
  const started = task.start()
  expect(await rejection(task.start())).toMatchObject({ code: 'ERR_INVALID_STATE' })
  await started
  expect(log).toEqual(['+a'])
  await task.stop()
  expect(await rejection(task.start())).toMatchObject({ code: 'ERR_INVALID_STATE' })

  const bad = createTask(unit('bad', log, { exits: true }).run)
  expect(await rejection(bad.start())).toMatchObject({ code: 'ERR_EXITED_BEFORE_READY', exit: { code: 3 } })
  expect(bad.state).toBe('stopped')
})

test('P3: a run that ends without an error and without readiness has failed, in words', async () => {
  const error = await rejection(createTask(async () => {}).start())
  expect(error).toMatchObject({ code: 'ERR_EXITED_BEFORE_READY' })
  expect(String(error)).not.toMatch(/undefined|null|nil/)
})

test('P3: an aborted start is over when what it started is gone', async () => {
  const log: string[] = []
  const slow = unit('slow', log)
  const abort = new AbortController()
  const hangs = startStop(
    async (scope) => {
      await slow.supervisor.start(scope)
      await new Promise((resolve) => scope.signal.addEventListener('abort', resolve))
      await slow.supervisor.stop()
      scope.signal.throwIfAborted()
    },
    () => {},
  )
  const task = createTask(hangs)
  const started = rejection(task.start({ signal: abort.signal }))
  await until('the process is up', slow.isUp)
  const reason = new Error('no time')
  abort.abort(reason)
  expect(await started).toMatchObject({ code: 'ERR_ABORTED', cause: reason })
  expect([slow.isUp(), task.state]).toEqual([false, 'stopped'])
})

test('P4: a stop before the start forbids it; one that is joined resolves; a forced one tells that it was forced', async () => {
  const log: string[] = []
  const forbidden = createTask(unit('x', log).run)
  await forbidden.stop()
  await forbidden.done
  expect(await rejection(forbidden.start())).toMatchObject({ code: 'ERR_INVALID_STATE' })

  const { run, isUp } = unit('a', log)
  const task = createTask(run)
  await task.start()
  const patient = task.stop()
  expect(await rejection(task.stop({ signal: AbortSignal.abort() }))).toMatchObject({ code: 'ERR_ABORTED' })
  await patient
  expect([isUp(), log]).toEqual([false, ['+a', '-a']])
})

test('P5: done settles once, when it is over, with the failure if there was one', async () => {
  const log: string[] = []
  const good = createTask(unit('a', log).run)
  let done = false
  void good.done.then(() => (done = true))
  await good.start()
  expect(done).toBe(false)
  await good.stop()
  await good.done
  expect(done).toBe(true)
  const oops = new Error('oops')
  const bad = createTask(
    startStop(
      () => {},
      () => Promise.reject(oops),
    ),
  )
  await bad.start()
  expect(await rejection(bad.stop())).toBe(oops)
  expect(await rejection(bad.done)).toBe(oops)
})

test('P6: nothing is a runnable, too; a name stands before failures and nowhere else', async () => {
  const log: string[] = []
  const quiet = createTask(chain(nop(), named('a', unit('a', log).run)))
  await quiet.start()
  await quiet.stop()
  const loud = createTask(named('outer', named('bad', unit('bad', log, { exits: true }).run)))
  expect(String(await rejection(loud.start()))).toMatch(/outer: bad: /)
})

test('P7: a leaf is a process that runs by itself: its end ends what is on top, and it is ended with that', async () => {
  const log: string[] = []
  const below = unit('a', log)
  const foreground = leaf(
    async ({ signal }) => {
      await below.supervisor.start()
      await below.supervisor
        .child('a')
        ?.when('stopped')
        .catch(() => {})
      signal.throwIfAborted()
    },
    () => below.supervisor.stop(),
  )
  const task = createTask(foreground)
  await task.start()
  await below.supervisor.child('a')?.when('running')
  expect(below.isUp()).toBe(true)
  await task.stop()
  expect([below.isUp(), task.state]).toEqual([false, 'stopped'])
})

test('P8: where the start fails, neither what is on top nor the stop is called', async () => {
  const log: string[] = []
  const { supervisor } = unit('bad', [], { exits: true })
  const task = createTask(
    chain(
      startStop(
        () => supervisor.start(),
        () => log.push('stop'),
      ),
      startStop(
        () => log.push('start on top'),
        () => log.push('stop on top'),
      ),
    ),
  )
  expect(await rejection(task.start())).toMatchObject({ code: 'ERR_EXITED_BEFORE_READY' })
  expect(log).toEqual([])
})

test.each([0, 1, 2, 3, 4])(
  'P9: a chain of %i starts in order, and stops in reverse, each while those below it run',
  async (count) => {
    const log: string[] = []
    const units = names.slice(0, count).map((name) => unit(name, log))
    const task = createTask(chain(...units.map(({ run }) => run)))
    await task.start()
    expect(units.map(({ isUp }) => isUp())).toEqual(units.map(() => true))
    await task.stop()
    const up = names.slice(0, count).map((name) => `+${name}`)
    const down = names
      .slice(0, count)
      .map((name) => `-${name}`)
      .toReversed()
    expect(log).toEqual([...up, ...down])
  },
)

test.each([0, 1, 2, 3, 4])(
  'P10: %i in parallel are all up before what comes next, and all down after it',
  async (count) => {
    const log: string[] = []
    const units = names.slice(0, count).map((name) => unit(name, log))
    const main: Runnable = async (scope, ready) => {
      log.push('main')
      await ready(scope)
      log.push('over')
    }
    const task = createTask(chain(parallel(...units.map(({ run }) => run)), main))
    await task.start()
    await task.stop()
    expect(log.slice(0, count).toSorted()).toEqual(names.slice(0, count).map((name) => `+${name}`))
    expect(log.slice(count, count + 2)).toEqual(['main', 'over'])
    expect(log.slice(count + 2).toSorted()).toEqual(names.slice(0, count).map((name) => `-${name}`))
  },
)

test('P10: one that fails takes those beside it down, and what comes next is never begun', async () => {
  const log: string[] = []
  const [good, bad] = [unit('good', log), unit('bad', log, { exits: true })]
  const task = createTask(
    chain(
      parallel(good.run, bad.run),
      startStop(
        () => log.push('main'),
        () => {},
      ),
    ),
  )
  expect(await rejection(task.start())).toMatchObject({ code: 'ERR_EXITED_BEFORE_READY' })
  expect(good.isUp()).toBe(false)
  expect(log).not.toContain('main')
})

test('P10: one that ends early ends the rest, in their own time', async () => {
  const log: string[] = []
  const [stays, ends] = [unit('stays', log), unit('ends', log)]
  const task = createTask(
    parallel(
      stays.run,
      leaf(async () => {
        await ends.supervisor.start()
        await ends.supervisor
          .child('ends')
          ?.when('stopped')
          .catch(() => {})
      }),
    ),
  )
  await task.start()
  await ends.supervisor.child('ends')?.when('running')
  expect([stays.isUp(), ends.isUp()]).toEqual([true, true])
  const { pid = -1 } = ends.supervisor.child('ends')?.view ?? {}
  process.kill(pid, 'SIGKILL')
  await task.done
  expect([task.state, stays.isUp()]).toEqual(['stopped', false])
})

test('P11: a sequence starts one after the other and, not as in pact, stops in reverse', async () => {
  const log: string[] = []
  const task = createTask(sequential(...names.map((name) => unit(name, log).run)))
  await task.start()
  await task.stop()
  expect(log).toEqual(['+a', '+b', '+c', '+d', '-d', '-c', '-b', '-a'])
})

test('P11: not as in pact, what comes after one that failed is never begun', async () => {
  const log: string[] = []
  const after = unit('c', log)
  const task = createTask(sequential(unit('a', log).run, unit('bad', log, { exits: true }).run, after.run))
  expect(await rejection(task.start())).toMatchObject({ code: 'ERR_EXITED_BEFORE_READY' })
  expect(log).toEqual(['+a', '-bad', '-a'])
  expect(after.supervisor.view.state).toBe('initial')
})

test('not as in pact: a start that a stop has overtaken is told so, and nothing of it is left', async () => {
  const log: string[] = []
  const { run, isUp } = unit('a', log)
  const task = createTask(run)
  const started = rejection(task.start())
  await task.stop()
  expect(await started).toMatchObject({ code: 'ERR_ABORTED' })
  expect([isUp(), task.state]).toEqual([false, 'stopped'])
})

test('P16: a task can be tried again by making it again, and each try begins afresh', async () => {
  const log: string[] = []
  for (const name of ['one', 'two', 'three']) {
    const task = createTask(unit(name, log).run)
    await task.start()
    await task.stop()
  }
  expect(log).toEqual(['+one', '-one', '+two', '-two', '+three', '-three'])
})
