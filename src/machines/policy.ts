import type { ChildKind, Lifetime, RestartLimit, StopStage } from '../events/event.ts'
import type { Exit } from '../events/exit.ts'

/** OTP's restart types: always; after a failure only; never. */
export type RestartType = 'permanent' | 'transient' | 'temporary'

/** An exit code, or the name of the signal that ended the process. */
export type ExitMark = number | NodeJS.Signals

export interface Backoff {
  readonly minMs: number
  readonly maxMs: number
  readonly factor: number
  /** The share of the delay that chance may take away, 0 to 1. */
  readonly jitter: number
}

/** Asked before an automatic restart; `signal` aborts when a stop makes the answer needless. */
export type OnUnexpectedExit = (exit: Exit, context: { readonly signal: AbortSignal }) => boolean | Promise<boolean>

export interface RestartPolicy {
  readonly type: RestartType
  readonly backoff: Backoff
  readonly limit: RestartLimit
  readonly resetAfterMs: number
  readonly success: readonly ExitMark[]
  readonly prevent: readonly ExitMark[]
  readonly force: readonly ExitMark[]
  readonly onUnexpectedExit?: OnUnexpectedExit
}

export interface StopPolicy {
  readonly signal: NodeJS.Signals
  readonly killTimeoutMs: number
  readonly splayMs: number
  readonly verifyMs: number
  /**
   * Where a stop is told stage by stage: at least one, and the last is a SIGKILL to the group. `signal` is then the first
   * one's and `killTimeoutMs` the time of the last.
   */
  readonly stages?: readonly StopStage[]
}

export type Condition = 'started' | 'ready' | 'completed'

/** What a child waits for before it starts: a sibling's id and the condition that must hold. */
export interface Dependency {
  readonly id: string
  readonly condition: Condition
}

/** Everything `decide` needs to know of a child: its rules, not its command. */
export interface ChildPolicy {
  readonly id: string
  readonly kind: ChildKind
  readonly oneShot: boolean
  readonly significant: boolean
  readonly restart: RestartPolicy
  readonly stop: StopPolicy
  /** Whether readiness has to be told (a line, a call), or is reached with the spawn. */
  readonly readiness: 'spawned' | 'told'
  readonly readyTimeoutMs: number
  readonly runTimeoutMs: number
  readonly after: readonly Dependency[]
  /** What becomes of its process when the host ends; absent for what has none. */
  readonly lifetime?: Lifetime
  /** Absent: a reload restarts. `none`: a reload does nothing. */
  readonly reloadSignal?: NodeJS.Signals | 'none'
}
