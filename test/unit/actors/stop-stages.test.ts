import { describe, expect, test } from 'vitest'
import type { ChildOptions, StopStage } from '../../../src/index.ts'
import type { Ports } from '../../../src/ports.ts'
import { createWorld, type Behaviour } from '../../../src/testing/index.ts'
import { atOnce, createScene, watch, type Scene } from './scene.ts'

/** The process, a third later its group, at the end SIGKILL to the group. */
const viam: readonly StopStage[] = [
  { signal: 'SIGTERM', to: 'process', atMs: 0 },
  { signal: 'SIGTERM', to: 'group', atMs: 1_000 },
  { signal: 'SIGKILL', to: 'group', atMs: 3_000 },
]
const stubborn: Behaviour = { onSignal: { SIGTERM: 'ignore', SIGINT: 'ignore', SIGHUP: 'ignore' } }

async function running(stop: object, behaviour: Behaviour, more: object = {}): Promise<Scene> {
  const web = { id: 'web', command: 'web', restart: atOnce, stop, ...more } as ChildOptions
  const scene = createScene({ children: [web] }, { web: behaviour })
  await scene.start()
  scene.listen()
  return scene
}

/** `[ms since the world began, signal, to, stage]` of every signal so far. */
const signals = (scene: Scene) =>
  scene.events.flatMap(({ type, data, mono }) =>
    type === 'signal.sent' ? [[mono - 3_600_000, data.signal, data.to, data.stage].join(' ')] : [],
  )

