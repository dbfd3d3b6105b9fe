import { describe, expect, test } from 'vitest'
import { createSupervisor, leaf, named, replay, type Runnable, type TaskChildOptions } from '../../../src/index.ts'
import { afterASecond, atOnce, createScene, watch } from './scene.ts'
import { createRuns, runningTask, startedTask } from './task-scene.ts'

const task = (id: string, run: Runnable, more: Partial<TaskChildOptions> = {}): TaskChildOptions => ({
  id,
  kind: 'task',
  run,
  restart: 'temporary',
  ...more,
})
const forever: Runnable = (scope, ready) => ready(scope)

describe('the life of a task', () => {
  test('has the events of a child without a process', async () => {
    const { scene, runs } = await startedTask()
    expect(scene.told()).toEqual([
      'root supervisor.started',
      'job start.requested',
      'job spawn.requested',
      'job process.spawned',
    ])
    expect(scene.states()).toEqual(['job starting'])
    void runs.nth(1).ready()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['job running'])
    scene.listen()
    const stopped = watch(scene.child('job').stop())
    await scene.world.advance(0)
    expect(runs.nth(1)).toMatchObject({ isAsked: true, scope: { signal: { aborted: false } } })
    expect(scene.states()).toEqual(['job stopping'])
    runs.nth(1).end()
    await scene.world.advance(0)
    expect(scene.told()).toEqual(['job stop.requested', 'job splay.elapsed', 'job process.exited', 'job child.stopped'])
    expect(scene.events.find(({ type }) => type === 'process.exited')?.data).toEqual({
      pid: null,
      identity: null,
      code: 0,
      signal: null,
      status: 0,
      expected: true,
      cause: 'operator',
    })
    expect(stopped.value).toMatchObject({
      children: [{ id: 'job', outcome: 'stopped', escalated: false, exit: { code: 0, signal: null } }],
      survivors: [],
    })
  })

  test('is told as `process.spawned { pid: null, identity: null, spawnMs: null }`, and its view has no pid', async () => {
    const { scene } = await startedTask()
    expect(scene.events.find(({ type }) => type === 'process.spawned')?.data).toEqual({
      pid: null,
      identity: null,
      spawnMs: null,
    })
    expect(scene.child('job').view).toMatchObject({ kind: 'task', state: 'starting', substate: 'probing' })
    expect(scene.child('job').view).not.toHaveProperty('pid')
    expect(scene.child('job').incarnation).toMatchObject({ number: 1, pid: null, identity: null, stdin: undefined })
  })

  test('appears neither in `exits$` nor where processes are', async () => {
    const scene = createScene({ children: [{ id: 'p', command: 'p' }] })
    const exits: (string | undefined)[] = []
    scene.supervisor.exits$.subscribe(({ child }) => exits.push(child))
    await scene.start()
    scene.supervisor.add(task('job', async () => {}))
    await scene.world.advance(0)
    expect(scene.world.processes()).toHaveLength(1)
    scene.child('p').kill()
    await scene.world.advance(0)
    expect(scene.told({ types: ['process.exited'] })).toEqual(['job process.exited', 'p process.exited'])
    expect(exits).toEqual(['p'])
  })

  test('begins when everybody has heard of it, outside of the turn', async () => {
    const seen: string[] = []
    const scene = createScene({
      children: [
        task('job', async (scope, ready) => {
          seen.push('runs')
          await ready(scope)
        }),
      ],
    })
    scene.supervisor.events$.subscribe(({ type }) => seen.push(type))
    await scene.start()
    expect(seen.slice(-3)).toEqual(['process.spawned', 'runs', 'child.ready'])
  })

  test('is one call of `run` per incarnation, of the same function', async () => {
    const { scene, runs } = await runningTask()
    const restarted = watch(scene.child('job').restart())
    await scene.world.advance(0)
    expect(runs.count).toBe(1)
    runs.nth(1).end()
    await scene.world.advance(0)
    expect(runs.count).toBe(2)
    void runs.nth(2).ready()
    await scene.world.advance(0)
    expect(restarted.value).toMatchObject({ state: 'running', incarnation: 2 })
    expect(runs.most).toBe(1)
  })

  test('replays to the same view', async () => {
    const { scene, runs } = await runningTask()
    runs.nth(1).fail(new Error('boom'))
    await scene.world.advance(0)
    const log = []
    for await (const event of scene.supervisor.read({ live: false })) if (event.type !== 'gap') log.push(event)
    expect(replay(log)).toEqual(scene.supervisor.view)
  })
})

