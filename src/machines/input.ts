import type { EventData, HostRecord, Json, Outcome, SignalStage, StageTarget } from '../events/event.ts'
import type { Cause } from '../events/exit.ts'
import type { ErrorCode } from '../errors.ts'
import type { ProcessIdentity } from '../events/identity.ts'
import type { SupervisorPolicy } from './live-tree.ts'
import type { ChildPolicy } from './policy.ts'

/** What a caller asks of a child. */
export type ChildCommand =
  | { readonly kind: 'start' }
  | { readonly kind: 'stop'; readonly now: boolean; readonly cause: Cause; readonly reason?: string }
  | { readonly kind: 'restart'; readonly now: boolean; readonly cause: Cause; readonly reason?: string }

/** What the world reports of a child; about the life named by `incarnation`. */
export type ChildObservation =
  | {
      readonly kind: 'spawned'
      readonly pid: number | null
      readonly identity: ProcessIdentity | null
      readonly spawnMs: number | null
    }
  | { readonly kind: 'spawnFailed'; readonly code: ErrorCode; readonly message: string; readonly errno?: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly kind: 'drained'; readonly cut: boolean }
  | { readonly kind: 'gone' }
  | { readonly kind: 'swept' }
  /** A signal was delivered. */
  | {
      readonly kind: 'signalled'
      readonly signal: NodeJS.Signals
      readonly to: StageTarget | 'escapee'
      readonly stage: SignalStage
      readonly pid: number | null
    }
  | { readonly kind: 'readyTimeout' | 'runTimeout' | 'splayElapsed' | 'killTimeoutElapsed' | 'backoffElapsed' }
  /** The time for a proof is over; who is left alive was asked for. */
  | { readonly kind: 'unproven'; readonly survivors: readonly ProcessIdentity[] }
  /** What `onUnexpectedExit` said; null when it gave no usable answer, and the restart type decides. */
  | {
      readonly kind: 'answered'
      readonly restart: boolean | null
      readonly problem?: { readonly kind: 'threw' | 'timedOut' | 'badAnswer'; readonly message: string }
    }

export type ChildInput = ChildCommand | ChildObservation
export type ChildInputKind = ChildInput['kind']

/** Everything that can happen to a tree. One of these at a time is decided upon. */
export type Input =
  | { readonly of: 'child'; readonly stream: string; readonly incarnation?: number; readonly input: ChildInput }
  | { readonly of: 'remove'; readonly stream: string }
  | {
      readonly of: 'add'
      readonly parent: string
      readonly policy: ChildPolicy
      readonly spec: Json
      readonly nested?: SupervisorPolicy
    }
  | { readonly of: 'start'; readonly host: HostRecord }
  | {
      readonly of: 'stop'
      readonly stream: string
      readonly now: boolean
      readonly cause: Cause
      readonly reason?: string
      readonly outcome: Outcome
    }
  | { readonly of: 'checkpoint'; readonly state: Json }
  | { readonly of: 'degraded'; readonly data: EventData['journal.degraded'] }
  | { readonly of: 'deadline' }
  | { readonly of: 'subscriberFailed'; readonly stream: string; readonly source: string; readonly message: string }
  | { readonly of: 'reported'; readonly stream: string; readonly subject: string; readonly message: string }
