import { describe, expect, test } from 'vitest'
import type { Ports } from '../../../src/ports.ts'
import { createWorld } from '../../../src/testing/index.ts'
import { afterASecond, createScene, watch, type Scene } from './scene.ts'

const deaf = { onSignal: { SIGHUP: 'ignore' } } as const

/** A running child whose splay is drawn with `chance`. */
async function running(more: object = {}, chance = 0.5): Promise<Scene> {
  const { ports } = createWorld()
  const random: Ports['random'] = { ...ports.random, next: () => chance }
  const web = { id: 'web', command: 'web', restart: afterASecond, reloadSignal: 'SIGHUP', stop: { splayMs: 1_000 } }
  const scene = createScene({ children: [{ ...web, ...more } as never], ports: { random } }, { web: deaf })
  await scene.start()
  scene.listen()
  return scene
}

const sent = (scene: Scene) =>
  scene.events.flatMap(({ type, data, mono, incarnation }) =>
    type === 'signal.sent' ? [`${mono - 3_600_000} ${data.signal} ${data.to} ${data.stage} ${incarnation}`] : [],
  )

test.each([
  [0, 0],
  [0.25, 250],
  [0.5, 500],
  [1 - Number.EPSILON, 1_000],
])('a splay drawn with %d stands for %d ms before the reload signal', async (chance, splayMs) => {
  const scene = await running({}, chance)
  const reloaded = watch(scene.child('web').reload())
  if (splayMs > 0) await scene.world.advance(splayMs - 1)
  expect([sent(scene), reloaded.settled]).toEqual([[], false])
  await scene.world.advance(splayMs > 0 ? 1 : 0)
  expect(sent(scene)).toEqual([`${splayMs} SIGHUP process reload 1`])
  expect(reloaded.value).toMatchObject({ state: 'running', incarnation: 1 })
})

test('without a splay each reload is sent before the call returns', async () => {
  const scene = await running({ stop: {} })
  const reloads = [watch(scene.child('web').reload()), watch(scene.child('web').reload())]
  expect(sent(scene)).toEqual(['0 SIGHUP process reload 1', '0 SIGHUP process reload 1'])
  await scene.world.advance(0)
  expect(reloads.map(({ settled }) => settled)).toEqual([true, true])
})

test('reloads during the wait join it; one that is asked for afterwards has a wait of its own', async () => {
  const scene = await running()
  const reloads = [watch(scene.child('web').reload())]
  await scene.world.advance(499)
  reloads.push(watch(scene.child('web').reload()), watch(scene.child('web').reload()))
  await scene.world.advance(1)
  expect(reloads.map(({ value }) => value?.state)).toEqual(['running', 'running', 'running'])
  expect(sent(scene)).toEqual(['500 SIGHUP process reload 1'])
  watch(scene.child('web').reload())
  await scene.world.advance(500)
  expect(sent(scene)).toEqual(['500 SIGHUP process reload 1', '1000 SIGHUP process reload 1'])
})

test('a reload that is asked for by whoever hears of one is another one', async () => {
  const scene = await running()
  let again: ReturnType<typeof watch> | undefined
  scene.supervisor.events$.subscribe(({ type }) => {
    if (type === 'signal.sent') again ??= watch(scene.child('web').reload())
  })
  watch(scene.child('web').reload())
  await scene.world.advance(500)
  expect(again?.settled).toBe(false)
  await scene.world.advance(500)
  expect(sent(scene)).toHaveLength(2)
})

describe('the wait is cut, and nothing is sent,', () => {
  test.each<[string, (scene: Scene) => unknown, string]>([
    ['by a stop', ({ child }) => child('web').stop(), 'ERR_ABORTED'],
    ['by a stop of everything', ({ supervisor }) => supervisor.stop(), 'ERR_ABORTED'],
    ['by an immediate stop', ({ child }) => child('web').stop({ now: true }), 'ERR_ABORTED'],
    ['by kill()', ({ child }) => child('web').kill(), 'ERR_ABORTED'],
    ['by a restart', ({ child }) => child('web').restart(), 'ERR_ABORTED'],
    ['by a removal', ({ supervisor }) => supervisor.remove('web'), 'ERR_ABORTED'],
    ['by an end of its own', (scene) => scene.end('web'), 'ERR_CHILD_NOT_RUNNING'],
  ])('%s', async (_, cut, code) => {
    const scene = await running()
    const reloads = [watch(scene.child('web').reload()), watch(scene.child('web').reload())]
    await scene.world.advance(100)
    void cut(scene)
    await scene.world.advance(0)
    expect(reloads.map((each) => each.code)).toEqual([code, code])
    expect(reloads[0]?.error).toMatchObject({ child: 'web' })
    await scene.world.advance(20_000)
    expect(sent(scene).filter((each) => each.includes('reload'))).toEqual([])
  })

  test('and the next life does not hear of it, nor of a reload that joined none', async () => {
    const scene = await running({ restart: { ...afterASecond, backoff: { minMs: 0, maxMs: 0, factor: 1, jitter: 0 } } })
    const first = watch(scene.child('web').reload())
    await scene.world.advance(100)
    await scene.end('web')
    expect(scene.child('web').view).toMatchObject({ state: 'running', incarnation: 2 })
    expect(first.code).toBe('ERR_CHILD_NOT_RUNNING')
    watch(scene.child('web').reload())
    await scene.world.advance(500)
    expect(sent(scene)).toEqual(['600 SIGHUP process reload 2'])
  })
})

test('without a reload signal it is a restart with the splay of a stop', async () => {
  const scene = await running({ reloadSignal: undefined })
  const reloaded = watch(scene.child('web').reload())
  expect(scene.child('web').view).toMatchObject({ state: 'stopping', substate: 'splaying' })
  await scene.world.advance(500)
  expect(reloaded.value).toMatchObject({ state: 'running', incarnation: 2 })
})

test('`now` cuts the splay of such a restart, and of every child at once', async () => {
  const scene = createScene({
    children: ['a', 'b'].map((id) => ({ id, command: id, stop: { splayMs: 1_000_000 }, restart: afterASecond })),
  })
  await scene.start()
  const reloads = ['a', 'b'].map((id) => watch(scene.child(id).reload()))
  const stopped = watch(scene.supervisor.stop({ now: true }))
  await scene.world.advance(0)
  expect(stopped.settled).toBe(true)
  expect(reloads.map(({ code }) => code)).toEqual(['ERR_ABORTED', 'ERR_ABORTED'])
})