describe('a stop', () => {
  test('resolves `ready`, and after killTimeoutMs aborts: that is told as an escalation, and no signal was sent', async () => {
    const { scene, runs } = await runningTask({ stop: { killTimeoutMs: 100 } })
    const stopped = watch(scene.child('job').stop())
    await scene.world.advance(99)
    expect(runs.nth(1).scope.signal.aborted).toBe(false)
    await scene.world.advance(1)
    expect(runs.nth(1).scope.signal.aborted).toBe(true)
    runs.nth(1).end()
    await scene.world.advance(0)
    expect(stopped.value).toMatchObject({ children: [{ outcome: 'stopped', escalated: true, durationMs: 100 }] })
    expect(scene.told({ types: ['signal.sent', 'killTimeout.elapsed'] })).toEqual(['job killTimeout.elapsed'])
  })

  test('`now` aborts at once', async () => {
    const { scene, runs } = await runningTask()
    const stopped = watch(scene.child('job').stop({ now: true }))
    expect(runs.nth(1).scope.signal.aborted).toBe(true)
    await scene.world.advance(0)
    expect(stopped.settled).toBe(false)
    runs.nth(1).end()
    await scene.world.advance(0)
    expect(stopped.value).toMatchObject({ children: [{ outcome: 'stopped' }], survivors: [] })
  })

  test('before it is ready aborts at the stop rung, after the splay, and the start gets ERR_ABORTED', async () => {
    const { scene, runs } = await startedTask({ stop: { splayMs: 1 } })
    const started = watch(scene.child('job').when('running'))
    void scene.child('job').stop()
    await scene.world.advance(1)
    expect(runs.nth(1).scope.signal.aborted).toBe(true)
    runs.nth(1).fail(runs.nth(1).scope.signal.reason)
    await scene.world.advance(0)
    expect(started.code).toBe('ERR_ABORTED')
    expect(scene.child('job').view).toMatchObject({ outcome: 'stopped', lastExit: { code: 0 } })
  })

  test('that fails ends with code 1, as somebody asked for it all the same', async () => {
    const { scene, runs } = await runningTask()
    const stopped = watch(scene.child('job').stop())
    runs.nth(1).fail(new Error('could not close'))
    await scene.world.advance(0)
    expect(stopped.value).toMatchObject({ children: [{ outcome: 'stopped', exit: { code: 1, expected: true } }] })
    expect(scene.events.find(({ type }) => type === 'process.exited')?.data).toMatchObject({
      message: 'could not close',
    })
  })

  test('in the very turn of the start forbids the run to begin', async () => {
    const runs = createRuns()
    const scene = createScene({ children: [task('job', runs.run)] })
    scene.supervisor.events$.subscribe(({ type }) => {
      if (type === 'process.spawned') scene.child('job').kill()
    })
    await scene.start()
    await scene.world.advance(0)
    expect(runs.count).toBe(0)
    expect(scene.states()).toEqual(['job stopped(stopped)'])
  })

  test('of its supervisor reaches it in order, and waits for it', async () => {
    const [db, app] = [createRuns(), createRuns()]
    const scene = createScene({ children: [task('db', db.run), task('app', app.run, { after: ['db'] })] })
    await scene.start()
    expect(app.count).toBe(0)
    void db.nth(1).ready()
    await scene.world.advance(0)
    void app.nth(1).ready()
    await scene.world.advance(0)
    const stopped = watch(scene.supervisor.stop())
    await scene.world.advance(0)
    expect([db.nth(1).isAsked, app.nth(1).isAsked]).toEqual([false, true])
    app.nth(1).end()
    await scene.world.advance(0)
    expect(db.nth(1).isAsked).toBe(true)
    db.nth(1).end()
    await scene.world.advance(0)
    expect(stopped.value).toMatchObject({ survivors: [] })
  })
})

