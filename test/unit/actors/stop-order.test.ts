import { describe, expect, test } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import { createScene, watch } from './scene.ts'

const manual = (id: string, more: object = {}): ChildOptions => ({ id, command: id, ready: 'manual', ...more })

describe('stopping in order', () => {
  const slow = { onSignal: { SIGTERM: { afterMs: 100 } } } as const

  test('walks the graph backwards, each child as soon as its dependants are stopped, otherwise in parallel', async () => {
    const scene = createScene(
      {
        children: [
          { id: 'db', command: 'slow' },
          { id: 'cache', command: 'slow' },
          { id: 'api', command: 'slow', after: ['db', 'cache'] },
          { id: 'web', command: 'slow', after: ['api'] },
          { id: 'cron', command: 'slow', after: ['cache'] },
          { id: 'alone', command: 'slow' },
        ],
      },
      { slow },
    )
    await scene.start()
    const stopped = watch(scene.supervisor.stop())
    const asked = (): string[] => scene.told({ types: ['stop.requested'] }).map((line) => line.split(' ')[0] ?? '')
    expect(asked()).toEqual(['web', 'cron', 'alone'])
    await scene.world.advance(100)
    expect(asked().slice(3)).toEqual(['api'])
    await scene.world.advance(100)
    expect(asked().slice(4)).toEqual(['db', 'cache'])
    await scene.world.advance(100)
    expect(stopped.settled).toBe(true)
  })

  test('what has no process is stopped at once, whatever is after it', async () => {
    const scene = createScene({
      children: [
        manual('db'),
        { id: 'web', command: 'web', after: ['db'] },
        { id: 'ui', command: 'ui', after: ['web'] },
      ],
    })
    await scene.start()
    void scene.supervisor.stop()
    expect(scene.told({ types: ['stop.requested'] })).toEqual([
      'web stop.requested',
      'ui stop.requested',
      'db stop.requested',
    ])
    await scene.world.advance(0)
    expect(scene.supervisor.view.state).toBe('stopped')
  })

  test('`now` knows no order', async () => {
    const scene = createScene(
      {
        children: [
          { id: 'db', command: 'slow' },
          { id: 'web', command: 'slow', after: ['db'] },
        ],
      },
      { slow },
    )
    await scene.start()
    const stopped = watch(scene.supervisor.stop({ now: true }))
    expect(scene.told({ types: ['stop.requested'] })).toEqual(['db stop.requested', 'web stop.requested'])
    await scene.world.advance(0)
    expect(stopped.settled).toBe(true)
  })

  test('a dependant that cannot be killed does not hold up those it depends on', async () => {
    const scene = createScene(
      {
        children: [
          { id: 'db', command: 'db' },
          { id: 'web', command: 'stuck', after: ['db'] },
        ],
      },
      { stuck: { unkillable: true } },
    )
    await scene.start()
    const stopped = watch(scene.supervisor.stop())
    await scene.world.advance(6_999)
    expect(scene.states()).toEqual(['db running', 'web stopping'])
    await scene.world.advance(1)
    expect(scene.states()).toEqual(['db stopped(stopped)', 'web stopped(unkillable)'])
    expect(stopped.value?.survivors).toHaveLength(1)
  })

  test('a child that ends by itself while it waits for its turn is not restarted, and the next may follow', async () => {
    const scene = createScene(
      {
        children: [
          { id: 'db', command: 'db' },
          { id: 'api', command: 'api', after: ['db'] },
          { id: 'web', command: 'slow', after: ['api'] },
        ],
      },
      { slow },
    )
    await scene.start()
    void scene.supervisor.stop()
    await scene.end('api')
    expect(scene.states()).toEqual(['db stopped(stopped)', 'api stopped(failed)', 'web stopping'])
    await scene.world.advance(100)
    expect(scene.supervisor.view.state).toBe('stopped')
  })
})
