import { describe, expect, test } from 'vitest'
import { below, childBelow, endBelow, nested, statesBelow } from './nested-scene.ts'
import { afterASecond, atOnce, createScene, watch } from './scene.ts'

describe('its own end', () => {
  test('by intensity is a failure, which its parent judges and answers with a restart', async () => {
    const scene = createScene({
      children: [
        nested([{ id: 'w', command: 'w', restart: atOnce }], {
          intensity: { restarts: 1, withinMs: 10_000 },
          restart: afterASecond,
        }),
      ],
    })
    await scene.start()
    await endBelow(scene, 'w')
    expect(statesBelow(scene)).toEqual(['w running'])
    await endBelow(scene, 'w')
    expect(scene.states()).toEqual(['api backingOff'])
    expect(below(scene).view).toMatchObject({ state: 'stopped', outcome: 'failed' })
    const exceeded = scene.events.find(({ type }) => type === 'intensity.exceeded')
    expect(exceeded).toMatchObject({ stream: '/api', data: { restarts: 1, withinMs: 10_000, by: '/api/w' } })
    expect(scene.child('api').view.lastExit).toMatchObject({
      code: 1,
      signal: null,
      status: 1,
      expected: false,
      cause: 'crash',
    })
    await scene.world.advance(1_000)
    expect(scene.states()).toEqual(['api running'])
    expect(statesBelow(scene)).toEqual(['w running'])
  })

  test('by autoShutdown after a success is a good end', async () => {
    const scene = createScene({
      children: [
        nested(
          [
            { id: 'job', command: 'job', restart: 'transient', significant: true },
            { id: 'w', command: 'w' },
          ],
          { autoShutdown: 'any-significant', restart: 'transient' },
        ),
      ],
    })
    await scene.start()
    await endBelow(scene, 'job', 0)
    expect(scene.states()).toEqual(['api stopped(exited)'])
    expect(scene.child('api').view.lastExit).toMatchObject({ code: 0, cause: 'finished' })
    expect(statesBelow(scene)).toEqual(['job stopped(exited)', 'w stopped(stopped)'])
  })

  test('by autoShutdown after a failure is a failure', async () => {
    const scene = createScene({
      children: [
        nested([{ id: 'job', command: 'job', restart: 'temporary', significant: true }], {
          autoShutdown: 'any-significant',
          restart: 'temporary',
        }),
      ],
    })
    await scene.start()
    await endBelow(scene, 'job', 4)
    expect(scene.states()).toEqual(['api stopped(failed)'])
  })

  test('counts in its own limit and in the intensity above it', async () => {
    const scene = createScene({
      intensity: { restarts: 0, withinMs: 1_000 },
      children: [nested([{ id: 'w', command: 'w', restart: atOnce }], { intensity: { restarts: 0, withinMs: 1_000 } })],
    })
    await scene.start()
    await endBelow(scene, 'w')
    expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'failed' })
    expect(
      scene.events
        .filter(({ type }) => type === 'intensity.exceeded')
        .map(({ stream, data }) => [stream, (data as { by: string }).by]),
    ).toEqual([
      ['/api', '/api/w'],
      ['/', '/api'],
    ])
  })

  test('that was asked for below it is none: a child stopped by its caller leaves it running', async () => {
    const scene = createScene({ children: [nested([{ id: 'w', command: 'w' }])] })
    await scene.start()
    await Promise.all([childBelow(scene, 'w').stop(), scene.world.advance(0)])
    expect(scene.states()).toEqual(['api running'])
  })
})

describe('what nobody can kill below it', () => {
  test('makes it unkillable, names its survivors, and holds the tree up no longer', async () => {
    const scene = createScene(
      {
        children: [
          nested([
            { id: 'w', command: 'w' },
            { id: 'ok', command: 'ok' },
          ]),
        ],
      },
      { w: { unkillable: true } },
    )
    await scene.start()
    const stopped = watch(scene.supervisor.stop())
    await scene.world.advance(7_000)
    expect(scene.states()).toEqual(['api stopped(unkillable)'])
    expect(statesBelow(scene)).toEqual(['w stopped(unkillable)', 'ok stopped(stopped)'])
    expect(stopped.value?.survivors).toHaveLength(1)
  })

  test('refuses its restart until it has died', async () => {
    const scene = createScene({ children: [nested([{ id: 'w', command: 'w' }])] }, { w: { unkillable: true } })
    await scene.start()
    const restarted = watch(scene.child('api').restart())
    await scene.world.advance(7_000)
    expect(restarted.code).toBe('ERR_STOP_TIMEOUT')
    const again = watch(scene.child('api').restart())
    await scene.world.advance(0)
    expect(again.code).toBe('ERR_INVALID_STATE')
    scene.world.exit(scene.world.processes()[0]?.pid ?? 0, { signal: 'SIGKILL' })
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['api stopped(stopped)'])
    const third = watch(scene.child('api').restart())
    await scene.world.advance(0)
    expect(third.value).toMatchObject({ state: 'running', incarnation: 2 })
  })
})
