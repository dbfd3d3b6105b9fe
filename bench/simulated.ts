import type { Supervisor } from '../src/actors/handles.ts'
import type { Behaviour, World } from '../src/testing/index.ts'
import type { SupervisorOptions } from '../src/spec/supervisor-options.ts'
import { createSupervisor, createWorld } from './built.ts'

/** Who listens while it is measured. */
export type Audience = 'nobody' | 'events$' | 'state$' | 'both'
export const audiences: readonly Audience[] = ['nobody', 'events$', 'state$', 'both']

export interface Simulation {
  readonly world: World
  readonly supervisor: Supervisor
  /** Adds children `c0`, `c1`, … that all run the same program. */
  add(count: number): void
  start(): Promise<void>
  stop(): Promise<void>
}

/** A supervisor on a simulated host, where processes cost nothing: what is left is what brood costs. */
export function simulate(behaviour: Behaviour, audience: Audience, options: SupervisorOptions = {}): Simulation {
  const world = createWorld()
  world.program('*', behaviour)
  const supervisor = createSupervisor({ ...options, ports: world.ports })
  listen(supervisor, audience)
  // Time stands still: what is due now happens, and nothing that would come later.
  const done = async (work: Promise<unknown>): Promise<void> => {
    await world.advance(0)
    await work
  }
  return {
    world,
    supervisor,
    add(count) {
      for (let index = 0; index < count; index++) {
        const restart = behaviour.exitsAfterMs === undefined ? {} : { restart: restless }
        supervisor.add({ id: `c${index}`, command: 'program', ...restart })
      }
    },
    start: () => done(supervisor.start()),
    stop: () => done(supervisor.stop()),
  }
}

/** For programs that end: begun again at once, for ever. */
export const restless = {
  type: 'permanent',
  backoff: { minMs: 0, maxMs: 0, factor: 1, jitter: 0 },
  limit: { restarts: Infinity, withinMs: 1000 },
} as const

/** Subscribers that look at what they are given, as any does. */
function listen(supervisor: Supervisor, audience: Audience): void {
  if (audience === 'events$' || audience === 'both') {
    let last = 0
    supervisor.events$.subscribe(({ seq }) => {
      if (seq <= last) throw new Error('An event came out of order')
      last = seq
    })
  }
  if (audience === 'state$' || audience === 'both') {
    supervisor.state$.subscribe(({ state }) => {
      if (state === undefined) throw new Error('A view without a state')
    })
  }
}