describe('stages', () => {
  test('come at their times, and the last is the SIGKILL of the ladder', async () => {
    const scene = await running({ stages: viam }, { ...stubborn, forks: [stubborn] })
    const stopped = watch(scene.child('web').stop())
    // What is due at 0 is sent before the call returns, as a stop signal always was.
    expect(signals(scene)).toEqual(['0 SIGTERM process stop'])
    await scene.world.advance(3_000)
    expect(signals(scene)).toEqual(['0 SIGTERM process stop', '1000 SIGTERM group stop', '3000 SIGKILL group kill'])
    expect(stopped.value?.children[0]).toMatchObject({ outcome: 'stopped', escalated: true, durationMs: 3_000 })
    expect(scene.events[0]?.data).toMatchObject({ signal: 'SIGTERM', killTimeoutMs: 3_000, stages: viam })
    expect(scene.told({ types: ['killTimeout.elapsed'] })).toHaveLength(1)
  })

  test('end with the proof: none comes after it', async () => {
    const scene = await running({ stages: viam }, { onSignal: { SIGTERM: { afterMs: 500 } } })
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(10_000)
    expect(signals(scene)).toEqual(['0 SIGTERM process stop'])
    expect(stopped.value?.children[0]).toMatchObject({ escalated: false, durationMs: 500 })
  })

  test('go on for the group when the leader has gone, which keeps its grace', async () => {
    const group = { onSignal: { SIGTERM: { afterMs: 700 } } }
    const scene = await running({ stages: viam }, { forks: [group] })
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(999)
    expect(scene.child('web').view).toMatchObject({ state: 'settling', lastExit: { signal: 'SIGTERM' } })
    await scene.world.advance(701)
    expect(signals(scene)).toEqual(['0 SIGTERM process stop', '1000 SIGTERM group stop'])
    expect(stopped.value?.children[0]).toMatchObject({ escalated: false, durationMs: 1_700 })
  })

  test('for the process find nobody when it has gone, and are not recorded', async () => {
    const stages = [
      { signal: 'SIGTERM', to: 'process', atMs: 0 },
      { signal: 'SIGINT', to: 'process', atMs: 10 },
      { signal: 'SIGHUP', to: 'tree', atMs: 20 },
      { signal: 'SIGINT', to: 'group', atMs: 30 },
      { signal: 'SIGKILL', to: 'group', atMs: 40 },
    ]
    const scene = await running({ stages }, { forks: [stubborn] })
    watch(scene.child('web').stop())
    await scene.world.advance(40)
    expect(signals(scene)).toEqual(['0 SIGTERM process stop', '30 SIGINT group stop', '40 SIGKILL group remnants'])
    expect(scene.world.processes()).toEqual([])
  })

  test('that fall together come in the order of the list, also beside the SIGKILL', async () => {
    const stages = [
      { signal: 'SIGTERM', to: 'group', atMs: 0 },
      { signal: 'SIGHUP', to: 'group', atMs: 0 },
      { signal: 'SIGINT', to: 'group', atMs: 50 },
      { signal: 'SIGHUP', to: 'process', atMs: 50 },
      { signal: 'SIGKILL', to: 'group', atMs: 50 },
    ]
    const scene = await running({ stages }, stubborn)
    watch(scene.child('web').stop())
    expect(signals(scene)).toEqual(['0 SIGTERM group stop', '0 SIGHUP group stop'])
    await scene.world.advance(50)
    expect(signals(scene).slice(2)).toEqual(['50 SIGINT group stop', '50 SIGHUP process stop', '50 SIGKILL group kill'])
  })

  test('need not begin at once, and can be SIGKILL alone', async () => {
    const late = await running({ stages: [{ signal: 'SIGINT', to: 'group', atMs: 70 }] }, stubborn)
    watch(late.child('web').stop())
    await late.world.advance(5_070)
    expect(signals(late)).toEqual(['70 SIGINT group stop', '5070 SIGKILL group kill'])
    const alone = await running({ stages: [{ signal: 'SIGKILL', to: 'group', atMs: 0 }] }, stubborn)
    watch(alone.child('web').stop())
    await alone.world.advance(0)
    expect(signals(alone)).toEqual(['0 SIGKILL group kill'])
  })

  test('to the tree reach those outside the group, which the sweep would only have killed', async () => {
    const stages = [{ signal: 'SIGTERM', to: 'tree', atMs: 0 }]
    const escaped: Behaviour = { leavesGroup: true, onSignal: { SIGTERM: { afterMs: 300, code: 0 } } }
    const leader: Behaviour = { onSignal: { SIGTERM: { afterMs: 400 } }, forks: [escaped] }
    const scene = await running({ stages }, leader)
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(400)
    expect(signals(scene)).toEqual(['0 SIGTERM tree stop'])
    expect(stopped.value?.children[0]).toMatchObject({ escalated: false, durationMs: 400 })
  })

  test('count from the end of the splay', async () => {
    const scene = await running({ stages: viam, splayMs: 1_000 }, stubborn)
    watch(scene.child('web').stop())
    const [asked] = scene.events
    const splayMs = asked?.type === 'stop.requested' ? asked.data.splayMs : 0
    expect(splayMs).toBeGreaterThan(0)
    await scene.world.advance(splayMs + 3_000)
    expect(signals(scene)).toEqual([
      `${splayMs} SIGTERM process stop`,
      `${splayMs + 1_000} SIGTERM group stop`,
      `${splayMs + 3_000} SIGKILL group kill`,
    ])
  })

  test('begin with the exit of a leader that went while it splayed', async () => {
    const scene = await running({ stages: viam, splayMs: 100_000 }, { forks: [stubborn] })
    watch(scene.child('web').stop())
    await scene.world.advance(10)
    await scene.end('web', { code: 0 })
    await scene.world.advance(3_000)
    expect(signals(scene)).toEqual(['1010 SIGTERM group stop', '3010 SIGKILL group remnants'])
  })

  test.each([
    ['in the splay', { splayMs: 100_000 }, 0, []],
    ['at once', {}, 0, ['0 SIGTERM process stop']],
    ['between two', {}, 1_500, ['0 SIGTERM process stop', '1000 SIGTERM group stop']],
  ] as const)('are all skipped by `now` %s', async (_, more, afterMs, before) => {
    const scene = await running({ stages: viam, ...more }, { ...stubborn, forks: [stubborn] })
    const stopped = watch(scene.child('web').stop())
    await scene.world.advance(afterMs)
    watch(scene.child('web').stop({ now: true }))
    await scene.world.advance(10_000)
    expect(signals(scene)).toEqual([...before, `${afterMs} SIGKILL group kill`])
    expect(stopped.value?.children[0]).toMatchObject({ escalated: true, outcome: 'stopped' })
  })

  test('are skipped by `now` for what a leader has left, too', async () => {
    const scene = await running({ stages: viam }, { forks: [stubborn] })
    watch(scene.child('web').stop())
    await scene.world.advance(500)
    expect(scene.child('web').view.state).toBe('settling')
    watch(scene.child('web').stop({ now: true }))
    await scene.world.advance(10_000)
    expect(signals(scene)).toEqual(['0 SIGTERM process stop', '500 SIGKILL group remnants'])
  })

  test('go on where they were when a stop takes over a restart, and the other way round', async () => {
    for (const [first, then] of [
      ['stop', 'restart'],
      ['restart', 'stop'],
    ] as const) {
      const scene = await running({ stages: viam }, stubborn)
      watch<unknown>(scene.child('web')[first]())
      await scene.world.advance(500)
      watch<unknown>(scene.child('web')[then]())
      await scene.world.advance(3_000)
      expect(signals(scene)).toEqual(['0 SIGTERM process stop', '1000 SIGTERM group stop', '3000 SIGKILL group kill'])
      expect(scene.child('web').view).toMatchObject({ incarnation: then === 'stop' ? 1 : 2 })
    }
  })

  test('are for one life alone: the next one hears nothing of them', async () => {
    const scene = await running({ stages: viam }, { onSignal: { SIGTERM: { afterMs: 100 } } })
    watch(scene.child('web').restart())
    await scene.world.advance(10_000)
    expect(signals(scene)).toEqual(['0 SIGTERM process stop'])
    expect(scene.child('web').view).toMatchObject({ state: 'running', incarnation: 2 })
  })

  test('of a process that is born into its ladder are caught up with, each once', async () => {
    const scene = createScene({}, { web: { ...stubborn, spawnMs: 1_200 } })
    await scene.start()
    const child = scene.supervisor.add({ id: 'web', command: 'web', stop: { stages: viam } })
    await scene.world.advance(100)
    scene.listen()
    watch(child.stop())
    await scene.world.advance(5_000)
    expect(signals(scene)).toEqual(['1200 SIGTERM process stop', '1200 SIGTERM group stop', '3100 SIGKILL group kill'])
  })

  test('are climbed after a timeout as well', async () => {
    const scene = await running({ stages: viam }, stubborn, { runTimeoutMs: 50, restart: 'temporary' })
    await scene.world.advance(3_050)
    expect(signals(scene)).toEqual(['50 SIGTERM process stop', '1050 SIGTERM group stop', '3050 SIGKILL group kill'])
    expect(scene.events.find(({ type }) => type === 'run.timedOut')?.data).toMatchObject({ stages: viam })
  })
})

