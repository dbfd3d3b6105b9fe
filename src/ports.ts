import type { Readable, Writable } from 'node:stream'
import type { ErrorCode } from './errors.ts'
import type { ContainmentLevel } from './events/containment-level.ts'
import type { Lifetime, StageTarget } from './events/event.ts'
import type { ProcessIdentity } from './events/identity.ts'

export type { Lifetime } from './events/event.ts'
export type * from './journal-port.ts'

/** Calls off what was armed. Harmless when it already fired, or twice. */
export type Disarm = () => void

/** The only source of time. */
export interface Clock {
  /** Epoch milliseconds, for people. */
  at(): number
  /** Monotonic milliseconds since boot, for arithmetic. */
  mono(): number
  /**
   * Calls `fire` once after `delayMs`, never synchronously. `Infinity` never fires; delays over 2^31 - 1 ms are split,
   * where Node's own timers would fire at once. Keeps the event loop alive while armed, unless `keepAlive` is false.
   * @throws {RangeError} for NaN and negative delays
   */
  arm(delayMs: number, fire: () => void, keepAlive?: boolean): Disarm
  /** Calls `run` once in the next turn of the event loop, after pending I/O had its chance. */
  nextTurn(run: () => void): void
}

/** The only source of chance. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** A fresh identifier of 64 random bits, as 16 hexadecimal digits. */
  id(): string
}

/** Which life of which child of which tree a process is. */
export interface LifeKey {
  readonly stream: string
  readonly incarnation: number
}

/**
 * Whose a process is: a name, or ids. A name, or a uid without a gid, is looked up and brings its group, supplementary
 * groups and personal variables; a uid with a gid is exactly these two.
 */
export type ProcessUser = string | { readonly uid: number; readonly gid?: number }

export type StdinMode = 'raw' | 'ignore' | 'inherit' | { readonly file: string }
export type OutputMode = 'lines' | StdinMode

/** Everything a spawn needs, as plain data: a host may live in another process. */
export interface SpawnRequest {
  readonly life: LifeKey
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env: Readonly<Record<string, string>>
  readonly envMode: 'merge' | 'replace'
  readonly argv0?: string
  /** Absent: the host's own. */
  readonly user?: ProcessUser
  readonly shell: boolean
  readonly stdin: StdinMode
  readonly stdout: OutputMode
  readonly stderr: OutputMode
  /** Of a `survivor` no stream is `lines`, `raw` or `inherit`. */
  readonly lifetime: Lifetime
  /** What nothing of it can leave: a PID namespace or a cgroup of its own. Absent: its own group, which can be left. */
  readonly containment?: ContainmentLevel
  /** The grace that a guard grants when the host is gone. */
  readonly killTimeoutMs: number
  /** How long output may be awaited after the exit before it is cut. */
  readonly drainMs: number
}

/** Whose lives they are: the host that spawned them, and its tree. Both stand in `supervisor.started`. */
export interface LifeOwner {
  readonly hostId: string
  readonly treeId: string
}

/** A life that another host has spawned, as it was recorded. All of it but `identity` and the grace is in its cookie. */
export interface AdoptRequest {
  readonly life: LifeKey
  readonly owner: LifeOwner
  readonly lifetime: Lifetime
  /**
   * Its leader's, as `process.spawned` told it. Null where nobody has recorded one: the life is then looked for by its
   * cookie, its leader included.
   */
  readonly identity: ProcessIdentity | null
  /** The grace that a guard grants when this host is gone; the life is entered with one if it is `tethered`. */
  readonly killTimeoutMs: number
}

/** A life of a host that is no more, found by its cookie: something of it is alive. */
export interface FoundLife {
  readonly life: LifeKey
  readonly treeId: string
  readonly lifetime: Lifetime
  /** All that carry its cookie and live, oldest first; at least one. */
  readonly members: readonly ProcessIdentity[]
  /**
   * The oldest of them, if it leads a session, as everything does that a host has spawned; null where the leader is
   * dead. Its pid is the number of the group.
   */
  readonly leader: ProcessIdentity | null
}

/**
 * What a host reports of one life, in this order: `spawnFailed` alone; or `spawned`, then any number of `line`s, then
 * `exited` once, and after it `drained` once, `gone` once (never before its group, and its containment, are proven empty),
 * any number of `escapee`s and `swept` once, which is always last but for a late `drained`. `line`s come before `drained`.
 *
 * Of an adopted life: the same from `exited` on, whose code and signal are null, since both are told to a parent alone.
 */
