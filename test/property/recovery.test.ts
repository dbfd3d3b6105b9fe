import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  checkInvariants,
  createSupervisor,
  recoverSupervisor,
  replay,
  type ChildOptions,
  type RecordedEvent,
  type Supervisor,
} from '../../src/index.ts'
import { createWorld, type Program, type World } from '../../src/testing/index.ts'
import { runs } from './support/runs.ts'

/** What one program does; the same in every life. */
const programs: Readonly<Record<string, Program>> = {
  runs: { onSignal: { SIGTERM: 'exit' } },
  slow: { onSignal: { SIGTERM: { afterMs: 900, code: 0 } } },
  stubborn: { onSignal: { SIGTERM: 'ignore' } },
  crashes: { exitsAfterMs: 300, code: 1 },
  finishes: { exitsAfterMs: 700, code: 0 },
  forks: { onSignal: { SIGTERM: 'exit' }, forks: [{ onSignal: { SIGTERM: 'ignore' } }] },
}

const ids = ['a', 'b', 'c'] as const

const processParts = fc.record({
  command: fc.constantFrom(...Object.keys(programs), 'missing'),
  lifetime: fc.constantFrom('tethered', 'attached', 'survivor'),
  restart: fc.constantFrom('permanent', 'transient', 'temporary'),
  manual: fc.boolean(),
  killTimeoutMs: fc.constantFrom(0, 500, 2_000),
  splayMs: fc.constantFrom(0, 0, 800),
  after: fc.boolean(),
})

type Parts = typeof processParts extends fc.Arbitrary<infer P> ? P : never

function toOptions(id: string, parts: Parts): ChildOptions {
  const { command, lifetime, restart, manual, killTimeoutMs, splayMs, after } = parts
  return {
    id,
    command,
    lifetime,
    stdio: 'ignore',
    restart: { type: restart, backoff: { minMs: 400, jitter: 0 } },
    readyTimeoutMs: 1_500,
    stop: { killTimeoutMs, splayMs, verifyMs: 500 },
    ...(manual ? { ready: 'manual' } : {}),
    ...(after && id !== 'a' ? { after: { a: 'started' } } : {}),
  }
}

const processOptions = (id: string): fc.Arbitrary<ChildOptions> => processParts.map((parts) => toOptions(id, parts))

const child = (id: string): fc.Arbitrary<ChildOptions> =>
  fc.oneof<fc.MaybeWeightedArbitrary<ChildOptions>[]>(
    { weight: 4, arbitrary: processOptions(id) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('one-for-one', 'one-for-all'), processOptions('a'), processOptions('b'))
        .map(([strategy, ...children]) => ({ id, kind: 'supervisor' as const, strategy, children })),
    },
  )

type Step =
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'stop' | 'restart' | 'kill' | 'ready' | 'remove'; readonly id: string }
  | { readonly do: 'stopAll' }
  | { readonly do: 'failSpawn' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(0, 1, 200, 450, 1_000).map((ms) => ({ do: 'advance' as const, ms })) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('stop' as const, 'restart' as const, 'kill' as const, 'ready' as const, 'remove' as const),
      id: fc.constantFrom(...ids),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'stopAll' as const }, { do: 'failSpawn' as const }) },
)

/** The time of one host: what it is given, what happens to it, and how it ends. */
const era = fc.record({
  children: fc
    .tuple(...ids.map((id) => fc.option(child(id))))
    .map((some) => some.filter((one) => one !== null))
    .map((some): readonly ChildOptions[] =>
      some.some(({ id }) => id === 'a') ? some : some.map(({ after: _nobody, ...rest }) => rest),
    ),
  orphans: fc.constantFrom('stop' as const, 'adopt' as const),
  starts: fc.boolean(),
  steps: fc.array(step, { maxLength: 8 }),
  /** After so many of its events, in the middle of a turn; else after its steps. */
  endsAt: fc.option(fc.integer({ min: 1, max: 40 })),
  reboots: fc.boolean(),
})

/** Lets time pass until a promise has settled. */
async function settle<T>(world: World, promise: Promise<T>): Promise<T> {
  const state = { isOpen: true }
  const settled = promise.finally(() => {
    state.isOpen = false
  })
  settled.catch(() => {})
  for (let turn = 0; state.isOpen && turn < 4_000; turn++) await world.advance(25)
  if (state.isOpen) throw new Error('Nothing came of it in 100 s')
  return settled
}