describe('an end by itself', () => {
  test('without an error is `exited` with code 0', async () => {
    const { scene, runs } = await runningTask()
    runs.nth(1).end()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['job stopped(exited)'])
    expect(scene.child('job').view.lastExit).toMatchObject({ code: 0, expected: false, cause: 'finished' })
  })

  test('with an error is `failed`, and the message is in the record', async () => {
    const { scene, runs } = await runningTask()
    const rested = watch(scene.child('job').when('backingOff'))
    const error = new Error('boom')
    runs.nth(1).fail(error)
    await scene.world.advance(0)
    expect(scene.events.at(-1)?.data).toMatchObject({
      outcome: 'failed',
      exit: { code: 1, cause: 'crash' },
      error: { code: 'ERR_NONZERO_EXIT', message: '"job" failed: boom' },
    })
    expect(rested.error).toMatchObject({ code: 'ERR_NONZERO_EXIT', child: 'job', exit: { code: 1 } })
    expect((rested.error as Error).cause).toBe(error)
    expect(scene.supervisor.explain('job').summary).toBe('job has failed: "job" failed: boom')
  })

  test('that is restarted leaves its message in `process.exited`', async () => {
    const { scene, runs } = await runningTask({ restart: afterASecond })
    runs.nth(1).fail(new Error('boom'))
    await scene.world.advance(0)
    expect(scene.told()).toEqual(['job process.exited', 'job restart.scheduled'])
    expect(scene.events[0]?.data).toMatchObject({ code: 1, message: 'boom' })
    expect(scene.supervisor.explain('job').summary).toContain('boom')
    await scene.world.advance(1_000)
    expect(runs.count).toBe(2)
  })

  test('before it is ready is a failed start: `start()` rejects with what was thrown as its cause', async () => {
    const error = new TypeError('no database')
    const scene = createScene({ children: [] })
    await scene.start()
    const child = scene.supervisor.add(
      task('job', () => Promise.reject(error)),
      { start: false },
    )
    const started = watch(child.start())
    await scene.world.advance(0)
    expect(started.error).toMatchObject({
      code: 'ERR_EXITED_BEFORE_READY',
      message: '"job" failed before it was ready: no database',
    })
    expect((started.error as Error).cause).toBe(error)
    expect(scene.states()).toEqual(['job stopped(startFailed)'])
  })

  test('before it is ready, without an error, is one too', async () => {
    const { scene, runs } = await startedTask()
    const running = watch(scene.child('job').when('running'))
    runs.nth(1).end()
    await scene.world.advance(0)
    expect(running.error).toMatchObject({
      code: 'ERR_EXITED_BEFORE_READY',
      message: '"job" ended before it was ready',
    })
  })

  test('is announced by aborting the scope that `ready` was called with', async () => {
    const own = new AbortController()
    const scene = createScene({ children: [task('job', (_scope, ready) => ready({ signal: own.signal }))] })
    await scene.start()
    expect(scene.states()).toEqual(['job running'])
    own.abort()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['job stopped(exited)'])
  })

  test('fails the start of its supervisor, with what was thrown as the cause', async () => {
    const error = new Error('boom')
    const scene = createScene({ children: [task('job', () => Promise.reject(error))] })
    const started = watch(scene.supervisor.start())
    await scene.world.advance(0)
    expect(started.code).toBe('ERR_EXITED_BEFORE_READY')
    expect((started.error as Error).cause).toBe(error)
  })
})

const sync = (): never => {
  throw new Error('at once')
}
const twice: Runnable = async (scope, ready) => {
  const first = ready(scope)
  await ready(scope).catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'ERR_INVALID_STATE' })
  })
  await first
}

describe('whatever a task does, the host and its siblings live', () => {
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error('do not look')
      },
      has: () => {
        throw new Error('do not look')
      },
      getPrototypeOf: () => {
        throw new Error('do not look')
      },
    },
  )
  const misbehaving: readonly (readonly [string, Runnable, string])[] = [
    ['throws synchronously', sync, 'stopped(startFailed)'],
    ['returns at once what is no promise', (() => 5) as unknown as Runnable, 'stopped(startFailed)'],
    ['throws undefined', () => Promise.reject(undefined), 'stopped(startFailed)'],
    ['throws what cannot be looked at', () => Promise.reject(hostile), 'stopped(startFailed)'],
    ['throws without a message', () => Promise.reject(new TypeError('')), 'stopped(startFailed)'],
    ['throws a megabyte', () => Promise.reject(new Error('x'.repeat(1_000_000))), 'stopped(startFailed)'],
    ['calls ready twice', twice, 'running'],
    ['calls ready without a scope', (_scope, ready) => ready(undefined as never), 'stopped(startFailed)'],
    [
      'lets go of the promise of ready and fails',
      async (scope, ready) => {
        void ready(scope)
        throw new Error('later')
      },
      'stopped(failed)',
    ],
    ['never settles', () => new Promise(() => {}), 'starting'],
  ]
  test.each(misbehaving)('one that %s', async (_name, run, state) => {
    const scene = createScene({ children: [task('other', forever)] })
    await scene.start()
    const child = scene.supervisor.add(task('job', run))
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['other running', `job ${state}`])
    const told = JSON.stringify(scene.events)
    expect(told.length).toBeLessThan(20_000)
    const stopped = watch(child.stop({ now: true }))
    await scene.world.advance(2_000)
    expect(stopped.settled).toBe(true)
  })
})

