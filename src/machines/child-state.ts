import type { Cause, Exit } from '../events/exit.ts'
import type {
  ChildKind,
  Failure,
  Json,
  LadderData,
  Lifetime,
  Outcome,
  RecordedLimit,
  RecordedSpec,
} from '../events/event.ts'
import type { ProcessIdentity } from '../events/identity.ts'
import type { RestartType } from './policy.ts'
import type { ChildView, PublicState, Substate } from './view.ts'

/** The innermost states of the child chart. */
export type ChildStateName =
  | 'initial'
  | 'waiting'
  | 'spawning'
  | 'probing'
  | 'running'
  | 'splaying'
  | 'terminating'
  | 'killing'
  | 'settling'
  | 'backingOff'
  | 'stopped'
  | 'removed'

/** The last accepted stop or restart of the current episode: what happens when the child has settled. */
export interface Asked {
  readonly kind: 'stop' | 'restart'
  readonly cause: Cause
  /** Asked by a recovery: what it stops is begun again by the next start. */
  readonly recovered?: true
}

/** What the cookie of a life says besides its number: whose it was at the spawn, wherever it has gone since. */
export interface LifeOrigin {
  readonly hostId: string
  readonly treeId: string
  readonly stream: string
  readonly lifetime: Lifetime
}

/** What a stop of this child has come to. */
export interface ChildReport {
  readonly outcome: Outcome
  readonly exit?: Exit
  /** A SIGKILL of ours was sent. */
  readonly escalated: boolean
  /** From the accepted stop to the proof. */
  readonly durationMs: number
  readonly survivors: readonly ProcessIdentity[]
}

/** One child, as the events of its stream tell it. Immutable: each event makes a new one. */
export interface ChildState {
  readonly stream: string
  /** The stream of the supervisor that owns it. */
  readonly parent: string
  /** Its place in the start order; -1 for one that has none, and then `beside` says whose it is to take or has given up. */
  readonly slot: number
  readonly beside: string | null
  readonly name: ChildStateName
  /** The `seq` of the event that brought it there: what most of the following answers. */
  readonly movedBy: number
  readonly restart: RestartType
  readonly oneShot: boolean
  readonly significant: boolean
  readonly limit: RecordedLimit
  /** Its spec, as far as a log may hold it. */
  readonly spec: Json
  /** Of the whole spec, where the log tells. */
  readonly fingerprint: string | null
  readonly asked: Asked | null
  /** The ladder being climbed, from the event that began it. */
  readonly ladder: LadderData | null
  /** Whether the current start is one attempt a caller waits for, or an automatic one that is judged like a crash. */
  readonly startedBy: 'caller' | 'automatic'
  /** Its supervisor's start waits for it. */
  readonly awaited: boolean
  readonly attempt: number
  readonly delayMs: number
  /** Monotonic times of its automatic restarts that count, as far back as its limit can ask. */
  readonly history: readonly number[]
  readonly readyMono: number | null
  /** When its process began; the beginning of its ready and run timeouts. */
  readonly spawnedMono: number | null
  /** When the current ladder was begun, and when its grace. */
  readonly ladderMono: number | null
  readonly graceMono: number | null
  /** How many stop signals of the current ladder were sent. */
  readonly stopsSent: number
  /** When the current stop or restart was asked first: the beginning of `durationMs`. */
  readonly askedMono: number | null
  /** A SIGKILL of ours was sent in the current episode. */
  readonly escalated: boolean
  /** The leader of the current life is dead, or never came to be. */
  readonly exited: boolean
  /** Null before the first life, and for what has no process. */
  readonly origin: LifeOrigin | null
  /** The hosts of lives before the current one of which something may be left: since its last rest, which proves them gone. */
  readonly earlier: readonly LifeOrigin[]
  /** Its output is complete, or was cut. */
  readonly drained: boolean
  /** It was refused a restart. */
  readonly abandoned: boolean
  /** The end of its host ended it, or kept it from its next life: the next start of its supervisor begins it again. */
  readonly resumes: boolean
  /** How the current or last life ended; null while it lives, and where it never began. */
  readonly ended: Exit | null
  readonly endedMono: number
  /** The identity of the current or last process; a view shows it only while that is alive. */
  readonly identity: ProcessIdentity | null
  readonly pid: number | null
  readonly failure: Failure | null
  /** How its last stop went, or the last rest it came to by itself. */
  readonly report: ChildReport | null
  readonly view: ChildView
}

const places: Record<ChildStateName, { readonly state: PublicState; readonly substate?: Substate }> = {
  initial: { state: 'initial' },
  waiting: { state: 'starting', substate: 'waiting' },
  spawning: { state: 'starting', substate: 'spawning' },
  probing: { state: 'starting', substate: 'probing' },
  running: { state: 'running' },
  splaying: { state: 'stopping', substate: 'splaying' },
  terminating: { state: 'stopping', substate: 'terminating' },
  killing: { state: 'stopping', substate: 'killing' },
  settling: { state: 'settling' },
  backingOff: { state: 'backingOff' },
  stopped: { state: 'stopped' },
  removed: { state: 'removed' },
}

/** What a view can show. */
export const publicStates: ReadonlySet<PublicState> = new Set(Object.values(places).map(({ state }) => state))

/** Where a view shows an innermost state. */
export const placeOf = (name: ChildStateName): { readonly state: PublicState; readonly substate?: Substate } =>
  places[name]

/** At rest: nothing of it runs and nothing will happen by itself. */
export function atRest(child: ChildState): boolean {
  return child.name === 'initial' || child.name === 'stopped' || child.name === 'removed'
}

/** Between a spawn and its answer there is nobody to signal, and the answer brings the signal up again. */
export function isUnborn({ pid, view }: ChildState): boolean {
  return pid === null && view.kind === 'process'
}

/** A start that a caller asked for is one attempt: whatever ends it before it is ready is the caller's answer. */
export function isCallersAttempt(child: ChildState): boolean {
  return child.startedBy === 'caller' && child.readyMono === null
}

export interface NewChild {
  readonly stream: string
  readonly parent: string
  readonly slot: number
  readonly beside: string | null
  readonly id: string
  readonly kind: ChildKind
  readonly told: RecordedSpec
  readonly at: number
  readonly seq: number
}

export function newChild(added: NewChild): ChildState {
  const { stream, parent, slot, beside, id, kind, told, at, seq } = added
  const { restart, oneShot, significant, limit, spec, fingerprint = null } = told
  return {
    stream,
    parent,
    slot,
    beside,
    name: 'initial',
    movedBy: seq,
    restart,
    oneShot,
    significant,
    limit,
    spec,
    fingerprint,
    asked: null,
    ladder: null,
    startedBy: 'caller',
    awaited: false,
    attempt: 0,
    delayMs: 0,
    history: noHistory,
    readyMono: null,
    spawnedMono: null,
    ladderMono: null,
    graceMono: null,
    stopsSent: 0,
    askedMono: null,
    report: null,
    escalated: false,
    exited: false,
    origin: null,
    earlier: noOrigins,
    drained: false,
    abandoned: false,
    resumes: false,
    ended: null,
    endedMono: 0,
    identity: null,
    pid: null,
    failure: null,
    view: Object.freeze({
      id,
      stream,
      kind,
      state: 'initial',
      desired: 'down',
      incarnation: 0,
      restarts: 0,
      ready: false,
      since: at,
    }),
  }
}

const noHistory: readonly number[] = Object.freeze([])
/** Nothing of any earlier life is left. */
export const noOrigins: readonly LifeOrigin[] = Object.freeze([])
