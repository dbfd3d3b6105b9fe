import { map } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { watch, webAndDb, type Scene } from './scene.ts'

const explode = (): never => {
  throw new Error('boom')
}

describe('a subscriber that throws', () => {
  const streams: [string, (scene: Scene) => void][] = [
    ['events$', ({ supervisor }) => supervisor.events$.subscribe(explode)],
    ['exits$', ({ supervisor }) => supervisor.exits$.subscribe(explode)],
    ['state$', ({ supervisor }) => supervisor.state$.subscribe(explode)],
    ['child.state$', ({ child }) => child('web').state$.subscribe(explode)],
    ['child.incarnations$', ({ child }) => child('web').incarnations$.subscribe(explode)],
    ['events$', ({ supervisor }) => supervisor.events$.pipe(map(explode)).subscribe()],
  ]

  test.each(streams)('on %s is recorded once, unsubscribed, and reaches nobody else', async (source, subscribe) => {
    const scene = await webAndDb()
    subscribe(scene)
    await scene.end('web')
    await scene.world.advance(1_000)
    expect(scene.states()).toEqual(['web running', 'db running'])
    const failures = scene.events.filter(({ type }) => type === 'subscriber.failed')
    expect(failures).toHaveLength(1)
    expect(failures[0]).toMatchObject({ data: { source, message: 'boom' } })
    const { length } = failures
    watch(scene.child('web').restart())
    await scene.world.advance(0)
    expect(scene.events.filter(({ type }) => type === 'subscriber.failed')).toHaveLength(length)
  })

  test('is never told of its own failure, while the others are', async () => {
    const scene = await webAndDb()
    const own: string[] = []
    scene.supervisor.events$.subscribe(({ type }) => {
      own.push(type)
      explode()
    })
    await scene.end('web')
    expect(own).toEqual(['process.exited'])
    expect(scene.told()).toContain('root subscriber.failed')
  })

  test('with something that cannot even be looked at is recorded all the same', async () => {
    const scene = await webAndDb()
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const hostile: readonly unknown[] = [
      proxy,
      { toString: explode },
      Object.defineProperty(new Error('x'), 'message', { get: explode }),
    ]
    for (const thrown of hostile) {
      scene.supervisor.events$.subscribe(() => {
        throw thrown
      })
    }
    await scene.end('web')
    const failures = scene.events.filter(({ type }) => type === 'subscriber.failed')
    expect(failures).toHaveLength(hostile.length)
    await scene.world.advance(1_000)
    expect(scene.states()).toEqual(['web running', 'db running'])
  })
})
