import type { ChildKind, Outcome, Strategy } from '../events/event.ts'
import type { Exit } from '../events/exit.ts'
import type { ProcessIdentity } from '../events/identity.ts'

/** Where in its life a child is, in the words of the outermost state. */
export type PublicState =
  | 'initial'
  | 'starting'
  | 'running'
  | 'stopping'
  | 'settling'
  | 'backingOff'
  | 'stopped'
  | 'removed'

export type Substate = 'waiting' | 'spawning' | 'probing' | 'splaying' | 'terminating' | 'killing'

/** What a child looks like from outside. Frozen; a new one only when something in it changed. */
export interface ChildView {
  readonly id: string
  readonly stream: string
  readonly kind: ChildKind
  readonly state: PublicState
  readonly substate?: Substate
  /** How it came to rest; only in `stopped`, and while the late death of one that was unkillable settles. */
  readonly outcome?: Outcome
  /** What was last asked of it, whatever has become of that so far. */
  readonly desired: 'up' | 'down'
  readonly pid?: number
  readonly identity?: ProcessIdentity
  /** The number of the current or last life; 0 before the first. */
  readonly incarnation: number
  /** How many lives were begun again, for whatever cause. */
  readonly restarts: number
  readonly ready: boolean
  /** Epoch milliseconds at which `state` was entered. */
  readonly since: number
  readonly lastExit?: Exit
  /** The last 20 lines of stderr, 4 KiB at most, of the current or last life. No log holds it. */
  readonly stderrTail?: string
}

export type SupervisorPhase = 'initial' | 'starting' | 'running' | 'stopping' | 'stopped'

/** What a supervisor looks like from outside: frozen, structurally shared with the views before and after it. */
export interface SupervisorView {
  readonly id: string
  readonly state: SupervisorPhase
  readonly outcome?: Outcome
  readonly strategy: Strategy
  readonly children: readonly ChildView[]
  /** Epoch milliseconds at which `state` was entered; 0 before anything happened. */
  readonly since: number
}
