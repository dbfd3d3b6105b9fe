import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createSupervisor } from '../../../src/index.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { isAlive } from '../support/processes.ts'
import { scratchFile } from '../support/scratch.ts'
import { rejection, supervise } from '../support/supervise.ts'
import { sh, whenReady, zoo } from '../support/zoo.ts'

/*
 * The manager of viamrobotics/goutils `pexec`: what it is to a user of brood, whose manager is the supervisor. The
 * letters number its promises as docs/explanation/ancestors.md lists them.
 */

expectNoLeaks()

const sleeper = (id: string) => ({ id, ...zoo('sleeps'), ...whenReady })

test('X20: children are found by id and listed in start order, before, while and after they run', async () => {
  const { supervisor } = supervise({
    children: ['b', 'a', 'c'].map(sleeper),
  })
  const ids = (): readonly string[] => supervisor.children().map(({ id }) => id)
  expect(ids()).toEqual(['b', 'a', 'c'])
  await supervisor.start()
  expect(ids()).toEqual(['b', 'a', 'c'])
  expect(supervisor.child('a')?.view.state).toBe('running')
  expect(supervisor.child('x')).toBeUndefined()
  await supervisor.stop()
  expect(ids()).toEqual(['b', 'a', 'c'])
  expect(supervisor.child('a')?.view.state).toBe('stopped')
})

test('X21: a start twice is one start, and after the end there is none', async () => {
  const { supervisor, of } = supervise({ children: [{ id: 'web', ...zoo('sleeps'), ...whenReady }] })
  await Promise.all([supervisor.start(), supervisor.start()])
  await supervisor.start()
  expect(of('process.spawned')).toHaveLength(1)
  await supervisor.stop()
  expect(await rejection(supervisor.start())).toMatchObject({ code: 'ERR_SUPERVISOR_STOPPED' })
})

test('X21: a supervisor that was stopped before it began never begins', async () => {
  const { supervisor, of } = supervise({ children: [{ id: 'web', ...zoo('sleeps') }] })
  for (let n = 0; n < 2; n++) expect(await supervisor.stop()).toMatchObject({ survivors: [] })
  expect(await rejection(supervisor.start())).toMatchObject({ code: 'ERR_SUPERVISOR_STOPPED' })
  expect(of('process.spawned')).toEqual([])
})