describe('one that ignores its abort', () => {
  test('is unkillable after verifyMs, without survivors: there is no process to name', async () => {
    const { scene } = await runningTask({ stop: { killTimeoutMs: 100, verifyMs: 50 } })
    const stopped = watch(scene.child('job').stop())
    await scene.world.advance(149)
    expect(stopped.settled).toBe(false)
    await scene.world.advance(1)
    expect(stopped.value).toMatchObject({ children: [{ outcome: 'unkillable', escalated: true }], survivors: [] })
    expect(scene.events.at(-1)?.data).toEqual({
      outcome: 'unkillable',
      error: { code: 'ERR_STOP_TIMEOUT', message: '"job" still runs: it ignores the abort of its signal' },
      survivors: [],
    })
    await expect(scene.child('job').restart()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
  })

  test('ends late with `process.exited` and a second `child.stopped`, and then it can live again', async () => {
    const { scene, runs } = await runningTask({ stop: { killTimeoutMs: 0, verifyMs: 0 } })
    void scene.child('job').stop()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['job stopped(unkillable)'])
    scene.listen()
    runs.nth(1).end()
    await scene.world.advance(0)
    expect(scene.told()).toEqual(['job process.exited', 'job child.stopped'])
    expect(scene.events.at(-1)?.data).toMatchObject({ outcome: 'stopped', exit: { code: 0 } })
    const restarted = watch(scene.child('job').restart())
    await scene.world.advance(0)
    void runs.nth(2).ready()
    await scene.world.advance(0)
    expect(restarted.value).toMatchObject({ state: 'running', incarnation: 2 })
  })

  test('is answered by one more stop, too', async () => {
    const { scene } = await runningTask({ stop: { killTimeoutMs: 0, verifyMs: 50 } })
    void scene.child('job').stop()
    await scene.world.advance(50)
    const again = watch(scene.child('job').stop())
    await scene.world.advance(49)
    expect(again.settled).toBe(false)
    await scene.world.advance(1)
    expect(again.value).toMatchObject({ children: [{ outcome: 'unkillable' }] })
  })

  test('does not hold up its supervisor', async () => {
    const { scene } = await runningTask()
    const stopped = watch(scene.supervisor.stop({ now: true }))
    await scene.world.advance(2_000)
    expect(stopped.value).toMatchObject({ children: [{ outcome: 'unkillable' }], survivors: [] })
    expect(scene.supervisor.view.state).toBe('stopped')
  })
})

describe('the verbs of a task', () => {
  test('`signal()` resolves false, and asks nothing of it', async () => {
    const { scene, runs } = await runningTask()
    for (const signal of ['SIGTERM', 'SIGKILL', 0] as const) {
      await expect(scene.child('job').signal(signal)).resolves.toBe(false)
    }
    expect(runs.nth(1)).toMatchObject({ isAsked: false, scope: { signal: { aborted: false } } })
    expect(scene.events).toEqual([])
  })

  test('`reload()` restarts', async () => {
    const { scene, runs } = await runningTask()
    void scene.child('job').reload()
    runs.nth(1).end()
    await scene.world.advance(0)
    expect(runs.count).toBe(2)
    expect(scene.events[0]).toMatchObject({ type: 'restart.requested', data: { cause: 'reload' } })
  })

  test('`incarnation.ready()` does nothing: a task tells by itself', async () => {
    const { scene } = await startedTask()
    scene.child('job').incarnation?.ready()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['job starting'])
  })

  test('`incarnation.exited` resolves with its end', async () => {
    const { scene, runs } = await runningTask()
    const exited = watch(scene.child('job').incarnation?.exited ?? Promise.reject(new Error('no life')))
    runs.nth(1).end()
    await scene.world.advance(0)
    expect(exited.value).toMatchObject({ code: 0, signal: null, status: 0 })
  })
})

