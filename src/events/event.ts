import type { Cause, Exit } from './exit.ts'
import type { ProcessIdentity } from './identity.ts'
import type {
  AskedLadderData,
  AutoShutdown,
  ChildKind,
  Failure,
  HostRecord,
  Json,
  LadderData,
  LifeOfOrphan,
  Lifetime,
  NoData,
  Outcome,
  RecordedLimit,
  RecordedSpec,
  SignalStage,
  StageTarget,
  Strategy,
} from './payload-parts.ts'

export type * from './payload-parts.ts'

/**
 * The vocabulary: every fact brood records, with its payload. `noun.pastParticiple`; whatever is random, made by a
 * clock or chosen is in the payload, so that a fold needs neither. A changed payload bumps `v` and adds an upcaster.
 */
export interface EventData {
  'supervisor.started': {
    readonly id: string
    readonly strategy: Strategy
    readonly autoShutdown: AutoShutdown
    readonly intensity?: RecordedLimit
    /** How many children the start waits for: each gets its `start.requested` (or `restart.due`) in the same batch. */
    readonly awaits: number
    /** On the root only. */
    readonly host?: HostRecord
  }
  /**
   * Another host took over what an earlier one had recorded. `ended`: how that log ended; `rebooted`: nothing recorded in
   * it can be alive. Every supervisor is as before its start, and `order` gives the streams of the children that were
   * given again, in start order; the others follow, to be removed.
   */
  'supervisor.recovered': {
    readonly id: string
    readonly strategy: Strategy
    readonly autoShutdown: AutoShutdown
    readonly intensity?: RecordedLimit
    readonly host: HostRecord
    readonly ended: 'clean' | 'open'
    readonly rebooted: boolean
    readonly order: readonly string[]
    /** Those among them whose spec, values of the environment included, is not the recorded one. */
    readonly changed: ReadonlyArray<RecordedSpec & { readonly stream: string }>
  }
  /** `outcome`: what it will end as; `by`: the stream of the child whose end is the reason. */
  'supervisor.stopping': {
    readonly cause: Cause
    readonly now: boolean
    readonly outcome: Outcome
    readonly by?: string
    readonly reason?: string
  }
  'supervisor.stopped': { readonly outcome: Outcome }
  'intensity.exceeded': RecordedLimit & { readonly by: string }
  'journal.checkpointed': { readonly state: Json }
  /**
   * The store failed, or is written again (`message`). `droppedEvents` from `from` to `to` never reached it: the one
   * permitted gap, and a checkpoint follows. Without `from`: so many events, or bytes, of a damaged tail were dropped.
   */
  'journal.degraded': {
    readonly message?: string
    readonly droppedEvents?: number
    readonly droppedBytes?: number
    readonly from?: number
    readonly to?: number
  }

  'child.added': {
    readonly kind: ChildKind
    /** Whose child it is, where no `supervisor.started` has told it yet and it is not what everybody assumes. */
    readonly supervisor?: { readonly id: string; readonly strategy: Strategy }
    /** How it was, in the tree that it came from: all that a fold knows of a child, its former stream included. */
    readonly adopted?: Json
    /** The stream of the sibling whose place it is to take: until `child.replaced` it has none of its own. */
    readonly beside?: string
    /** The stream of the sibling that it stands before; without one it is the last. */
    readonly before?: string
  } & RecordedSpec
  /** Forgotten without being stopped: whatever it is, it goes on to be elsewhere. */
  'child.released': NoData
  /** `by` stands in its place from here on. */
  'child.replaced': { readonly by: string }
  'child.removed': NoData

  'start.requested': NoData
  /** `lifetime`: of a process, as its cookie says. */
  'spawn.requested': { readonly lifetime?: Lifetime }
  'process.spawned': {
    readonly pid: number | null
    readonly identity: ProcessIdentity | null
    readonly spawnMs: number | null
  }
  'process.spawnFailed': Failure
  'child.ready': NoData
  'ready.timedOut': LadderData & { readonly timeoutMs: number }
  'run.timedOut': LadderData & { readonly timeoutMs: number }
  'process.exited': {
    readonly pid: number | null
    readonly identity: ProcessIdentity | null
    readonly code: number | null
    readonly signal: NodeJS.Signals | null
    readonly status: number | null
    readonly expected: boolean
    readonly cause: Cause
    /** What a task failed with, in words. */
    readonly message?: string
  }
  /** The output is complete, or (`cut`) was given up because something else still held the pipe. */
  'process.drained': { readonly cut: boolean }
  'stop.requested': AskedLadderData
  'restart.requested': AskedLadderData
  'splay.elapsed': NoData
  'killTimeout.elapsed': NoData
  'signal.sent': {
    readonly signal: NodeJS.Signals
    readonly to: StageTarget | 'escapee'
    readonly stage: SignalStage
    readonly pid: number | null
  }
  'restart.scheduled': { readonly delayMs: number; readonly attempt: number; readonly cause: Cause }
  'restart.due': { readonly cause: Cause }
  'restart.abandoned': RecordedLimit
  'child.stopped': {
    readonly outcome: Outcome
    readonly exit?: Exit
    readonly cause?: Cause
    readonly error?: Failure
    readonly survivors?: readonly ProcessIdentity[]
    /** Its life, or its way to the next one, was ended by the end of its host: the next start begins it again. */
    readonly recovered?: true
  }
  /** A living descendant of a life, whose parent has ended, is this host's child from now on. */
  'orphan.adopted': { readonly pid: number; readonly identity: ProcessIdentity; readonly life?: LifeOfOrphan }
  /** It has ended, exactly as the kernel said. */
  'orphan.reaped': {
    readonly pid: number
    readonly identity: ProcessIdentity
    readonly code: number | null
    readonly signal: NodeJS.Signals | null
    /** A real-time signal has no name: only this tells of it. */
    readonly status: number
    readonly life?: LifeOfOrphan
  }
  'callback.failed': {
    readonly callback: string
    readonly problem: 'threw' | 'timedOut' | 'badAnswer'
    readonly message: string
  }
  'subscriber.failed': { readonly source: string; readonly message: string }
  'containment.reported': { readonly subject: string; readonly message: string }
}

export type EventType = keyof EventData

interface Envelope<T extends EventType> {
  /** Gapless, from 1, over the whole journal. */
  readonly seq: number
  /** The registration this is about; `/` is the root supervisor. */
  readonly stream: string
  /** Gapless, from 1, within the stream. */
  readonly revision: number
  /** Epoch milliseconds. */
  readonly at: number
  /** Monotonic milliseconds since boot. */
  readonly mono: number
  readonly type: T
  /** Schema version of this type's payload. */
  readonly v: number
  readonly child?: string
  readonly incarnation?: number
  readonly cause?: Cause
  /** The `seq` of the event this one answers. */
  readonly causedBy?: number
  readonly data: EventData[T]
}

/** One recorded fact, as the journal holds it and as subscribers see it. */
export type RecordedEvent<T extends EventType = EventType> = { [K in T]: Envelope<K> }[T]

/** A fact as `decide` states it, before the journal's envelope is put around it. */
export type NewEvent<T extends EventType = EventType> = {
  [K in T]: { readonly type: K; readonly data: EventData[K] }
}[T]

/** What a reader was not given, because it was no longer retained or because it read too slowly. */
export interface Gap {
  readonly type: 'gap'
  readonly from: number
  readonly to: number
  readonly missed: number
}