/** A running child on ports of one's own. */
async function runningOn(ports: (own: Ports) => Partial<Ports>, stages: readonly StopStage[]): Promise<Scene> {
  const world = createWorld()
  world.program('web', { ...stubborn, forks: [stubborn] })
  const own = world.ports
  const scene = createScene({
    children: [{ id: 'web', command: 'web', stop: { stages } }],
    ports: { ...own, ...ports(own) },
  })
  const started = scene.supervisor.start()
  await world.advance(0)
  await started
  scene.listen()
  return { ...scene, world }
}

/** One timer comes long after its time. */
const late = ({ clock }: Ports): Partial<Ports> => ({
  clock: { ...clock, arm: (delayMs, fire) => clock.arm(delayMs === 50 ? 5_000 : delayMs, fire) },
})

/** To look up a tree takes a while. */
const slow = ({ clock, host }: Ports): Partial<Ports> => ({
  host: {
    ...host,
    open(tree) {
      const session = host.open(tree)
      return {
        ...session,
        spawn(request, observe) {
          const life = session.spawn(request, observe)
          return {
            ...life,
            signal(signal, to, done) {
              if (to === 'tree') clock.arm(30, () => life.signal(signal, to, done))
              else life.signal(signal, to, done)
            },
          }
        },
      }
    },
  },
})

test('stages whose timers are late are sent before the SIGKILL all the same, in their order', async () => {
  const stages: readonly StopStage[] = [
    { signal: 'SIGTERM', to: 'group', atMs: 0 },
    { signal: 'SIGINT', to: 'group', atMs: 50 },
    { signal: 'SIGHUP', to: 'process', atMs: 60 },
    { signal: 'SIGKILL', to: 'group', atMs: 100 },
  ]
  const scene = await runningOn(late, stages)
  watch(scene.child('web').stop())
  await scene.world.advance(100)
  expect(signals(scene)).toEqual([
    '0 SIGTERM group stop',
    '100 SIGINT group stop',
    '100 SIGHUP process stop',
    '100 SIGKILL group kill',
  ])
})

test('no stage overtakes one that takes its time, as a tree does that has to be looked up', async () => {
  const stages: readonly StopStage[] = [
    { signal: 'SIGTERM', to: 'tree', atMs: 0 },
    { signal: 'SIGINT', to: 'group', atMs: 0 },
    { signal: 'SIGHUP', to: 'process', atMs: 20 },
    { signal: 'SIGTERM', to: 'process', atMs: 40 },
    { signal: 'SIGKILL', to: 'group', atMs: 500 },
  ]
  const scene = await runningOn(slow, stages)
  watch(scene.child('web').stop())
  await scene.world.advance(500)
  expect(signals(scene)).toEqual([
    '30 SIGTERM tree stop',
    '30 SIGINT group stop',
    '30 SIGHUP process stop',
    '40 SIGTERM process stop',
    '500 SIGKILL group kill',
  ])
})

test('a stop that comes before the spawn is told sends its signal once, when it is', async () => {
  const scene = createScene({}, { web: stubborn })
  await scene.start()
  const child = scene.supervisor.add({ id: 'web', command: 'web' })
  watch(child.stop())
  await scene.world.advance(100)
  const told = scene.told({ of: 'web', types: ['process.spawned', 'signal.sent'] })
  expect(told.filter((each) => each === 'web signal.sent')).toHaveLength(1)
  await Promise.all([child.stop({ now: true }), scene.world.advance(10_000)])
})
