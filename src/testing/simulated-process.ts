import type { Lifetime } from '../events/event.ts'
import type { PassThrough, Writable } from 'node:stream'
import type { StageTarget } from '../events/event.ts'
import type { Disarm, LifeKey, LifeObservation, LifeOwner, OutputMode } from '../ports.ts'
import type { Behaviour, Ending } from './behaviour.ts'
import type { Pulse } from './pulse.ts'

/** A row of the simulated process table. A zombie is dead, but its pid is not free yet. */
export interface SimulatedProcess {
  readonly pid: number
  readonly pgid: number
  readonly sid: number
  readonly startTicks: number
  readonly command: string
  readonly behaviour: Behaviour
  readonly life: SimulatedLife
  ppid: number
  state: 'running' | 'stopped' | 'zombie'
  ending: Ending | undefined
  /** What it is about to do by itself, called off by its death. */
  timers: Disarm[] | undefined
  /** What came while it was stopped, for when it is continued. */
  held: Array<() => void> | undefined
  /** Outside its group, and seen by a sweep. */
  found: boolean
}

/** Everything that came of one spawn. All work on a life costs what the life is large, whatever else the world holds. */
export interface SimulatedLife {
  readonly key: LifeKey
  /** Who spawned it; with `key` and `lifetime` its cookie. */
  readonly owner: LifeOwner
  readonly lifetime: Lifetime
  readonly stdout: OutputMode
  readonly stderr: OutputMode
  readonly drainMs: number
  /** The host that spawned it, which holds the other ends of its pipes and is its leader's parent. */
  readonly parent: Pulse
  /** The host that observes it. While that is dead nobody does, and nothing is done about its end. */
  keeper: Pulse
  /** The grace that the guard of its keeper grants. */
  graceMs: number
  observe: (observation: LifeObservation) => void
  /** The lives of its keeper's session whose leader's exit nobody has seen, by stream. */
  unended: Map<string, SimulatedLife>
  readonly streams: RawStreams | undefined
  leader: SimulatedProcess | undefined
  /** Whoever is alive, oldest first. Replaced and never changed: a death may come while it is being walked. */
  living: readonly SimulatedProcess[]
  stage: 'spawning' | 'alive' | 'exited' | 'gone' | 'swept'
  output: 'open' | 'draining' | 'drained'
  /** Calls off the cut of an output that is still draining. */
  uncut: Disarm | undefined
  /** A look at what has changed is due in the next turn. */
  awaited: boolean
}

/** The caller's ends of the streams that are `raw`. */
export interface RawStreams {
  readonly stdin?: Writable
  readonly stdout?: PassThrough
  readonly stderr?: PassThrough
}

/** The living of a life that a signal to its group reaches. */
export const groupOf = (life: SimulatedLife): readonly SimulatedProcess[] =>
  life.living.filter((process) => process.pgid === life.leader?.pid)

/** Whom of a life a signal reaches. */
export function targetsOf(life: SimulatedLife, to: StageTarget): readonly SimulatedProcess[] {
  switch (to) {
    case 'process':
      return groupOf(life).filter((process) => process === life.leader)
    case 'group':
      return groupOf(life)
    case 'tree':
      return treeOf(life)
  }
}

/** The leader, while it runs, and whoever descends from it, parents first. */
function treeOf({ leader, living }: SimulatedLife): readonly SimulatedProcess[] {
  if (leader === undefined || leader.ending !== undefined) return []
  // Everybody stands behind the parent in it, who was there before.
  const pids = new Set([leader.pid])
  return living.filter((process) => {
    if (process !== leader && !pids.has(process.ppid)) return false
    pids.add(process.pid)
    return true
  })
}
