import { expect, onTestFinished } from 'vitest'
import {
  checkInvariants,
  createSupervisor,
  type Child,
  type RecordedEvent,
  type SupervisorOptions,
} from '../../../src/index.ts'
import { createWorld, type Ending, type Program, type World, type WorldOptions } from '../../../src/testing/index.ts'

/** A supervisor in a world of its own, and everything it has said so far. When the test is over its log is judged. */
export interface Scene {
  readonly world: World
  readonly supervisor: ReturnType<typeof createSupervisor>
  readonly events: RecordedEvent[]
  readonly child: (id: string) => Child
  /** `web process.spawned`, in order; of these children and types only, where they are named. */
  told(filter?: { readonly of?: string | readonly string[]; readonly types?: readonly string[] }): string[]
  /** Forgets what was told. */
  listen(): void
  /** The public states of all children, with their outcome where they rest: `web stopped(failed)`. */
  states(): string[]
  /** Starts the supervisor and lets it become what it will without time passing. */
  start(): Promise<void>
  /** Ends the process of a child from outside, and lets everything happen that follows at once. */
  end(id: string, how?: Ending): Promise<void>
}

export function createScene(
  options: SupervisorOptions,
  programs: Readonly<Record<string, Program>> = {},
  worldOptions: WorldOptions = {},
): Scene {
  const world = createWorld(worldOptions)
  world.program('*', {})
  for (const [command, program] of Object.entries(programs)) world.program(command, program)
  const supervisor = createSupervisor({ ...options, ports: { ...world.ports, ...options.ports } })
  const events: RecordedEvent[] = []
  supervisor.events$.subscribe((event) => events.push(event))
  onTestFinished(async () => {
    const log: RecordedEvent[] = []
    for await (const item of supervisor.read({ live: false })) if (item.type !== 'gap') log.push(item)
    expect(checkInvariants(log)).toEqual([])
  })

  const child = (id: string): Child => {
    const found = supervisor.child(id)
    if (found === undefined) throw new Error(`No child "${id}"`)
    return found
  }
  return {
    world,
    supervisor,
    events,
    child,
    told({ of, types } = {}) {
      const ids = of === undefined ? undefined : [of].flat()
      return events
        .filter((event) => ids === undefined || ids.includes(event.child ?? ''))
        .filter((event) => types === undefined || types.includes(event.type))
        .map((event) => `${event.child ?? ''} ${event.type}`)
    },
    listen: () => void events.splice(0),
    states: () =>
      supervisor
        .children()
        .map(({ view: { id, state, outcome } }) => `${id} ${state}${outcome === undefined ? '' : `(${outcome})`}`),
    async start() {
      const started = supervisor.start()
      // Told by `started` to whoever awaits it; here it is only kept from being unhandled.
      started.catch(() => {})
      await world.advance(0)
    },
    async end(id, how = { code: 1 }) {
      const { pid } = child(id).view
      if (pid === undefined) throw new Error(`"${id}" has no process`)
      world.exit(pid, how)
      await world.advance(0)
    },
  }
}

/** What a promise has come to by now: a value, an error's code, or nothing yet. */
export function watch<T>(promise: Promise<T>): {
  readonly value?: T
  readonly code?: string
  readonly error?: unknown
  readonly settled: boolean
} {
  const seen: { value?: T; code?: string; error?: unknown; settled: boolean } = { settled: false }
  promise.then(
    (value) => Object.assign(seen, { value, settled: true }),
    (error: unknown) => Object.assign(seen, { error, code: (error as { code?: string }).code, settled: true }),
  )
  return seen
}

/** Restarts at once and without limit, so that a test need not wait for what it is not about. */
export const atOnce = {
  type: 'permanent',
  backoff: { minMs: 0, maxMs: 0, factor: 1, jitter: 0 },
  limit: { restarts: Infinity, withinMs: Infinity },
} as const

/** Backs off for exactly a second, always. */
export const afterASecond = { ...atOnce, backoff: { minMs: 1_000, maxMs: 1_000, factor: 1, jitter: 0 } } as const

/** `web`, which backs off for a second, and `db`, both running; what was said so far is forgotten. */
export async function webAndDb(more: object = {}): Promise<Scene> {
  const scene = createScene({
    children: [
      { id: 'web', command: 'web', restart: afterASecond },
      { id: 'db', command: 'db' },
    ],
    ...more,
  })
  await scene.start()
  scene.listen()
  return scene
}