export type LifeObservation =
  | {
      readonly kind: 'spawned'
      readonly pid: number
      readonly identity: ProcessIdentity | null
      readonly spawnMs: number
    }
  | { readonly kind: 'spawnFailed'; readonly code: ErrorCode; readonly message: string; readonly errno?: string }
  | { readonly kind: 'line'; readonly source: 'stdout' | 'stderr'; readonly text: string; readonly truncated: boolean }
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly kind: 'drained'; readonly cut: boolean }
  | { readonly kind: 'gone' }
  /** A process of this life outside its group, found by the sweep and sent SIGKILL (once each). */
  | { readonly kind: 'escapee'; readonly identity: ProcessIdentity; readonly delivered: boolean }
  /** A whole pass over the process table, begun after `gone`, found nothing of this life. */
  | { readonly kind: 'swept' }

/** One process and all that came of it, under the control of whoever spawned or adopted it. */
export interface ProcessLife {
  /** The streams of `raw` modes, there once `spawned` was observed; none of an adopted life. */
  readonly stdin?: Writable
  readonly stdout?: Readable
  readonly stderr?: Readable
  /**
   * Sends a signal: to the leader alone, to its whole group, or to its tree, which is the leader and its descendants by
   * parentage, wherever their groups are; a SIGTERM is followed by a SIGCONT. Never reaches a stranger: once the leader's
   * exit was seen, a group is signalled only after its members were identified, and there is no tree any more; and the
   * identity of an adopted leader is looked at immediately before each signal. `done(false)`: there was nothing to signal.
   * Calls `done` exactly once, perhaps before it returns. 0 only probes.
   */
  signal(signal: NodeJS.Signals | 0, to: StageTarget, done: (delivered: boolean) => void): void
  /** What is left alive of this life: its group and the escapees found so far. */
  survivors(done: (survivors: readonly ProcessIdentity[]) => void): void
}

export interface HostReport {
  readonly subject: string
  readonly message: string
}

/** One supervisor tree's use of a host. */
export interface ProcessSession {
  /**
   * Starts a process; everything about it is told to `observe`, at the earliest from within this call. Never throws:
   * whatever is wrong becomes `spawnFailed`.
   */
  spawn(request: SpawnRequest, observe: (observation: LifeObservation) => void): ProcessLife
  /**
   * Takes over a life that another host has spawned and left behind; everything about it is told to `observe`, never
   * from within this call. Never throws. The first look is taken at once: a leader that has ended, whose number another
   * process has by now, or that ran before the last boot has `exited`. Later ends are seen by polling, and soon after
   * each signal. Of another boot nothing is looked for, and no signal is sent.
   *
   * Not promised: its exit code. Where `support.sweep` is false nobody can be recognised: every life is over at once.
   * Each life is adopted once, and by one host at a time.
   */
  adopt(request: AdoptRequest, observe: (observation: LifeObservation) => void): ProcessLife
  /** The tree has stopped: gives back what the host keeps for it (a guard, an exit listener), and tells it no more. */
  close(): void
}

/** The operating system, as far as a supervisor needs it. */
export interface ProcessHost {
  /** Random, one per host process; part of every child's cookie. */
  readonly hostId: string
  readonly bootId: string
  readonly pid: number
  /** What this platform can do. `tether`: children can be ended although the host was killed -9. */
  readonly support: { readonly tether: boolean; readonly sweep: boolean }
  open(tree: { readonly treeId: string; readonly report: (report: HostReport) => void }): ProcessSession
  /**
   * Looks once through all processes for those that carry a cookie of `owner`, a host that is no more; of one of its
   * trees, or of all. `done` is called once, never from within this call, with the lives in the order of their oldest
   * members. Not found: processes whose environment this user may not read, and this process itself. Without `/proc`
   * (`support.sweep`) there are none.
   */
  findLives(
    owner: { readonly hostId: string; readonly treeId?: string | undefined },
    done: (found: readonly FoundLife[]) => void,
  ): void
  /** Whether the very process of an identity runs now; a zombie is `gone`. `other-boot`: it is gone with an earlier boot. */
  look(identity: ProcessIdentity): 'alive' | 'gone' | 'other-boot'
}

export interface Ports {
  readonly clock: Clock
  readonly random: Random
  readonly host: ProcessHost
}
