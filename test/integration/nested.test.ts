import { expect, test } from 'vitest'
import { expectNoLeaks } from './support/no-leaks.ts'
import { isAlive } from './support/processes.ts'
import { rejection, supervise } from './support/supervise.ts'
import { sh, whenReady, zoo } from './support/zoo.ts'

expectNoLeaks()

const soon = { type: 'permanent', backoff: { minMs: 0 } } as const

test('a nested supervisor starts, is ordered and stops like a child, with all that is below it', async () => {
  const { supervisor, child, of } = supervise({
    children: [
      { id: 'db', ...zoo('graceful'), ...whenReady },
      {
        id: 'api',
        kind: 'supervisor',
        after: ['db'],
        children: [
          { id: 'one', ...zoo('graceful'), ...whenReady },
          { id: 'pool', kind: 'supervisor', children: [{ id: 'deep', ...zoo('forks-tree'), ...whenReady }] },
        ],
      },
      { id: 'web', ...zoo('graceful'), ...whenReady, after: ['api'] },
    ],
  })
  await supervisor.start()
  const ready = of('child.ready').map(({ stream }) => stream)
  expect(ready.indexOf('/db')).toBe(0)
  expect(ready.at(-1)).toBe('/web')
  expect(ready.indexOf('/api')).toBeGreaterThan(ready.indexOf('/api/pool/deep'))
  expect(child('api').view).toMatchObject({ kind: 'supervisor', state: 'running' })
  expect(child('api').view.pid ?? null).toBeNull()
  const nested = child('api').supervisor
  expect(nested?.view).toMatchObject({ id: 'api', state: 'running' })
  expect(nested?.child('pool')?.supervisor?.child('deep')?.view.state).toBe('running')

  const { children, survivors } = await supervisor.stop()
  expect(survivors).toEqual([])
  // Flat, each supervisor before what is below it.
  expect(children.map(({ stream, outcome }) => `${stream} ${outcome}`)).toEqual([
    '/db stopped',
    '/api stopped',
    '/api/one stopped',
    '/api/pool stopped',
    '/api/pool/deep stopped',
    '/web stopped',
  ])
  const stopped = of('child.stopped').map(({ stream }) => stream)
  expect(stopped[0]).toBe('/web')
  expect(stopped.at(-1)).toBe('/db')
  expect(stopped.indexOf('/api')).toBeGreaterThan(stopped.indexOf('/api/pool'))
})

test('a crash below is handled below, and nobody above notices', async () => {
  const { supervisor, child, of, event } = supervise({
    children: [
      { id: 'calm', ...zoo('sleeps') },
      {
        id: 'api',
        kind: 'supervisor',
        strategy: 'one-for-all',
        children: [
          { id: 'a', ...zoo('sleeps'), restart: soon },
          { id: 'b', ...zoo('sleeps'), restart: soon },
        ],
      },
    ],
  })
  await supervisor.start()
  const nested = child('api').supervisor
  process.kill(nested?.child('a')?.view.pid ?? 0, 'SIGKILL')
  await Promise.all([event('child.ready', 'a', 2), event('child.ready', 'b', 2)])
  expect(nested?.children().map(({ view }) => view.incarnation)).toEqual([2, 2])
  expect(child('calm').view.incarnation).toBe(1)
  expect(child('api').view).toMatchObject({ state: 'running', incarnation: 1, restarts: 0 })
  expect(of('process.exited', 'calm')).toEqual([])
})

test('a nested supervisor beyond its intensity is restarted by its parent with its children, and not as a process', async () => {
  const { supervisor, child, event, of } = supervise({
    children: [
      {
        id: 'api',
        kind: 'supervisor',
        intensity: { restarts: 1, withinMs: 600_000 },
        restart: soon,
        children: [
          { id: 'a', ...zoo('sleeps'), restart: soon },
          { id: 'b', ...zoo('sleeps') },
        ],
      },
    ],
  })
  const exits: string[] = []
  supervisor.exits$.subscribe(({ stream }) => exits.push(stream))
  await supervisor.start()
  const nested = child('api').supervisor
  const handle = nested?.child('a')
  const b = nested?.child('b')?.view.pid ?? 0
  for (const life of [1, 2]) {
    await event('child.ready', 'a', life)
    process.kill(handle?.view.pid ?? 0, 'SIGKILL')
  }
  await event('intensity.exceeded')
  await event('child.ready', 'api', 2)
  expect(child('api').view).toMatchObject({ state: 'running', incarnation: 2 })
  // Declared children keep handle, stream and count.
  expect(nested?.child('a')).toBe(handle)
  expect(handle?.view).toMatchObject({ state: 'running', incarnation: 3 })
  expect(isAlive(b)).toBe(false)
  expect(of('process.exited', 'api')[0]?.data).toMatchObject({ pid: null, code: 1, signal: null })
  expect(exits).not.toContain('/api')
})

test('a child added below is forgotten when its supervisor begins anew', async () => {
  const { supervisor, child } = supervise({
    children: [{ id: 'api', kind: 'supervisor', children: [{ id: 'declared', ...zoo('sleeps') }] }],
  })
  await supervisor.start()
  const nested = child('api').supervisor
  const later = nested?.add({ id: 'later', ...zoo('sleeps') })
  await later?.when('running')
  const { pid } = later?.view ?? {}
  await child('api').restart()
  expect(nested?.children().map(({ id }) => id)).toEqual(['declared'])
  expect(nested?.child('declared')?.view).toMatchObject({ state: 'running', incarnation: 2 })
  expect(later?.view.state).toBe('removed')
  expect(isAlive(pid ?? 0)).toBe(false)
})

test('a start that fails below fails above, with the error of the one that failed', async () => {
  const { supervisor, child } = supervise({
    children: [
      { id: 'calm', ...zoo('sleeps') },
      { id: 'api', kind: 'supervisor', children: [{ id: 'bad', ...sh('echo oops >&2; exit 1'), ...whenReady }] },
    ],
  })
  expect(await rejection(supervisor.start())).toMatchObject({ code: 'ERR_EXITED_BEFORE_READY' })
  expect(supervisor.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
  expect(child('calm').view.state).toBe('stopped')
})

test('the streams of a nested supervisor tell of it and what is below it alone', async () => {
  const { supervisor, child } = supervise({
    children: [
      { id: 'other', ...zoo('sleeps'), ...whenReady },
      { id: 'api', kind: 'supervisor', children: [{ id: 'a', ...zoo('sleeps'), ...whenReady }] },
    ],
  })
  const streams = new Set<string>()
  const said: string[] = []
  child('api').supervisor?.events$.subscribe(({ stream }) => streams.add(stream))
  child('api').supervisor?.lines$.subscribe(({ stream, text }) => said.push(`${stream} ${text}`))
  await supervisor.start()
  await supervisor.stop()
  expect([...streams].toSorted()).toEqual(['/api', '/api/a'])
  expect(said).toEqual(['/api/a ready'])
})
