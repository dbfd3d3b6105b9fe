import { describe, expect, test } from 'vitest'
import { below, childBelow, endBelow, nested, statesBelow } from './nested-scene.ts'
import { afterASecond, atOnce, createScene, watch } from './scene.ts'

describe('its restart', () => {
  test('keeps handles, streams and incarnation counts of declared children, and removes later ones', async () => {
    const scene = createScene({
      children: [
        nested([
          { id: 'w', command: 'w' },
          { id: 'v', command: 'v' },
        ]),
      ],
    })
    await scene.start()
    const w = childBelow(scene, 'w')
    const later = below(scene).add({ id: 'later', command: 'later' })
    await scene.world.advance(0)
    expect(later.view.state).toBe('running')
    const restarted = watch(scene.child('api').restart())
    await scene.world.advance(0)
    expect(restarted.value).toMatchObject({ state: 'running', incarnation: 2 })
    expect(childBelow(scene, 'w')).toBe(w)
    expect(w).toMatchObject({ stream: '/api/w', view: { state: 'running', incarnation: 2, restarts: 1 } })
    expect(below(scene).child('later')).toBeUndefined()
    expect(later.view.state).toBe('removed')
    expect(scene.world.processes()).toHaveLength(2)
  })

  test('starts those again that their caller had stopped or that had ended', async () => {
    const scene = createScene({
      children: [
        nested([
          { id: 'w', command: 'w' },
          { id: 'job', command: 'job', restart: 'temporary' },
        ]),
      ],
    })
    await scene.start()
    await Promise.all([childBelow(scene, 'w').stop(), endBelow(scene, 'job', 0)])
    expect(statesBelow(scene)).toEqual(['w stopped(stopped)', 'job stopped(exited)'])
    watch(scene.child('api').restart())
    await scene.world.advance(0)
    expect(statesBelow(scene)).toEqual(['w running', 'job running'])
  })

  test('one that was declared and removed stays removed', async () => {
    const scene = createScene({
      children: [
        nested([
          { id: 'w', command: 'w' },
          { id: 'v', command: 'v' },
        ]),
      ],
    })
    await scene.start()
    await Promise.all([below(scene).remove('v'), scene.world.advance(0)])
    watch(scene.child('api').restart())
    await scene.world.advance(0)
    expect(statesBelow(scene)).toEqual(['w running'])
  })

  test('that fails to start is tried again: it is automatic', async () => {
    let spawns = 0
    const scene = createScene(
      {
        children: [
          nested([{ id: 'w', command: 'w', ready: 'manual', restart: atOnce }], {
            intensity: { restarts: 0, withinMs: 1_000 },
            restart: afterASecond,
          }),
        ],
      },
      { w: () => (++spawns === 2 ? { code: 1 } : {}) },
    )
    await scene.start()
    childBelow(scene, 'w').incarnation?.ready()
    await scene.world.advance(0)
    await endBelow(scene, 'w')
    await scene.world.advance(1_000)
    expect(scene.child('api').view.state).toBe('backingOff')
    await scene.world.advance(1_000)
    childBelow(scene, 'w').incarnation?.ready()
    await scene.world.advance(0)
    expect(scene.states()).toEqual(['api running'])
    expect(scene.child('api').view.incarnation).toBe(3)
  })

  test('by a strategy above takes it down and up like any other', async () => {
    const scene = createScene({
      strategy: 'one-for-all',
      children: [{ id: 'web', command: 'web', restart: atOnce }, nested([{ id: 'w', command: 'w' }])],
    })
    await scene.start()
    await scene.end('web')
    expect(scene.states()).toEqual(['web running', 'api running'])
    expect(childBelow(scene, 'w').view).toMatchObject({ state: 'running', incarnation: 2 })
  })
})
