import { describe, expect, test } from 'vitest'
import type { ChildOptions } from '../../../src/index.ts'
import { createScene, watch } from './scene.ts'

const manual = (id: string, more: object = {}): ChildOptions => ({ id, command: id, ready: 'manual', ...more })

describe('supervisor.stop()', () => {
  test('in `initial` ends in `stopped`, and so do the children', async () => {
    const scene = createScene({ children: [manual('web')] })
    const stopped = watch(scene.supervisor.stop())
    await scene.world.advance(0)
    expect(stopped.value).toMatchObject({
      children: [{ id: 'web', outcome: 'stopped', escalated: false }],
      survivors: [],
    })
    expect(scene.supervisor.view).toMatchObject({ state: 'stopped', outcome: 'stopped' })
    expect(scene.states()).toEqual(['web stopped(stopped)'])
  })

  test('reports every child flat, in start order, with its exit', async () => {
    const scene = createScene(
      {
        children: [
          { id: 'stubborn', command: 'stubborn', stop: { killTimeoutMs: 50 } },
          { id: 'api', kind: 'supervisor', children: [{ id: 'worker', command: 'worker' }] },
        ],
      },
      { stubborn: { onSignal: { SIGTERM: 'ignore' } } },
    )
    await scene.start()
    const stopped = watch(scene.supervisor.stop())
    await scene.world.advance(50)
    expect(stopped.value).toEqual({
      children: [
        {
          id: 'stubborn',
          stream: '/stubborn',
          outcome: 'stopped',
          exit: {
            code: null,
            signal: 'SIGKILL',
            status: 137,
            at: expect.any(Number),
            expected: true,
            cause: 'shutdown',
          },
          escalated: true,
          durationMs: 50,
        },
        {
          id: 'api',
          stream: '/api',
          outcome: 'stopped',
          exit: expect.objectContaining({ code: 0, expected: true }),
          escalated: false,
          durationMs: 0,
        },
        {
          id: 'worker',
          stream: '/api/worker',
          outcome: 'stopped',
          exit: expect.objectContaining({ signal: 'SIGTERM' }),
          escalated: false,
          durationMs: 0,
        },
      ],
      survivors: [],
    })
  })

  test('called again it joins; with `now` it hurries every child', async () => {
    const scene = createScene(
      {
        children: [
          { id: 'web', command: 'web', stop: { splayMs: 1_000 } },
          { id: 'db', command: 'db' },
        ],
      },
      { db: { onSignal: { SIGTERM: 'ignore' } } },
    )
    await scene.start()
    const first = watch(scene.supervisor.stop())
    await scene.world.advance(0)
    const second = watch(scene.supervisor.stop())
    expect(scene.told({ types: ['supervisor.stopping'] })).toHaveLength(1)
    const third = watch(scene.supervisor.stop({ now: true }))
    await scene.world.advance(0)
    expect([first, second, third].map(({ settled }) => settled)).toEqual([true, true, true])
    expect(first.value).toEqual(third.value)
    expect(scene.told({ types: ['supervisor.stopping', 'supervisor.stopped'] })).toHaveLength(3)
  })

  test('once stopped it is final: stop and dispose resolve with the last report, everything else fails', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] })
    await scene.start()
    const [report] = await Promise.all([scene.supervisor.stop(), scene.world.advance(0)])
    const { length } = scene.events
    expect(await scene.supervisor.stop()).toEqual(report)
    await scene.supervisor[Symbol.asyncDispose]()
    const refused = expect.objectContaining({ code: 'ERR_SUPERVISOR_STOPPED' })
    await expect(scene.supervisor.start()).rejects.toEqual(refused)
    await expect(scene.supervisor.run()).rejects.toEqual(refused)
    await expect(scene.supervisor.remove('web')).rejects.toEqual(refused)
    expect(() => scene.supervisor.add({ id: 'more', command: 'more' })).toThrow(refused)
    const web = scene.child('web')
    await expect(web.restart()).rejects.toEqual(refused)
    await expect(web.start()).rejects.toEqual(refused)
    expect(await web.stop()).toMatchObject({ children: [{ id: 'web', outcome: 'stopped' }] })
    // Reading works.
    const read: unknown[] = []
    for await (const event of scene.supervisor.read()) read.push(event)
    expect(read).toHaveLength(scene.events.at(-1)?.seq ?? 0)
    expect(scene.supervisor.explain('web').state).toBe('stopped')
    expect(scene.events).toHaveLength(length)
  })

  test('while it stops, nothing new begins', async () => {
    const scene = createScene(
      { children: [{ id: 'web', command: 'web' }] },
      { web: { onSignal: { SIGTERM: { afterMs: 100 } } } },
    )
    await scene.start()
    scene.supervisor.add({ id: 'off', command: 'off' }, { start: false })
    const stopped = watch(scene.supervisor.stop())
    const refused = expect.objectContaining({ code: 'ERR_SUPERVISOR_STOPPED' })
    await expect(scene.child('off').start()).rejects.toEqual(refused)
    await expect(scene.child('web').restart()).rejects.toEqual(refused)
    expect(() => scene.supervisor.add({ id: 'more', command: 'more' })).toThrow(refused)
    // A removal is a stop: it goes on.
    const removed = watch(scene.supervisor.remove('web'))
    await scene.world.advance(100)
    expect([stopped.settled, removed.settled]).toEqual([true, true])
  })

  test('children that back off, wait or are held by their output are stopped too', async () => {
    const scene = createScene({
      children: [manual('db'), { id: 'web', command: 'web', after: ['db'] }, { id: 'sick', command: 'sick' }],
    })
    await scene.start()
    await scene.end('sick')
    expect(scene.states()).toEqual(['db starting', 'web starting', 'sick backingOff'])
    const stopped = watch(scene.supervisor.stop())
    await scene.world.advance(0)
    expect(stopped.settled).toBe(true)
    expect(scene.states()).toEqual(['db stopped(stopped)', 'web stopped(stopped)', 'sick stopped(stopped)'])
    await scene.world.advance(100_000)
    expect(scene.world.processes()).toEqual([])
  })
})

