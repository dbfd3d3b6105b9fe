import { describe, expect, test } from 'vitest'
import { superviseTable, type Runnable, type Supervisor, type TableRow } from '../../../src/index.ts'
import { watch } from '../actors/scene.ts'
import { createRuns } from '../actors/task-scene.ts'
import { createTable, tableScene } from './table-scene.ts'

const web: TableRow = { command: 'web', restart: 'temporary' }
const forever: Runnable = (scope, ready) => ready(scope)
const service: TableRow = { kind: 'task', run: forever, restart: 'temporary' }

describe('a run', () => {
  test('starts a child for each row, with the key as its id, before the callback is called', async () => {
    const scene = await tableScene({ a: web, b: { ...web, id: 'b' } })
    expect(scene.table.readings).toBe(0)
    const ran = scene.run()
    await scene.world.advance(0)
    expect(scene.calls).toBe(1)
    expect(scene.states()).toEqual(['a running', 'b running'])
    scene.finish('done')
    await scene.world.advance(0)
    expect(ran).toEqual({ settled: true, value: 'done' })
  })

  test('waits no longer than startupMs for them', async () => {
    const scene = await tableScene(
      { slow: { command: 'web', ready: 'manual' }, fast: web },
      { options: { startupMs: 300 } },
    )
    void scene.run()
    await scene.world.advance(299)
    expect(scene.calls).toBe(0)
    await scene.world.advance(1)
    expect(scene.calls).toBe(1)
    expect(scene.states()).toEqual(['slow starting', 'fast running'])
  })

  test('a row that fails to start holds up nothing', async () => {
    const scene = await tableScene({ bad: { command: 'bad', restart: 'temporary' }, good: web })
    scene.world.fail.spawn('ENOENT', 1)
    void scene.run()
    await scene.world.advance(0)
    expect(scene.calls).toBe(1)
    expect(scene.states()).toEqual(['bad stopped(startFailed)', 'good running'])
  })

  test('stops and removes its children, and no others, side by side', async () => {
    const slow = { web: { onSignal: { SIGTERM: { afterMs: 100 } } } } as const
    const scene = await tableScene(
      { a: web, b: web },
      { programs: slow, supervisor: { children: [{ id: 'own', command: 'own' }] } },
    )
    const ran = scene.run()
    await scene.world.advance(0)
    scene.finish()
    await scene.world.advance(99)
    expect(scene.states()).toEqual(['own running', 'a stopping', 'b stopping'])
    expect(ran.settled).toBe(false)
    await scene.world.advance(1)
    expect(scene.states()).toEqual(['own running'])
    expect(ran.settled).toBe(true)
    await scene.world.advance(600_000)
    expect(scene.states()).toEqual(['own running'])
    expect(scene.table.readings).toBe(1)
  })

  test('rejects with what the callback failed with, after the same', async () => {
    const scene = await tableScene({ a: web }, { programs: { web: { unkillable: true } } })
    const ran = scene.run()
    await scene.world.advance(0)
    const error = new Error('callback')
    scene.fail(error)
    await scene.world.advance(10_000)
    expect(ran.error).toBe(error)
  })

  test('of a callback that throws at once rejects with that', async () => {
    const scene = await tableScene({ a: web })
    const error = new Error('at once')
    const ran = watch(
      scene.handle.run(() => {
        throw error
      }),
    )
    await scene.world.advance(0)
    expect(ran.error).toBe(error)
    expect(scene.states()).toEqual([])
  })

  test('can follow a run, and not overlap it', async () => {
    const scene = await tableScene({ a: web })
    const first = scene.run()
    await expect(scene.handle.run(() => {})).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
    await scene.world.advance(0)
    scene.finish()
    await scene.world.advance(0)
    expect(first.settled).toBe(true)
    void scene.run()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['a running'])
    expect(scene.child('a').stream).toBe('/a@2')
  })

  test('is over when its signal aborts: children stop at once, the callback is told and waited for', async () => {
    const scene = await tableScene({ a: web })
    const abort = new AbortController()
    const ran = scene.run({ signal: abort.signal })
    await scene.world.advance(0)
    abort.abort(new Error('enough'))
    await scene.world.advance(0)
    expect(scene.signal.aborted).toBe(true)
    expect(scene.states()).toEqual([])
    expect(ran.settled).toBe(false)
    scene.finish('late')
    await scene.world.advance(0)
    expect(ran.value).toBe('late')
  })

  test('aborted before the callback was called never calls it', async () => {
    const scene = await tableScene({ a: { command: 'web', ready: 'manual' } })
    await expect(scene.handle.run(() => {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    })
    const abort = new AbortController()
    const ran = scene.run({ signal: abort.signal })
    await scene.world.advance(10)
    abort.abort()
    await scene.world.advance(0)
    expect(ran.code).toBe('ERR_ABORTED')
    expect(scene.calls).toBe(0)
    expect(scene.states()).toEqual([])
  })

  test('is over when its supervisor stops, whose order and report the children belong to', async () => {
    const scene = await tableScene({ db: service, app: { ...service, after: ['db'] } })
    const ran = scene.run()
    await scene.world.advance(0)
    scene.listen()
    const stopped = watch(scene.supervisor.stop())
    expect(scene.signal.aborted).toBe(true)
    expect(scene.signal.reason).toMatchObject({ code: 'ERR_SUPERVISOR_STOPPED' })
    await scene.world.advance(0)
    expect(scene.told({ types: ['child.stopped', 'child.removed'] })).toEqual(['app child.stopped', 'db child.stopped'])
    expect(stopped.value?.children.map(({ id }) => id)).toEqual(['db', 'app'])
    scene.finish(1)
    await scene.world.advance(0)
    expect(ran.value).toBe(1)
  })

  test('needs a supervisor that is starting or running', async () => {
    const scene = await tableScene({ a: web })
    void scene.supervisor.stop()
    await scene.world.advance(0)
    await expect(scene.handle.run(() => {})).rejects.toMatchObject({ code: 'ERR_SUPERVISOR_NOT_RUNNING' })
  })

  test('works under a nested supervisor, and ends with it', async () => {
    const scene = await tableScene({}, { supervisor: { children: [{ id: 'group', kind: 'supervisor' }] } })
    const group = scene.child('group').supervisor as Supervisor
    const handle = superviseTable(group, createTable({ a: web }))
    const ran = watch(handle.run(({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject))))
    await scene.world.advance(0)
    expect(group.children().map(({ stream }) => stream)).toEqual(['/group/a'])
    void scene.child('group').restart()
    await scene.world.advance(0)
    expect(ran.settled).toBe(true)
    expect(group.children()).toEqual([])
  })
})