const ignore = (): void => {}

function perform(world: World, supervisor: Supervisor, what: Exclude<Step, { readonly do: 'advance' }>): void {
  if (what.do === 'stopAll') return void supervisor.stop()
  if (what.do === 'failSpawn') return world.fail.spawn('EAGAIN')
  const found = supervisor.child(what.id)
  switch (what.do) {
    case 'ready':
      return found?.incarnation?.ready()
    case 'kill':
      return found?.kill()
    case 'remove':
      return void supervisor.remove(what.id).catch(ignore)
    default:
      return void found?.[what.do]().catch(ignore)
  }
}

/** What a log says of its lives: each is begun and answered once, and ends once, in this order. */
function brokenLives(events: readonly RecordedEvent[]): readonly string[] {
  const lives = new Map<string, string[]>()
  for (const { stream, incarnation, type } of events) {
    if (!/^(?:spawn\.requested|process\.(?:spawned|spawnFailed|exited))$/.test(type)) continue
    const key = `${stream} #${incarnation}`
    lives.set(key, [...(lives.get(key) ?? []), type])
  }
  return [...lives].flatMap(([key, types]) =>
    /^spawn\.requested,(?:process\.spawnFailed|process\.spawned(?:,process\.exited)?)$/.test(types.join())
      ? []
      : [`${key}: ${types.join()}`],
  )
}

function open(events: readonly RecordedEvent[]): ReadonlySet<string> {
  const lives = new Set<string>()
  for (const { stream, incarnation, type, data } of events) {
    if (type === 'process.spawned' && data.pid !== null) lives.add(`${stream} #${incarnation}`)
    else if (type === 'process.exited') lives.delete(`${stream} #${incarnation}`)
  }
  return lives
}

test('however often its host ends, a tree loses no life, begins none twice, and leaves nothing behind', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(era, { minLength: 2, maxLength: 4 }), async (seed, eras) => {
      const world = createWorld({ seed })
      for (const [command, program] of Object.entries(programs)) world.program(command, program)
      const record = (): readonly RecordedEvent[] => world.journal.read(1, Infinity)

      for (const { children, orphans, starts, steps, endsAt, reboots } of eras) {
        const { ports, journal } = world
        const spawned = world.calls.spawns
        const supervisor = await settle(world, recoverSupervisor({ ports, journal, children, orphans }))
        expect(supervisor.view.state).toBe('initial')
        expect(world.calls.spawns).toBe(spawned)
        expect(supervisor.children().map((one) => one.id)).toEqual(children.map((one) => one.id))
        expect(brokenLives(record())).toEqual([])
        expect(replay(record())).toEqual(supervisor.view)
        // What lives is what the log says lives, and only what was to be adopted.
        const alive = open(record())
        if (orphans === 'stop') expect(alive.size).toBe(0)
        if (alive.size === 0) expect(world.processes()).toEqual([])

        let isOver = false
        const end = (): void => {
          if (isOver) return
          isOver = true
          if (reboots) world.reboot()
          else world.crash()
        }
        let seen = 0
        supervisor.events$.subscribe(() => {
          if (++seen === endsAt) queueMicrotask(end)
        })
        if (starts) supervisor.start().catch(() => {})
        for (const what of steps) {
          await Promise.resolve()
          if (isOver) break
          if (what.do === 'advance') await world.advance(what.ms)
          else perform(world, supervisor, what)
        }
        end()
      }

      const { ports, journal } = world
      const last = await settle(world, recoverSupervisor({ ports, journal, children: [], orphans: 'stop' }))
      expect(last.children()).toEqual([])
      expect(world.processes()).toEqual([])
      await settle(world, last.stop())
      expect([...open(record())]).toEqual([])
      expect(brokenLives(record())).toEqual([])
      expect(world.problems).toEqual([])
      expect(checkInvariants(record())).toEqual([])
    }),
    { numRuns: runs(250) },
  )
})

test('without a recovery what had outlived its host would be there for good', async () => {
  const world = createWorld()
  world.program('runs', programs['runs'] ?? {})
  const options: ChildOptions = { id: 'a', command: 'runs', lifetime: 'survivor', stdio: 'ignore' }
  const { ports, journal } = world
  await settle(world, createSupervisor({ ports, journal, children: [options] }).start())
  world.crash()
  await world.advance(1_000_000)
  expect(world.processes()).toHaveLength(1)
})
