import { describe, expect, test } from 'vitest'
import { explain, type RecordedEvent, type SupervisorOptions } from '../../../src/index.ts'
import { durationWords } from '../../../src/record/duration-words.ts'
import { cardinal, counted, ordinal } from '../../../src/record/number-words.ts'
import type { Program } from '../../../src/testing/index.ts'
import { afterASecond, createScene, watch, type Scene } from '../actors/scene.ts'

async function logOf(scene: Scene): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  for await (const item of scene.supervisor.read({ live: false })) if (item.type !== 'gap') events.push(item)
  return events
}

async function started(options: SupervisorOptions, programs: Readonly<Record<string, Program>> = {}): Promise<Scene> {
  const scene = createScene(options, programs)
  await scene.start()
  return scene
}

/** What a log says of a child (or of a supervisor), and the types of the chain with the streams they are in. */
async function told(
  scene: Scene,
  who: string,
): Promise<{ readonly summary: string; readonly chain: readonly string[] }> {
  const { summary, chain } = explain(await logOf(scene), who)
  return { summary, chain: chain.map(({ type, stream }) => `${stream} ${type}`) }
}

const limited = (restarts: number, type: 'permanent' | 'transient' = 'permanent') =>
  ({
    ...afterASecond,
    type,
    backoff: { minMs: 4_200, maxMs: 4_200, factor: 1, jitter: 0 },
    limit: { restarts, withinMs: 300_000 },
  }) as const

const stubborn: Program = { onSignal: { SIGTERM: 'ignore' } }

/** What is said of a child that has crashed so often. */
async function crashed(times: number, restarts: number): Promise<string> {
  const scene = await started({ children: [{ id: 'api', command: 'api', restart: limited(restarts) }] })
  for (let time = 1; time <= times; time += 1) {
    await scene.end('api')
    if (time < times) await scene.world.advance(4_200)
  }
  return (await told(scene, 'api')).summary
}

describe('backing off', () => {
  test('tells the delay, the exit, which restart it is, and how many are left', async () => {
    expect(await crashed(3, 5)).toBe(
      'api is backing off 4.2 s because incarnation 3 exited with code 1, the third automatic restart in 300 s; two more and it is given up',
    )
  })

  test('the last one that is granted is told as such', async () => {
    expect(await crashed(2, 2)).toMatch(/the second automatic restart in 300 s; with the next it is given up$/)
  })

  test('without a limit there is nothing to count', async () => {
    expect(await crashed(2, Infinity)).toBe('api is backing off 4.2 s because incarnation 2 exited with code 1')
  })

  test('restarts that have left the window do not count', async () => {
    const scene = await started({ children: [{ id: 'api', command: 'api', restart: limited(5) }] })
    await scene.end('api')
    await scene.world.advance(400_000)
    await scene.end('api')
    expect((await told(scene, 'api')).summary).toMatch(/the first automatic restart in 300 s; four more/)
  })
})

test('a give-up tells the limit that was used up', async () => {
  const scene = await started({ children: [{ id: 'api', command: 'api', restart: limited(1) }] })
  await scene.end('api')
  await scene.world.advance(4_200)
  await scene.end('api', { signal: 'SIGSEGV' })
  expect(await told(scene, 'api')).toEqual({
    summary: 'api has failed and was given up after one restart in 300 s: "api" was ended by SIGSEGV',
    chain: ['/api process.exited', '/api restart.abandoned', '/api child.stopped'],
  })
})

test('a strategy restart names the sibling that caused it', async () => {
  const scene = await started(
    {
      strategy: 'one-for-all',
      children: [
        { id: 'db', command: 'db', restart: limited(5) },
        { id: 'web', command: 'web' },
      ],
    },
    { web: stubborn },
  )
  await scene.end('db', { code: 7 })
  const { summary, chain } = await told(scene, 'web')
  expect(summary).toBe('web is stopping (its sibling db exited with code 7): it was sent SIGTERM and has 5 s to end')
  expect(chain[0]).toBe('/db process.exited')
})

describe('what it depends on is named', () => {
  test('while it waits', async () => {
    const scene = await started({
      children: [
        { id: 'db', command: 'db', ready: 'manual' },
        { id: 'cache', command: 'cache' },
        { id: 'web', command: 'web', after: ['db', 'cache'] },
      ],
    })
    expect((await told(scene, 'web')).summary).toBe('web is starting: it waits for db')
    expect(scene.supervisor.explain('web').summary).toBe('web is starting: it waits for db')
  })

  test('when it failed', async () => {
    const scene = createScene(
      {
        children: [
          { id: 'db', command: 'db' },
          { id: 'web', command: 'web', after: ['db'] },
        ],
      },
      { db: { exitsAfterMs: 10, code: 3 } },
    )
    await Promise.all([scene.supervisor.start().catch(() => {}), scene.world.advance(0)])
    watch(scene.child('db').stop())
    await scene.world.advance(0)
    const web = scene.supervisor.add({ id: 'late', command: 'late', after: ['db'] })
    await scene.world.advance(0)
    expect(web.view.outcome).toBe('startFailed')
    expect((await told(scene, 'late')).summary).toBe(
      'late could not be started: "late" was not started: "db" must be ready first, but is stopped (stopped)',
    )
  })
})

