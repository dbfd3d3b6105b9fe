import type { EventData, HostRecord, Json, NewEvent, Outcome, SignalStage, StageTarget } from '../events/event.ts'
import type { Cause } from '../events/exit.ts'
import type { ErrorCode } from '../errors.ts'
import type { ProcessIdentity } from '../events/identity.ts'
import type { ChildState } from './child-state.ts'
import type { ChildNotes, ReplaceOrder, SupervisorPolicy } from './live-tree.ts'
import type { ChildPolicy } from './policy.ts'

/** What a caller asks of a child. */
export type ChildCommand =
  | { readonly kind: 'start' }
  | {
      readonly kind: 'stop'
      readonly now: boolean
      readonly cause: Cause
      readonly reason?: string
      /** Asked by a recovery: the next start begins it again. */
      readonly recovered?: true
    }
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
  | {
      readonly kind: 'exited'
      readonly code: number | null
      readonly signal: NodeJS.Signals | null
      /** What a task failed with, in words. */
      readonly message?: string
    }
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
  | {
      readonly kind: 'unproven'
      readonly survivors: readonly ProcessIdentity[]
      /** Something goes on that has no identity to be named by: the run of a task. */
      readonly unnamed?: boolean
    }
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
      readonly fingerprint?: string
      /** The sibling that it is to stand before; without one it is the last. */
      readonly before?: string
      readonly nested?: SupervisorPolicy
      /** The sibling whose place it is to take. */
      readonly beside?: string
      /** It comes from elsewhere, alive, as it was there. */
      readonly adopted?: { readonly state: ChildState; readonly notes: ChildNotes }
    }
  | { readonly of: 'release'; readonly stream: string }
  /** An adopted child is at home: whatever held it back where it came from holds it no longer. */
  | { readonly of: 'settleIn'; readonly stream: string }
  /** Each `by` was added beside its `stream`. */
  | {
      readonly of: 'replace'
      readonly pairs: readonly { readonly stream: string; readonly by: string }[]
      readonly order: ReplaceOrder
    }
  | { readonly of: 'start'; readonly host: HostRecord }
  | {
      readonly of: 'recover'
      readonly host: HostRecord
      readonly ended: 'clean' | 'open'
      readonly order: readonly string[]
      readonly changed: EventData['supervisor.recovered']['changed']
    }
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
  | {
      readonly of: 'callbackFailed'
      readonly stream: string
      readonly failure: EventData['callback.failed']
    }
  /** What has become of a descendant of a life, whichever life of the child that was. */
  | {
      readonly of: 'orphan'
      readonly stream: string
      readonly incarnation: number
      readonly event: NewEvent<'orphan.adopted' | 'orphan.reaped'>
    }
  | { readonly of: 'reported'; readonly stream: string; readonly subject: string; readonly message: string }
