import { describe, expect, test } from 'vitest'
import type { ReadyOptions } from '../../../src/index.ts'
import type { Behaviour } from '../../../src/testing/index.ts'
import { createScene, watch, type Scene } from './scene.ts'

async function probing(ready: ReadyOptions, behaviour: Behaviour = {}, more: object = {}): Promise<Scene> {
  const scene = createScene({ children: [{ id: 'web', command: 'web', ready, ...more }] }, { web: behaviour })
  await scene.start()
  return scene
}

const state = (scene: Scene) => scene.child('web').view.state
const line = (text: string, source: 'stdout' | 'stderr' = 'stdout', afterMs = 10) => ({
  prints: [{ text, source, afterMs }],
})

describe('ready: spawned', () => {
  test('is the default: ready with the spawn, in the same batch', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] })
    await scene.start()
    expect(scene.told({ of: 'web' }).slice(-2)).toEqual(['web process.spawned', 'web child.ready'])
  })
})

describe('ready: manual', () => {
  test('is when incarnation.ready() is called, once', async () => {
    const scene = await probing('manual')
    expect(state(scene)).toBe('starting')
    const life = scene.child('web').incarnation
    life?.ready()
    life?.ready()
    expect(state(scene)).toBe('running')
    expect(scene.told({ types: ['child.ready'] })).toEqual(['web child.ready'])
  })

  test('does nothing for an earlier life, or after the end', async () => {
    const scene = await probing('manual')
    const first = scene.child('web').incarnation
    watch(scene.child('web').restart())
    await scene.world.advance(0)
    first?.ready()
    expect(scene.child('web').view).toMatchObject({ state: 'starting', incarnation: 2 })
    void scene.child('web').stop()
    scene.child('web').incarnation?.ready()
    await scene.world.advance(0)
    expect(scene.told({ types: ['child.ready'] })).toEqual([])
  })
})

describe('ready: line', () => {
  test.each<[string, ReadyOptions, Behaviour, boolean]>([
    ['a string that the line contains', { line: 'listening' }, line('now listening on 1'), true],
    ['a string that it does not contain', { line: 'listening' }, line('starting'), false],
    ['a string is no expression', { line: 'a.c' }, line('abc'), false],
    ['an expression', { line: /^port (\d+)$/ }, line('port 80'), true],
    ['an expression that does not match', { line: /^port (\d+)$/ }, line('port x'), false],
    ['either stream by default', { line: 'up' }, line('up', 'stderr'), true],
    ['the source it names', { line: 'up', source: 'stderr' }, line('up', 'stderr'), true],
    ['another source than it names', { line: 'up', source: 'stderr' }, line('up', 'stdout'), false],
    ['a line in two pieces', { line: /^x+UP$/ }, line(`${'x'.repeat(70_000)}UP`), true],
    ['a word that the pieces cut apart', { line: 'UPSTREAM' }, line(`${'x'.repeat(65_532)}UPSTREAM`), true],
    ['two lines are not one', { line: 'ab' }, { prints: ['a', 'b'] }, false],
  ])('%s', async (_, ready, behaviour, isReady) => {
    const scene = await probing(ready, behaviour)
    await scene.world.advance(10)
    expect(state(scene)).toBe(isReady ? 'running' : 'starting')
  })

  test.each(['g', 'y', 'gy'])(
    'an expression with the flag %s is tried afresh for every line and every life',
    async (flags) => {
      const scene = await probing({ line: new RegExp('up', flags) }, { prints: ['down', 'up', 'up'] })
      await scene.world.advance(0)
      expect(state(scene)).toBe('running')
      for (let n = 0; n < 3; n++) {
        watch(scene.child('web').restart())
        await scene.world.advance(0)
        expect(state(scene)).toBe('running')
      }
    },
  )

  test('the line itself is published before the child is ready', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web', ready: { line: 'up' } }] }, { web: line('up') })
    const order: string[] = []
    scene.supervisor.lines$.subscribe(({ text }) => order.push(text))
    scene.supervisor.events$.subscribe(({ type }) => type === 'child.ready' && order.push(type))
    await scene.start()
    await scene.world.advance(10)
    expect(order).toEqual(['up', 'child.ready'])
  })

  test('a line of the life before says nothing about this one', async () => {
    const scene = createScene(
      { children: [{ id: 'web', command: 'web', ready: { line: 'up' } }] },
      {
        web: (_, n) =>
          n === 1 ? { prints: ['up'], forks: [{ holdsPipe: true, prints: [{ text: 'up', afterMs: 50 }] }] } : {},
      },
    )
    await scene.start()
    watch(scene.child('web').restart())
    await scene.world.advance(5_300)
    expect(scene.child('web').view).toMatchObject({ state: 'starting', incarnation: 2 })
  })
})

describe('a ready timeout', () => {
  test('brings the child down the ladder, though nobody asked for it', async () => {
    const scene = await probing('manual', { onSignal: { SIGTERM: { afterMs: 100 } } }, { readyTimeoutMs: 1_000 })
    const { events } = scene
    await scene.world.advance(1_000)
    expect(events.find(({ type }) => type === 'ready.timedOut')?.data).toEqual({
      timeoutMs: 1_000,
      signal: 'SIGTERM',
      splayMs: 0,
      killTimeoutMs: 5_000,
    })
    expect(scene.child('web').view).toMatchObject({ state: 'stopping', substate: 'terminating', ready: false })
    await scene.world.advance(100)
    expect(scene.child('web').view).toMatchObject({
      state: 'stopped',
      outcome: 'startFailed',
      lastExit: { expected: false, cause: 'timeout' },
    })
  })

  test('is 90 s by default, and none with Infinity', async () => {
    const scene = await probing('manual')
    await scene.world.advance(89_999)
    expect(state(scene)).toBe('starting')
    await scene.world.advance(1)
    expect(state(scene)).toBe('stopped')
    const patient = await probing('manual', {}, { readyTimeoutMs: Infinity })
    await patient.world.advance(1e9)
    expect(state(patient)).toBe('starting')
  })

  test('is called off by readiness', async () => {
    const scene = await probing('manual', {}, { readyTimeoutMs: 1_000 })
    scene.child('web').incarnation?.ready()
    await scene.world.advance(100_000)
    expect(state(scene)).toBe('running')
  })

  test('of 0 leaves no time at all', async () => {
    const scene = await probing('manual', {}, { readyTimeoutMs: 0 })
    expect(scene.child('web').view).toMatchObject({ state: 'stopped', outcome: 'startFailed' })
  })

  test('of an automatic restart counts like a crash, and is tried again', async () => {
    const restart = { type: 'permanent', backoff: { minMs: 1_000, maxMs: 1_000, jitter: 0 } }
    const scene = await probing('manual', {}, { readyTimeoutMs: 100, restart })
    scene.child('web').incarnation?.ready()
    await scene.world.advance(0)
    await scene.end('web')
    await scene.world.advance(1_000 + 100)
    expect(scene.child('web').view).toMatchObject({
      state: 'backingOff',
      lastExit: { cause: 'timeout' },
      incarnation: 2,
    })
  })
})