describe('outside of a run', () => {
  test('every verb rejects with ERR_SUPERVISOR_NOT_RUNNING, before, while it ends, and after', async () => {
    const scene = await tableScene({ a: web }, { programs: { web: { onSignal: { SIGTERM: 'ignore' } } } })
    const refused = async (): Promise<void> => {
      for (const verb of ['start', 'stop', 'get'] as const) {
        await expect(scene.handle[verb]('a'), verb).rejects.toMatchObject({ code: 'ERR_SUPERVISOR_NOT_RUNNING' })
      }
    }
    await refused()
    void scene.run()
    await scene.world.advance(0)
    scene.finish()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['a stopping'])
    await refused()
    await scene.world.advance(10_000)
    await refused()
  })
})

describe('start, stop and get', () => {
  test('start asks the table, and resolves when the child is ready', async () => {
    const scene = await tableScene()
    void scene.run()
    await scene.world.advance(0)
    scene.table.rows.set('a', { command: 'web', ready: 'manual' })
    const started = watch(scene.handle.start('a'))
    await scene.world.advance(0)
    await expect(scene.handle.get('a')).rejects.toMatchObject({ code: 'ERR_CHILD_NOT_RUNNING' })
    expect(started.settled).toBe(false)
    scene.child('a').incarnation?.ready()
    await scene.world.advance(0)
    expect(started.value).toMatchObject({ id: 'a', state: 'running' })
    await expect(scene.handle.get('a')).resolves.toBe(scene.child('a'))
  })

  test('a second start, also while the first one asks, rejects with ERR_CHILD_EXISTS', async () => {
    const scene = await tableScene()
    void scene.run()
    await scene.world.advance(0)
    const row = Promise.withResolvers<unknown>()
    scene.table.getInstead = () => row.promise
    const first = watch(scene.handle.start('a'))
    await expect(scene.handle.start('a')).rejects.toMatchObject({ code: 'ERR_CHILD_EXISTS' })
    row.resolve(web)
    await scene.world.advance(0)
    expect(first.value).toMatchObject({ state: 'running' })
    await expect(scene.handle.start('a')).rejects.toMatchObject({ code: 'ERR_CHILD_EXISTS' })
    expect(scene.world.processes()).toHaveLength(1)
  })

  test('a start while it stops rejects with ERR_CHILD_STOPPING: there are never two of one key', async () => {
    const scene = await tableScene({ a: web }, { programs: { web: { onSignal: { SIGTERM: { afterMs: 100 } } } } })
    void scene.run()
    await scene.world.advance(0)
    const stopped = watch(scene.handle.stop('a'))
    await expect(scene.handle.start('a')).rejects.toMatchObject({ code: 'ERR_CHILD_STOPPING' })
    await scene.world.advance(100)
    expect(stopped.value).toMatchObject({ children: [{ id: 'a', outcome: 'stopped' }] })
    const started = watch(scene.handle.start('a'))
    await scene.world.advance(0)
    expect(started.value).toMatchObject({ state: 'running', incarnation: 2 })
  })

  test('a stop cuts a start that waits for the table', async () => {
    const scene = await tableScene()
    void scene.run()
    await scene.world.advance(0)
    scene.table.getInstead = () => new Promise(() => {})
    const started = watch(scene.handle.start('a'))
    await expect(scene.handle.stop('a')).resolves.toEqual({ children: [], survivors: [] })
    await scene.world.advance(0)
    expect(started.code).toBe('ERR_ABORTED')
  })

  test('a start takes the options that the table has now', async () => {
    const scene = await tableScene({ a: web })
    void scene.run()
    await scene.world.advance(0)
    void scene.handle.stop('a')
    await scene.world.advance(0)
    scene.table.rows.set('a', { ...web, args: ['--new'] })
    const started = watch(scene.handle.start('a'))
    await scene.world.advance(0)
    expect(started.value).toMatchObject({ state: 'running', incarnation: 1, stream: '/a@2' })
    expect(scene.child('a').spec).toMatchObject({ args: ['--new'] })
  })

  test('keys that nobody has are told apart from children that do not run', async () => {
    const scene = await tableScene({ a: web })
    void scene.run()
    await scene.world.advance(0)
    for (const verb of ['start', 'stop', 'get'] as const) {
      await expect(scene.handle[verb]('b'), verb).rejects.toMatchObject({ code: 'ERR_CHILD_NOT_FOUND', child: 'b' })
    }
    void scene.handle.stop('a')
    await scene.world.advance(0)
    await expect(scene.handle.get('a')).rejects.toMatchObject({ code: 'ERR_CHILD_NOT_RUNNING' })
  })

  test('a start that fails rejects as the start of a child does', async () => {
    const scene = await tableScene({}, { programs: { crash: { exitsAfterMs: 0, code: 3 } } })
    void scene.run()
    await scene.world.advance(0)
    scene.table.rows.set('a', { command: 'crash', ready: 'manual', restart: 'temporary' })
    const started = watch(scene.handle.start('a'))
    await scene.world.advance(0)
    expect(started.code).toBe('ERR_EXITED_BEFORE_READY')
    scene.table.rows.set('b', { command: '' })
    await expect(scene.handle.start('b')).rejects.toMatchObject({ code: 'ERR_INVALID_SPEC' })
  })

  test('a start is for children of the table alone', async () => {
    const scene = await tableScene({}, { supervisor: { children: [{ id: 'own', command: 'own' }] } })
    void scene.run()
    await scene.world.advance(0)
    scene.table.rows.set('own', web)
    await expect(scene.handle.start('own')).rejects.toMatchObject({ code: 'ERR_CHILD_EXISTS' })
    await expect(scene.handle.get('own')).rejects.toMatchObject({ code: 'ERR_CHILD_NOT_FOUND' })
    await expect(scene.handle.stop('own')).rejects.toMatchObject({ code: 'ERR_CHILD_NOT_FOUND' })
  })
})

