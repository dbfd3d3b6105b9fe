import { describe, expect, test } from 'vitest'
import { explain, type RecordedEvent } from '../../../src/index.ts'
import type { Behaviour } from '../../../src/testing/index.ts'
import { afterASecond, createScene, watch, type Scene } from '../actors/scene.ts'

async function logOf(scene: Scene): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  for await (const item of scene.supervisor.read({ live: false })) if ('stream' in item) events.push(item)
  return events
}

const stubborn: Behaviour = { onSignal: { SIGTERM: 'ignore' } }

async function running(more: object = {}, behaviour: Behaviour = {}): Promise<Scene> {
  const scene = createScene(
    { children: [{ id: 'web', command: 'web', restart: afterASecond, ...more }] },
    { web: behaviour },
  )
  await scene.start()
  return scene
}

describe('a child is explained in every state, live and from the log alike', () => {
  test.each<[string, () => Promise<Scene> | Scene, RegExp, string | undefined]>([
    [
      'initial',
      () => createScene({ children: [{ id: 'web', command: 'web' }] }),
      /has not been started/,
      'child.added',
    ],
    ['starting', () => running({ ready: 'manual' }), /runs and is not ready yet/, 'process.spawned'],
    ['running', () => running(), /is running as incarnation 1/, 'child.ready'],
    [
      'stopping',
      async () => {
        const scene = await running({}, stubborn)
        watch(scene.child('web').stop())
        return scene
      },
      /was sent SIGTERM and has 5 s/,
      'splay.elapsed',
    ],
    [
      'settling',
      async () => {
        const scene = await running({}, { forks: [stubborn] })
        watch(scene.child('web').stop())
        await scene.world.advance(0)
        return scene
      },
      /is settling: incarnation 1 was ended by SIGTERM/,
      'process.exited',
    ],
    [
      'backingOff',
      async () => {
        const scene = await running()
        await scene.end('web', { code: 7 })
        return scene
      },
      /backing off 1 s because incarnation 1 exited with code 7/,
      'restart.scheduled',
    ],
    [
      'stopped',
      async () => {
        const scene = await running()
        await Promise.all([scene.child('web').stop(), scene.world.advance(0)])
        return scene
      },
      /is stopped/,
      'child.stopped',
    ],
  ])('%s', async (state, make, summary, last) => {
    const scene = await make()
    const told = scene.supervisor.explain('web')
    expect(told.state).toBe(state)
    expect(told.summary).toMatch(/^web /)
    expect(told.summary).toMatch(summary)
    expect(told.chain.at(-1)?.type).toBe(last)
    expect(explain(await logOf(scene), 'web')).toEqual(told)
    expect(explain(await logOf(scene), '/web')).toEqual(told)
  })
})

test('the chain goes from the cause to what it caused, each answering the one before', async () => {
  const scene = await running()
  await scene.end('web', { code: 7 })
  await scene.world.advance(1_000)
  const { chain } = scene.supervisor.explain('web')
  expect(chain.map(({ type }) => type)).toEqual([
    'process.exited',
    'restart.scheduled',
    'restart.due',
    'spawn.requested',
    'process.spawned',
    'child.ready',
  ])
  for (const [n, event] of chain.entries()) if (n > 0) expect(event.causedBy).toBe(chain[n - 1]?.seq)
})

test('a strategy restart is explained by the crash of the sibling', async () => {
  const scene = createScene({
    strategy: 'one-for-all',
    children: [
      { id: 'db', command: 'db', restart: afterASecond },
      { id: 'web', command: 'web' },
    ],
  })
  await scene.start()
  await scene.end('db', { code: 7 })
  const { chain } = scene.supervisor.explain('web')
  expect(chain[0]).toMatchObject({ type: 'process.exited', child: 'db', data: { code: 7 } })
})

test('of several registrations of an id the last one is meant, unless a stream is named', async () => {
  const scene = await running()
  await Promise.all([scene.supervisor.remove('web'), scene.world.advance(0)])
  scene.supervisor.add({ id: 'web', command: 'web' })
  await scene.world.advance(0)
  const log = await logOf(scene)
  expect(explain(log, 'web').chain.at(-1)?.stream).toBe('/web@2')
  expect(explain(log, '/web@2').state).toBe('running')
})

test('a child that no log knows is ERR_CHILD_NOT_FOUND', async () => {
  const scene = await running()
  const log = await logOf(scene)
  expect(() => explain(log, 'nobody')).toThrow(
    expect.objectContaining({ code: 'ERR_CHILD_NOT_FOUND', child: 'nobody' }),
  )
})

test('a log whose causes run in a circle is not walked for ever', async () => {
  const scene = await running()
  const log: RecordedEvent[] = []
  for (const event of await logOf(scene)) log.push({ ...event, causedBy: event.seq })
  expect(explain(log, 'web').chain).toHaveLength(1)
})