test('X21: a start that fails stops what was started, once, rejects with that failure, and is final', async () => {
  const { supervisor, of, child } = supervise({
    children: [
      { id: 'good', ...zoo('graceful'), ...whenReady },
      { id: 'bad', command: '/no/such/program', after: ['good'] },
      { id: 'never', ...zoo('sleeps'), after: ['bad'] },
    ],
  })
  expect(await rejection(supervisor.start())).toMatchObject({ code: 'ERR_SPAWN_FAILED', child: 'bad' })
  expect(of('child.stopped', 'good')).toHaveLength(1)
  expect(of('process.spawned').map(({ child: id }) => id)).toEqual(['good'])
  expect(isAlive(child('good').incarnation?.pid ?? -1)).toBe(false)
  expect(supervisor.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
  expect(() => supervisor.add({ id: 'late', command: 'true' })).toThrow(
    expect.objectContaining({ code: 'ERR_SUPERVISOR_STOPPED' }),
  )
})

test('X21: an aborted start hits what has not started, and the one-shots; nothing of it is left', async () => {
  const { supervisor, event, of } = supervise({
    children: [
      { id: 'web', ...zoo('graceful'), ...whenReady },
      { id: 'job', ...zoo('sleeps'), oneShot: true, after: ['web'] },
    ],
  })
  const abort = new AbortController()
  const reason = new Error('not today')
  const started = rejection(supervisor.start({ signal: abort.signal }))
  await event('process.spawned', 'job')
  abort.abort(reason)
  expect(await started).toMatchObject({ code: 'ERR_ABORTED', cause: reason })
  expect(of('process.spawned').filter(({ data }) => isAlive(data.pid ?? -1))).toEqual([])
})

test('X22: what is added before the start only waits, what is added later starts, and neither need to', async () => {
  const { supervisor, event } = supervise({})
  supervisor.add({ id: 'before', ...zoo('sleeps'), ...whenReady })
  expect(supervisor.child('before')?.view.state).toBe('initial')
  expect(await rejection(supervisor.child('before')?.start() ?? Promise.resolve())).toMatchObject({
    code: 'ERR_SUPERVISOR_NOT_RUNNING',
  })
  await supervisor.start()
  expect(supervisor.child('before')?.view.state).toBe('running')
  supervisor.add({ id: 'later', ...zoo('sleeps'), ...whenReady })
  await event('child.ready', 'later')
  const deferred = supervisor.add({ id: 'deferred', ...zoo('sleeps'), ...whenReady }, { start: false })
  expect(deferred.view.state).toBe('initial')
  await deferred.start()
})

test('X22: an id is given once: another child of that name is refused and the first one goes on', async () => {
  const { supervisor, child } = supervise({ children: [{ id: 'web', ...zoo('sleeps'), ...whenReady }] })
  await supervisor.start()
  const { pid } = child('web').view
  expect(() => supervisor.add({ id: 'web', command: 'true' })).toThrow(
    expect.objectContaining({ code: 'ERR_CHILD_EXISTS', child: 'web' }),
  )
  expect(child('web').view).toMatchObject({ state: 'running', pid })
})

test('X22: an added child that cannot start tells it by itself, stays, and can be tried again', async () => {
  const file = scratchFile()
  const { supervisor } = supervise({})
  await supervisor.start()
  const web = supervisor.add({
    id: 'web',
    ...sh('[ -e "$1" ] || exit 1; echo ready; exec sleep 300', file),
    ...whenReady,
  })
  expect(await rejection(web.when('running'))).toMatchObject({ code: 'ERR_EXITED_BEFORE_READY', exit: { code: 1 } })
  expect(web.view).toMatchObject({ state: 'stopped', outcome: 'startFailed' })
  expect(supervisor.child('web')).toBe(web)
  await supervisor.add({ id: 'touch', command: 'touch', args: [file], oneShot: true }, { start: false }).start()
  expect(existsSync(file)).toBe(true)
  expect(await web.restart()).toMatchObject({ state: 'running' })
})

test('X23: a removal is a stop and then a farewell; who was never there cannot be removed', async () => {
  const { supervisor, child, of } = supervise({ children: [{ id: 'web', ...zoo('graceful', 2), ...whenReady }] })
  await supervisor.start()
  const { pid } = child('web').view
  expect(await supervisor.remove('web')).toMatchObject({ children: [{ exit: { code: 2, expected: true } }] })
  expect(isAlive(pid ?? -1)).toBe(false)
  expect([supervisor.child('web'), of('child.removed')]).toMatchObject([undefined, [{ child: 'web' }]])
  expect(await rejection(supervisor.remove('web'))).toMatchObject({ code: 'ERR_CHILD_NOT_FOUND' })
  // Its name is free again, for a registration of its own.
  expect(supervisor.add({ id: 'web', ...zoo('sleeps') }).stream).toBe('/web@2')
})

test('X23: a stop stops all, side by side, whatever some of them do, and tells how each of them went', async () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f']
  const { supervisor, of } = supervise({
    children: [
      ...ids.map((id) => ({ id, ...zoo('ignores-term'), ...whenReady, stop: { killTimeoutMs: 200 } })),
      { id: 'fails', ...zoo('graceful', 9), ...whenReady },
      { id: 'gone', ...zoo('exits-fast', 4), restart: 'temporary' },
    ],
  })
  await supervisor.start()
  const [report, again] = await Promise.all([supervisor.stop(), supervisor.stop()])
  expect(again).toEqual(report)
  expect(report.survivors).toEqual([])
  const told = new Map(report.children.map(({ id, exit, escalated }) => [id, [exit?.signal ?? exit?.code, escalated]]))
  for (const id of ids) expect(told.get(id)).toEqual(['SIGKILL', true])
  expect([told.get('fails'), told.get('gone')]).toEqual([
    [9, false],
    [4, false],
  ])
  // Side by side: each was told to stop before any of them was killed.
  const signals = of('signal.sent').filter(({ child }) => ids.includes(child ?? ''))
  expect(signals.map(({ data }) => data.signal)).toEqual([...ids.map(() => 'SIGTERM'), ...ids.map(() => 'SIGKILL')])
})

test('X24: instead of a clone, the same children as data make a supervisor of their own, which shares no process', async () => {
  const children = [{ id: 'web', ...zoo('sleeps'), ...whenReady }] as const
  const [one, two] = [supervise({ children }), supervise({ children })]
  await Promise.all([one.supervisor.start(), two.supervisor.start()])
  const { pid } = one.child('web').view
  await two.supervisor.stop()
  expect(one.child('web').view).toMatchObject({ state: 'running', pid })
  expect(isAlive(pid ?? -1)).toBe(true)
})

test('X26: instead of a manager that does nothing, one without children does nothing', async () => {
  await using supervisor = createSupervisor()
  await supervisor.start()
  expect([supervisor.children(), supervisor.child('x'), supervisor.view.state]).toEqual([[], undefined, 'running'])
  expect(await supervisor.stop()).toEqual({ children: [], survivors: [] })
})