describe('the rules of restart', () => {
  test('hold as for a process: limit, then given up with the message of the last failure', async () => {
    let runs = 0
    const run: Runnable = async (scope, ready) => {
      runs += 1
      void ready(scope)
      await Promise.resolve()
      throw new Error(`failure ${runs}`)
    }
    const scene = createScene({
      children: [task('job', run, { restart: { ...atOnce, limit: { restarts: 2, withinMs: 60_000 } } })],
    })
    await scene.start()
    expect(scene.states()).toEqual(['job stopped(failed)'])
    expect(runs).toBe(3)
    expect(scene.events.findLast(({ type }) => type === 'child.stopped')?.data).toMatchObject({
      error: { message: '"job" failed: failure 3' },
    })
  })

  test('`onUnexpectedExit` is asked', async () => {
    const asked: unknown[] = []
    const onUnexpectedExit = (exit: unknown): boolean => {
      asked.push(exit)
      return false
    }
    const { scene, runs } = await runningTask({ restart: { ...atOnce, onUnexpectedExit } })
    runs.nth(1).fail(new Error('boom'))
    await scene.world.advance(0)
    expect(asked).toMatchObject([{ code: 1, cause: 'crash' }])
    expect(scene.states()).toEqual(['job stopped(failed)'])
  })

  test('one-for-all takes tasks and processes along with each other', async () => {
    const runs = createRuns()
    const scene = createScene({
      strategy: 'one-for-all',
      children: [task('job', runs.run, { restart: 'permanent' }), { id: 'web', command: 'web', restart: atOnce }],
    })
    await scene.start()
    void runs.nth(1).ready()
    await scene.world.advance(0)
    await scene.end('web')
    expect(runs.nth(1).isAsked).toBe(true)
    runs.nth(1).end()
    await scene.world.advance(0)
    expect(runs.count).toBe(2)
    expect(scene.child('web').view.incarnation).toBe(2)
  })

  test('a significant task ends its supervisor', async () => {
    const runs = createRuns()
    const scene = createScene({
      autoShutdown: 'any-significant',
      children: [task('job', runs.run, { significant: true }), { id: 'web', command: 'web' }],
    })
    const ran = watch(scene.supervisor.run({ handleSignals: false }))
    await scene.world.advance(0)
    void runs.nth(1).ready()
    await scene.world.advance(0)
    runs.nth(1).end()
    await scene.world.advance(0)
    expect(ran.value).toMatchObject({ exitCode: 0 })
  })

  test('a task that is never ready is stopped after 90 s, or its readyTimeoutMs', async () => {
    const { scene, runs } = await startedTask()
    const started = watch(scene.child('job').when('running'))
    await scene.world.advance(89_999)
    expect(runs.nth(1).scope.signal.aborted).toBe(false)
    await scene.world.advance(1)
    expect(runs.nth(1).scope.signal.aborted).toBe(true)
    runs.nth(1).end()
    await scene.world.advance(0)
    expect(started.code).toBe('ERR_READY_TIMEOUT')
    const other = await startedTask({ readyTimeoutMs: 10 })
    await other.scene.world.advance(10)
    expect(other.runs.nth(1).scope.signal.aborted).toBe(true)
  })
})

test('tasks live in nested supervisors', async () => {
  const runs = createRuns()
  const scene = createScene({
    children: [{ id: 'group', kind: 'supervisor', children: [task('job', runs.run)] }],
  })
  await scene.start()
  expect(scene.states()).toEqual(['group starting'])
  scene.child('group').incarnation?.ready()
  await scene.world.advance(0)
  expect(scene.states()).toEqual(['group starting'])
  void runs.nth(1).ready()
  await scene.world.advance(0)
  expect(scene.states()).toEqual(['group running'])
  void scene.supervisor.stop({ now: true })
  expect(runs.nth(1).scope.signal.aborted).toBe(true)
  runs.nth(1).end()
  await scene.world.advance(0)
  expect(scene.supervisor.view.state).toBe('stopped')
})

test('combinators are tasks like any other', async () => {
  const scene = createScene({
    children: [
      task(
        'job',
        named(
          'poll',
          leaf(() => Promise.reject(new Error('no route'))),
        ),
      ),
    ],
  })
  await scene.start()
  await scene.world.advance(0)
  expect(JSON.stringify(scene.events)).toContain('poll: no route')
})

test('on the real clock, too', async () => {
  await using supervisor = createSupervisor({ children: [task('job', forever)] })
  await supervisor.start()
  expect(supervisor.child('job')?.view.state).toBe('running')
  await supervisor.stop()
  expect(supervisor.child('job')?.view.outcome).toBe('stopped')
})
