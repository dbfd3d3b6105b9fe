import type { ErrorCode } from '../errors.ts'
import type { Cause } from './exit.ts'

export type Strategy = 'one-for-one' | 'one-for-all' | 'rest-for-one'
export type AutoShutdown = 'never' | 'any-significant' | 'all-significant'
export type ChildKind = 'process' | 'task' | 'supervisor'
export type Outcome = 'stopped' | 'exited' | 'failed' | 'startFailed' | 'aborted' | 'unkillable'

/** At most `restarts` automatic restarts in any window of `withinMs`. */
export interface RestartLimit {
  readonly restarts: number
  readonly withinMs: number
}

/** The payload of a fact that says all with its name. */
export type NoData = Readonly<Record<string, never>>

/** A limit as JSON can hold it: null where the spec says `Infinity`. */
export interface RecordedLimit {
  readonly restarts: number | null
  readonly withinMs: number | null
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Whom a stage of a stop is meant for: the process alone, its whole group, or it and its descendants by parentage. */
export type StageTarget = 'process' | 'group' | 'tree'

/** One signal of a stop that is told stage by stage. */
export interface StopStage {
  readonly signal: NodeJS.Signals
  readonly to: StageTarget
  /** Milliseconds from the end of the splay. */
  readonly atMs: number
}

/** How a ladder is climbed, drawn and chosen when it was asked for: the chart only reads it. */
export interface LadderData {
  /** Of stages the first one's. */
  readonly signal: NodeJS.Signals
  readonly splayMs: number
  /** Null where the spec says `Infinity`: never killed for being slow. */
  readonly killTimeoutMs: number | null
  /** Where the spec tells them; the last is the SIGKILL to the group at `killTimeoutMs`. None for `now`, which skips them. */
  readonly stages?: readonly StopStage[]
}

export interface AskedLadderData extends LadderData {
  readonly cause: Cause
  readonly now: boolean
  readonly reason?: string
  /** Asked by a recovery, of what it found alive: the next start begins the child again. */
  readonly recovered?: true
}

/** Which life an orphan descends from, where that has no stream any more and the root's is written in its place. */
export interface LifeOfOrphan {
  readonly stream: string
  readonly incarnation: number
}

/** A typed error as plain data: what a log can hold of one. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly errno?: string
}

/** Where this log's processes live, without which no recorded pid means anything. */
export interface HostRecord {
  readonly hostId: string
  readonly treeId: string
  readonly bootId: string
  readonly pid: number
}

/** The rules a fold needs to know of a child. */
export interface RecordedRules {
  readonly restart: 'permanent' | 'transient' | 'temporary'
  readonly oneShot: boolean
  readonly significant: boolean
  readonly limit: RecordedLimit
  /** A nested supervisor's strategy. */
  readonly strategy?: Strategy
}

/** A spec as a log may hold it. */
export interface RecordedSpec extends RecordedRules {
  /** No values of the environment, no secrets, no functions. */
  readonly spec: Json
  /** `salt:digest` of the whole spec, values included: tells whether a spec given later is the same. */
  readonly fingerprint?: string
}

/**
 * What becomes of a process when its host ends: gone, also when the host is killed; gone when the host ends by itself;
 * it lives on, however the host ends.
 */
export type Lifetime = 'tethered' | 'attached' | 'survivor'

/** Which rung a signal belongs to: the stop signal, the SIGKILL, what the leader or the group left behind, a caller's own. */
export type SignalStage = 'stop' | 'kill' | 'remnants' | 'sweep' | 'reload' | 'operator'
