import { expect, test } from 'vitest'
import { createStartQueue } from '../../../src/actors/start-queue.ts'
import type { Clock } from '../../../src/index.ts'
import { manualTurns } from '../streams/manual-turns.ts'
import { createScene, watch } from './scene.ts'

test('no more starts are issued per turn of the event loop than allowed, in the order in which they queued', () => {
  const { clock, run } = turns()
  const issued: number[] = []
  const queue = createStartQueue(clock, 3, () => queue.drain())
  for (let n = 0; n < 8; n++) queue.add({ run: () => issued.push(n) })
  queue.drain()
  queue.drain()
  expect(issued).toEqual([0, 1, 2])
  run()
  expect(issued).toEqual([0, 1, 2, 3, 4, 5])
  run()
  expect(issued).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})

test('what queues while a start is being issued is issued after it, and counts', () => {
  const { clock, run } = turns()
  const issued: string[] = []
  const queue = createStartQueue(clock, 2, () => queue.drain())
  const add = (name: string, more: readonly string[] = []): void =>
    queue.add({
      run() {
        issued.push(name)
        for (const other of more) add(other)
      },
    })
  add('a', ['b', 'c'])
  queue.drain()
  expect(issued).toEqual(['a', 'b'])
  run()
  expect(issued).toEqual(['a', 'b', 'c'])
})

test('a mass start spawns maxConcurrentStarts per turn, and 8 where nothing is said', async () => {
  const children = Array.from({ length: 20 }, (_, n) => ({ id: `c${n}`, command: 'c' }))
  for (const [options, first] of [
    [{}, 8],
    [{ maxConcurrentStarts: 3 }, 3],
    [{ maxConcurrentStarts: Infinity }, 20],
  ] as const) {
    const scene = createScene({ ...options, children })
    const started = watch(scene.supervisor.start())
    expect(scene.world.calls.spawns).toBe(first)
    await scene.world.advance(0)
    expect(scene.world.calls.spawns).toBe(20)
    expect(started.settled).toBe(true)
  }
})

test('an exit does not wait behind the spawns that queue', async () => {
  const children = Array.from({ length: 20 }, (_, n) => ({ id: `c${n}`, command: n === 0 ? 'short' : 'c' }))
  const scene = createScene({ maxConcurrentStarts: 1, children }, { short: { code: 0 } })
  await scene.start()
  const order = scene.told({ types: ['process.spawned', 'process.exited'] })
  expect(order.indexOf('c0 process.exited')).toBeLessThan(order.indexOf('c5 process.spawned'))
})

/** A clock that only has turns: the queue asks for nothing else. */
function turns() {
  const manual = manualTurns()
  return { clock: manual.clock as Clock, run: () => manual.turn() }
}