describe('shutdownTimeoutMs', () => {
  const patient = { stop: { killTimeoutMs: Infinity } }

  test('turns every stop still running into `now`', async () => {
    const scene = createScene(
      {
        shutdownTimeoutMs: 1_000,
        children: [
          { id: 'db', command: 'db' },
          { id: 'web', command: 'web', after: ['db'], ...patient },
        ],
      },
      { '*': { onSignal: { SIGTERM: 'ignore' } } },
    )
    await scene.start()
    const stopped = watch(scene.supervisor.stop())
    await scene.world.advance(999)
    expect(stopped.settled).toBe(false)
    await scene.world.advance(1)
    expect(stopped.value?.children.map(({ id, escalated }) => [id, escalated])).toEqual([
      ['db', true],
      ['web', true],
    ])
    expect(scene.supervisor.view.outcome).toBe('stopped')
  })

  test('reaches what a dead leader has left in its group', async () => {
    const scene = createScene(
      { shutdownTimeoutMs: 1_000, children: [{ id: 'web', command: 'web', ...patient }] },
      { web: { forks: [{ onSignal: { SIGTERM: 'ignore' } }] } },
    )
    await scene.start()
    const stopped = watch(scene.supervisor.stop())
    await scene.world.advance(999)
    expect(scene.states()).toEqual(['web settling'])
    expect(stopped.settled).toBe(false)
    await scene.world.advance(1)
    expect(stopped.settled).toBe(true)
    expect(scene.world.processes()).toEqual([])
  })

  test('reaches below nested supervisors', async () => {
    const scene = createScene(
      {
        shutdownTimeoutMs: 1_000,
        children: [{ id: 'api', kind: 'supervisor', children: [{ id: 'worker', command: 'worker', ...patient }] }],
      },
      { '*': { onSignal: { SIGTERM: 'ignore' } } },
    )
    await scene.start()
    const stopped = watch(scene.supervisor.stop())
    await scene.world.advance(1_000)
    expect(stopped.value?.children).toMatchObject([{ id: 'api' }, { id: 'worker', escalated: true }])
  })

  test('of Infinity waits for ever', async () => {
    const scene = createScene(
      { shutdownTimeoutMs: Infinity, children: [{ id: 'web', command: 'web', ...patient }] },
      { '*': { onSignal: { SIGTERM: 'ignore' } } },
    )
    await scene.start()
    const stopped = watch(scene.supervisor.stop())
    await scene.world.advance(1e9)
    expect(stopped.settled).toBe(false)
  })
})

describe('disposal', () => {
  test('is a stop', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] })
    await scene.start()
    await Promise.all([scene.supervisor[Symbol.asyncDispose](), scene.world.advance(0)])
    expect(scene.supervisor.view.state).toBe('stopped')
  })

  test('rejects with ERR_STOP_TIMEOUT when something survives', async () => {
    const scene = createScene({ children: [{ id: 'web', command: 'web' }] }, { web: { unkillable: true } })
    await scene.start()
    const disposed = watch(scene.supervisor[Symbol.asyncDispose]() as Promise<void>)
    await scene.world.advance(7_000)
    expect(disposed.code).toBe('ERR_STOP_TIMEOUT')
  })
})
