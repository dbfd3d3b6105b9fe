import { describe, expect, test } from 'vitest'
import type { Runnable, TableRow } from '../../../src/index.ts'
import { tableScene } from './table-scene.ts'

const web: TableRow = { command: 'web', restart: 'temporary' }
const forever: Runnable = (scope, ready) => ready(scope)

const row = (n: number, more: object = {}): TableRow => ({
  kind: 'task',
  run: forever,
  restart: 'temporary',
  readyTimeoutMs: 1_000 + n,
  ...more,
})
const slow: Runnable = async (scope, ready) => {
  await ready(scope)
  await new Promise<void>((resolve) => scope.signal.addEventListener('abort', () => resolve()))
}

describe('a reconciliation', () => {
  test('comes every 60 s after the one before', async () => {
    const scene = await tableScene({ a: web })
    void scene.run()
    await scene.world.advance(59_999)
    expect(scene.table.readings).toBe(1)
    await scene.world.advance(1)
    expect(scene.table.readings).toBe(2)
    await scene.world.advance(120_000)
    expect(scene.table.readings).toBe(4)
  })

  test('never comes where reconcileMs is Infinity', async () => {
    const scene = await tableScene({ a: web }, { options: { reconcileMs: Infinity } })
    void scene.run()
    await scene.world.advance(86_400_000)
    expect(scene.table.readings).toBe(1)
  })

  test('takes up what was added, and stops and removes what vanished', async () => {
    const scene = await tableScene({ a: web })
    void scene.run()
    await scene.world.advance(0)
    scene.table.rows.delete('a')
    scene.table.rows.set('b', web)
    await scene.world.advance(60_000)
    expect(scene.states()).toEqual(['b running'])
    expect(scene.world.processes()).toHaveLength(1)
  })

  test('restarts what has failed, and leaves alone what has finished', async () => {
    const scene = await tableScene(
      { failed: web, done: { command: 'web', restart: 'transient' }, once: { command: 'once', oneShot: true } },
      { programs: { once: { exitsAfterMs: 0 } } },
    )
    void scene.run()
    await scene.world.advance(0)
    await scene.end('failed', { code: 1 })
    await scene.end('done', { code: 0 })
    expect(scene.states()).toEqual(['failed stopped(failed)', 'done stopped(exited)', 'once stopped(exited)'])
    await scene.world.advance(60_000)
    expect(scene.states()).toEqual(['failed running', 'done stopped(exited)', 'once stopped(exited)'])
  })

  test('restarts what somebody else has stopped, adds what somebody else has removed', async () => {
    const scene = await tableScene({ a: web, b: web })
    void scene.run()
    await scene.world.advance(0)
    void scene.child('a').stop()
    void scene.supervisor.remove('b')
    await scene.world.advance(59_000)
    expect(scene.states()).toEqual(['a stopped(stopped)'])
    await scene.world.advance(1_000)
    expect(scene.states()).toEqual(['a running', 'b running'])
  })

  test('leaves alone what was stopped through the handle, until it is started through it', async () => {
    const scene = await tableScene({ a: web })
    void scene.run()
    await scene.world.advance(0)
    void scene.handle.stop('a')
    await scene.world.advance(0)
    await scene.world.advance(300_000)
    expect(scene.states()).toEqual(['a stopped(stopped)'])
    void scene.handle.start('a')
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['a running'])
  })

  test('removes what was stopped through the handle when its row vanishes, and then it begins anew', async () => {
    const scene = await tableScene({ a: web })
    void scene.run()
    await scene.world.advance(0)
    void scene.handle.stop('a')
    await scene.world.advance(0)
    scene.table.rows.delete('a')
    await scene.world.advance(60_000)
    expect(scene.states()).toEqual([])
    scene.table.rows.set('a', web)
    await scene.world.advance(60_000)
    expect(scene.states()).toEqual(['a running'])
  })

  test('replaces a child whose row says something else, and only that', async () => {
    const scene = await tableScene({ a: web, b: web })
    void scene.run()
    await scene.world.advance(0)
    scene.table.rows.set('a', { ...web, args: ['--new'] })
    scene.table.rows.set('b', { ...web, id: 'b', args: [], stop: { killTimeoutMs: 5_000 } })
    await scene.world.advance(60_000)
    expect(scene.child('a')).toMatchObject({ stream: '/a@2', spec: { args: ['--new'] } })
    expect(scene.child('b').stream).toBe('/b')
    expect(scene.world.processes()).toHaveLength(2)
  })

  test('replaces children that depend on each other although both have to go first', async () => {
    const stop = { killTimeoutMs: 100 }
    const scene = await tableScene({ db: row(1, { run: slow, stop }), app: row(1, { after: ['db'] }) })
    void scene.run()
    await scene.world.advance(0)
    scene.table.rows.set('db', row(2, { run: slow, stop }))
    scene.table.rows.set('app', row(2, { after: ['db'] }))
    await scene.world.advance(60_100)
    expect(scene.states()).toEqual(['db running', 'app running'])
    expect(scene.troubles()).toEqual([])
  })

  test('a stop through the handle while it is being replaced wins', async () => {
    const scene = await tableScene({ a: web }, { programs: { web: { onSignal: { SIGTERM: { afterMs: 100 } } } } })
    void scene.run()
    await scene.world.advance(0)
    scene.table.rows.set('a', { ...web, args: ['--new'] })
    await scene.world.advance(60_000)
    await expect(scene.handle.start('a')).rejects.toMatchObject({ code: 'ERR_CHILD_STOPPING' })
    void scene.handle.stop('a')
    await scene.world.advance(120_000)
    expect(scene.states()).toEqual([])
  })

  test('takes rows in any order, whatever they are `after`', async () => {
    const scene = await tableScene({ c: { ...web, after: ['b'] }, b: { ...web, after: { a: 'started' } }, a: web })
    void scene.run()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['a running', 'b running', 'c running'])
    expect(scene.troubles()).toEqual([])
  })

  test('never two: a slow stop of a vanished row holds up its return', async () => {
    const scene = await tableScene(
      { a: web },
      { programs: { web: { onSignal: { SIGTERM: { afterMs: 3_000 } } } }, options: { reconcileMs: 1_000 } },
    )
    void scene.run()
    await scene.world.advance(0)
    scene.table.rows.delete('a')
    await scene.world.advance(1_000)
    scene.table.rows.set('a', web)
    await scene.world.advance(2_000)
    expect(scene.states()).toEqual(['a stopping'])
    await scene.world.advance(2_000)
    expect(scene.states()).toEqual(['a running'])
    expect(scene.world.processes()).toHaveLength(1)
  })
})
