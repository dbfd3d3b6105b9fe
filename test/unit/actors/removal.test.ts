import { describe, expect, test } from 'vitest'
import { createScene, watch } from './scene.ts'

const slow = { onSignal: { SIGTERM: { afterMs: 100 } } } as const

describe('remove()', () => {
  test('stops, then forgets, and reports how the stop went', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] }, { web: slow })
    await scene.start()
    scene.listen()
    const child = scene.child('web')
    const removed = watch(scene.supervisor.remove('web'))
    await scene.world.advance(99)
    expect(removed.settled).toBe(false)
    expect(scene.supervisor.child('web')).toBe(child)
    await scene.world.advance(1)
    expect(removed.value).toMatchObject({
      children: [{ id: 'web', stream: '/web', outcome: 'stopped', durationMs: 100 }],
      survivors: [],
    })
    expect(scene.supervisor.child('web')).toBeUndefined()
    expect(scene.supervisor.children()).toEqual([])
    expect(scene.told().slice(-2)).toEqual(['web child.stopped', 'web child.removed'])
    expect(child.view).toMatchObject({ state: 'removed', desired: 'down' })
  })

  test('of a child at rest forgets it at once', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] })
    const [report] = await Promise.all([scene.supervisor.remove('web'), scene.world.advance(0)])
    expect(report.children).toMatchObject([{ id: 'web', outcome: 'stopped', escalated: false }])
    expect(scene.told()).toEqual(['web child.removed'])
  })

  test('of an unknown id rejects with ERR_CHILD_NOT_FOUND', async () => {
    const scene = createScene({})
    await expect(scene.supervisor.remove('nobody')).rejects.toMatchObject({
      code: 'ERR_CHILD_NOT_FOUND',
      child: 'nobody',
    })
    expect(() => scene.supervisor.explain('nobody')).toThrow(expect.objectContaining({ code: 'ERR_CHILD_NOT_FOUND' }))
  })

  test('meanwhile nothing begins: start and restart fail with ERR_CHILD_STOPPING, add with ERR_CHILD_EXISTS', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] }, { web: slow })
    await scene.start()
    const removed = watch(scene.supervisor.remove('web'))
    const stopping = { code: 'ERR_CHILD_STOPPING', child: 'web' }
    await expect(scene.child('web').restart()).rejects.toMatchObject(stopping)
    await expect(scene.child('web').start()).rejects.toMatchObject(stopping)
    expect(() => scene.supervisor.add({ id: 'web', command: 'web' })).toThrow(
      expect.objectContaining({ code: 'ERR_CHILD_EXISTS' }),
    )
    await scene.world.advance(100)
    expect(removed.settled).toBe(true)
  })

  test('overtakes a restart, which rejects with ERR_ABORTED', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] }, { web: slow })
    await scene.start()
    const restarted = watch(scene.child('web').restart())
    await scene.world.advance(50)
    const removed = watch(scene.supervisor.remove('web'))
    await scene.world.advance(50)
    expect(restarted.code).toBe('ERR_ABORTED')
    expect(removed.settled).toBe(true)
  })

  test('called twice resolves twice', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] }, { web: slow })
    await scene.start()
    const both = [watch(scene.supervisor.remove('web')), watch(scene.supervisor.remove('web'))]
    await scene.world.advance(100)
    expect(both.map(({ settled, code }) => [settled, code])).toEqual([
      [true, undefined],
      [true, undefined],
    ])
  })

  test('of what cannot be killed names its survivors', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] }, { web: { unkillable: true } })
    await scene.start()
    const removed = watch(scene.supervisor.remove('web'))
    await scene.world.advance(7_000)
    expect(removed.value).toMatchObject({ children: [{ outcome: 'unkillable' }], survivors: [{ pid: 1000 }] })
    expect(scene.supervisor.children()).toEqual([])
  })

  test('the handle of a removed child stays readable, its stop resolves and its streams are over', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] })
    await scene.start()
    const child = scene.child('web')
    let completed = 0
    child.state$.subscribe({ complete: () => completed++ })
    child.incarnations$.subscribe({ complete: () => completed++ })
    await Promise.all([scene.supervisor.remove('web'), scene.world.advance(0)])
    expect(completed).toBe(2)
    expect(child).toMatchObject({ id: 'web', stream: '/web', view: { state: 'removed' } })
    expect(await child.stop()).toMatchObject({ children: [{ id: 'web', outcome: 'stopped' }] })
    expect(await child.signal('SIGTERM')).toBe(false)
    expect(() => child.actor).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }))
  })
})

describe('registrations', () => {
  test('the second of an id has a stream of its own, with revisions and incarnations from 1', async () => {
    const scene = createScene({ children: [{ id: 'web/1', command: 'web' }] })
    await scene.start()
    const first = scene.child('web/1')
    await Promise.all([scene.supervisor.remove('web/1'), scene.world.advance(0)])
    const second = scene.supervisor.add({ id: 'web/1', command: 'web' })
    await scene.world.advance(0)
    expect([first.stream, second.stream]).toEqual(['/web%2F1', '/web%2F1@2'])
    expect(scene.child('web/1')).toBe(second)
    expect(second.view).toMatchObject({ state: 'running', incarnation: 1, restarts: 0 })
    const revisions = scene.events.filter(({ stream }) => stream === second.stream).map(({ revision }) => revision)
    expect(revisions).toEqual(revisions.map((_, n) => n + 1))
    await Promise.all([scene.supervisor.remove('web/1'), scene.world.advance(0)])
    expect(scene.supervisor.add({ id: 'web/1', command: 'web' }).stream).toBe('/web%2F1@3')
  })

  test('an id that looks like a second registration is another child', async () => {
    const scene = createScene({
      children: [
        { id: 'web', command: 'web' },
        { id: 'web@2', command: 'web' },
      ],
    })
    await Promise.all([scene.supervisor.remove('web'), scene.world.advance(0)])
    scene.supervisor.add({ id: 'web', command: 'web' })
    expect(scene.supervisor.children().map(({ stream }) => stream)).toEqual(['/web%402', '/web@2'])
  })

  test('ids that objects have of their own are names like any other', async () => {
    const ids = ['__proto__', 'constructor', 'toString', ' ', '/', '@', '%2F']
    const scene = createScene({ children: ids.map((id) => ({ id, command: 'x' })) })
    await scene.start()
    expect(scene.supervisor.children().map(({ id, view }) => [id, view.state])).toEqual(
      ids.map((id) => [id, 'running']),
    )
    expect(new Set(scene.supervisor.children().map(({ stream }) => stream)).size).toBe(ids.length)
  })
})