describe('a stop names who asked, and why', () => {
  test('its owner', async () => {
    const scene = await started({ children: [{ id: 'web', command: 'web' }] })
    await Promise.all([scene.child('web').stop({ reason: 'a deploy' }), scene.world.advance(0)])
    expect((await told(scene, 'web')).summary).toBe('web is stopped (its owner asked for it: a deploy)')
  })

  test('the owner of its supervisor', async () => {
    const scene = await started({ children: [{ id: 'web', command: 'web' }] })
    await Promise.all([scene.supervisor.stop({ reason: 'maintenance' }), scene.world.advance(0)])
    const { summary, chain } = await told(scene, 'web')
    expect(summary).toBe('web is stopped (its supervisor stops: its owner asked for it: maintenance)')
    expect(chain[0]).toBe('/ supervisor.stopping')
  })

  test('a significant sibling that has finished', async () => {
    const scene = await started({
      autoShutdown: 'any-significant',
      children: [
        { id: 'main', command: 'main', restart: 'temporary', significant: true },
        { id: 'web', command: 'web' },
      ],
    })
    await scene.end('main', { code: 0 })
    expect((await told(scene, 'web')).summary).toBe(
      'web is stopped (its supervisor stops: main, which is significant, has finished)',
    )
    expect((await told(scene, '/')).summary).toBe('root has finished: main, which is significant, has finished')
  })
})

test('an unkillable child names the pids that are left', async () => {
  const scene = await started({ children: [{ id: 'web', command: 'web' }] }, { web: { unkillable: true } })
  const { pid } = scene.child('web').view
  watch(scene.child('web').stop())
  await scene.world.advance(10_000)
  expect((await told(scene, 'web')).summary).toBe(`web was stopped and could not be killed; left alive: pid ${pid}`)
})

test('a start that failed gives its reason', async () => {
  const scene = createScene({ children: [{ id: 'web', command: 'web' }] })
  scene.world.fail.spawn('EMFILE', 1)
  await scene.start()
  expect((await told(scene, 'web')).summary).toMatch(/^web could not be started: .*EMFILE/)
  expect((await told(scene, 'root')).summary).toBe('root failed because web, which its start waited for, did not start')
})

describe('supervisors', () => {
  test('one that gives up names the child, and the intensity it exceeded', async () => {
    const scene = await started({
      intensity: { restarts: 1, withinMs: 60_000 },
      children: [{ id: 'worker', command: 'worker', restart: limited(9) }],
    })
    await scene.end('worker')
    await scene.world.advance(4_200)
    await scene.end('worker')
    const { summary, chain } = await told(scene, '/')
    expect(summary).toBe('root failed because worker exceeded its intensity of one restart in 60 s')
    expect(chain).toContain('/ intensity.exceeded')
    expect(scene.supervisor.explain('root').summary).toBe(summary)
  })

  test('a nested one is explained as the child that it is, by what happened below it', async () => {
    const scene = await started({
      children: [
        {
          id: 'api',
          kind: 'supervisor',
          restart: 'temporary',
          intensity: { restarts: 0, withinMs: 60_000 },
          children: [{ id: 'worker', command: 'worker', restart: limited(9) }],
        },
      ],
    })
    scene.world.exit(scene.child('api').supervisor?.child('worker')?.view.pid ?? 0, { code: 1 })
    await scene.world.advance(0)
    expect((await told(scene, 'api')).summary).toBe(
      'api has failed: worker exceeded its intensity of no restarts in 60 s',
    )
    expect((await told(scene, 'worker')).chain[0]).toBe('/api/worker process.exited')
  })

  test('in each of their states', async () => {
    const scene = createScene(
      {
        children: [
          { id: 'db', command: 'db', ready: 'manual' },
          { id: 'web', command: 'web' },
        ],
      },
      { db: stubborn },
    )
    expect((await told(scene, '/')).summary).toBe('root has not been started')
    await scene.start()
    expect((await told(scene, '/')).summary).toBe('root is starting: it waits for db')
    scene.child('db').incarnation?.ready()
    await scene.world.advance(0)
    expect((await told(scene, '/')).summary).toBe('root is running: 2 of 2 children are up')
    watch(scene.supervisor.stop({ reason: 'enough' }))
    await scene.world.advance(10)
    expect((await told(scene, '/')).summary).toBe('root is stopping: its owner asked for it: enough; still up: db')
    await scene.world.advance(10_000)
    expect((await told(scene, '/')).summary).toBe('root is stopped: its owner asked for it: enough')
  })
})

test('a child that was removed is explained as it was at the end', async () => {
  const scene = await started({ children: [{ id: 'web', command: 'web' }] })
  await Promise.all([scene.supervisor.remove('web'), scene.world.advance(0)])
  expect(explain(await logOf(scene), 'web')).toMatchObject({ state: 'removed', summary: 'web was removed' })
})

test('numbers are words up to twelve, durations as short as they can be', () => {
  expect([1, 2, 3, 12, 13, 21, 22, 103, 111].map(ordinal)).toEqual([
    'first',
    'second',
    'third',
    'twelfth',
    '13th',
    '21st',
    '22nd',
    '103rd',
    '111th',
  ])
  expect([0, 1, 12, 13].map(cardinal)).toEqual(['no', 'one', 'twelve', '13'])
  expect([counted(1, 'restart'), counted(2, 'restart')]).toEqual(['one restart', 'two restarts'])
  expect([0, 250, 999, 1_000, 4_210, 300_000, 900_000, 9_000_000].map(durationWords)).toEqual([
    '0 ms',
    '250 ms',
    '999 ms',
    '1 s',
    '4.2 s',
    '300 s',
    '15 min',
    '2.5 h',
  ])
})