describe('what cannot be killed', () => {
  test('keeps its place: no other begins beside it, not even in the next run', async () => {
    const runs = createRuns()
    const stuck: TableRow = {
      kind: 'task',
      run: runs.run,
      restart: 'temporary',
      stop: { killTimeoutMs: 0, verifyMs: 10 },
    }
    const scene = await tableScene({ a: stuck }, { options: { reconcileMs: 1_000 } })
    const first = scene.run()
    await scene.world.advance(1_000)
    scene.table.rows.set('a', { ...stuck, readyTimeoutMs: 5 })
    await scene.world.advance(2_000)
    expect(scene.states()).toEqual(['a stopped(unkillable)'])
    scene.finish()
    await scene.world.advance(100)
    expect(first.settled).toBe(true)
    void scene.run()
    await scene.world.advance(2_000)
    expect(runs.count).toBe(1)
    runs.nth(1).end()
    await scene.world.advance(1_000)
    expect(runs.count).toBeGreaterThan(1)
    expect(runs.most).toBe(1)
  })
})

test.each([
  ['no supervisor', () => superviseTable({} as never, createTable())],
  ['no table', () => superviseTable(undefined as never, createTable())],
])('%s is refused with ERR_INVALID_SPEC', (_name, make) => {
  expect(make).toThrow(expect.objectContaining({ code: 'ERR_INVALID_SPEC' }))
})

test('wrong options and arguments are refused before anything happens', async () => {
  const { supervisor, handle } = await tableScene()
  const make = (table: unknown, options: unknown) => () => superviseTable(supervisor, table as never, options as never)
  const table = createTable()
  for (const wrong of [
    make({ get: () => {} }, {}),
    make(null, {}),
    make(table, { reconcileMs: 0 }),
    make(table, { reconcileMs: 1.5 }),
    make(table, { startupMs: -1 }),
    make(table, { startupMs: Number.NaN }),
    make(table, { reconcile: 1 }),
  ]) {
    expect(wrong).toThrow(expect.objectContaining({ code: 'ERR_INVALID_SPEC' }))
  }
  await expect(handle.run(undefined as never)).rejects.toMatchObject({ code: 'ERR_INVALID_SPEC' })
  await expect(handle.run(() => {}, { signal: 1 } as never)).rejects.toMatchObject({ code: 'ERR_INVALID_SPEC' })
  await expect(handle.get(1 as never)).rejects.toMatchObject({ code: 'ERR_INVALID_SPEC' })
})
