import { describe, expect, test } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import { createScene } from './scene.ts'
import { causes, lives, running } from './strategy-scene.ts'

describe('rest-for-one', () => {
  test('restarts those to the right, and leaves those to the left alone', async () => {
    const scene = await running('rest-for-one')
    await scene.end('b')
    expect(scene.states()).toEqual(['a running', 'b backingOff', 'c settling'])
    await scene.world.advance(1_000)
    expect(scene.told({ types: lives })).toEqual([
      'b process.exited',
      'c restart.requested',
      'c process.exited',
      'b restart.due',
      'c restart.due',
      'b process.spawned',
      'c process.spawned',
    ])
    expect(scene.states()).toEqual(['a running', 'b running', 'c running'])
  })

  test('each child is after its left neighbour, also when all start', async () => {
    const scene = createScene({
      strategy: 'rest-for-one',
      children: ['a', 'b', 'c'].map((id): ChildOptions => ({ id, command: id, ready: 'manual' })),
    })
    await scene.start()
    expect(scene.states()).toEqual(['a starting', 'b starting', 'c starting'])
    expect(scene.told({ types: ['process.spawned'] })).toEqual(['a process.spawned'])
    scene.child('a').incarnation?.ready()
    await scene.world.advance(0)
    expect(scene.told({ types: ['process.spawned'] })).toEqual(['a process.spawned', 'b process.spawned'])
  })

  test('stops from the right', async () => {
    const scene = await running('rest-for-one')
    void scene.supervisor.stop()
    await scene.world.advance(0)
    expect(scene.told({ types: ['process.exited'] })).toEqual([
      'c process.exited',
      'b process.exited',
      'a process.exited',
    ])
  })

  test('a failure to the left of one that backs off takes it along (overlapping groups)', async () => {
    const scene = await running('rest-for-one')
    await scene.end('c')
    await scene.world.advance(400)
    expect(scene.states()).toEqual(['a running', 'b running', 'c backingOff'])
    await scene.end('a')
    expect(scene.states()).toEqual(['a backingOff', 'b settling', 'c settling'])
    expect(causes(scene, 'restart.requested')).toEqual(['c strategy', 'b strategy'])
    // The delay of the one that failed last is what is waited for: the other's was cut.
    await scene.world.advance(999)
    expect(scene.told({ types: ['restart.due'] })).toEqual([])
    await scene.world.advance(1)
    expect(scene.states()).toEqual(['a running', 'b running', 'c running'])
  })

  test('a left neighbour that is removed leaves its neighbour after the next one', async () => {
    const scene = await running('rest-for-one')
    const removed = scene.supervisor.remove('b')
    await scene.world.advance(0)
    await removed
    scene.listen()
    await scene.end('a')
    await scene.world.advance(1_000)
    expect(scene.told({ types: ['process.spawned'] })).toEqual(['a process.spawned', 'c process.spawned'])
  })
})
