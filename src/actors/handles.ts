import type { Observable } from 'rxjs'
import type { Actor, AnyActorRef } from 'xstate'
import type { Gap, RecordedEvent } from '../events/event.ts'
import type { childChart } from '../machines/child-chart.ts'
import type { ChildView, PublicState, SupervisorView } from '../machines/view.ts'
import type { Explanation } from '../record/explain.ts'
import type { ChildOptions } from '../spec/child-options.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import type { Plan } from '../spec/plan-children.ts'
import type { ReadOptions } from '../streams/read-options.ts'
import type { Incarnation } from './incarnation.ts'
import type { OutputLine } from './output-line.ts'
import type { StopReport } from './stop-report.ts'

export interface StopCommand {
  /** No splay, no stop signal, no grace, no order: SIGKILL at once, then the usual proof. Default false. */
  readonly now?: boolean | undefined
  /** For the record. */
  readonly reason?: string | undefined
}

export interface Abortable {
  readonly signal?: AbortSignal | undefined
}

/** An XState actor to look at: subscribe, read, inspect. Sending is the supervisor's own business. */
export type Watched<T> = Omit<T, 'send'>

/** A supervised unit. What every verb means in every state: docs/reference/lifecycle.md. */
export interface Child {
  readonly id: string
  /** Its registration: the same id, removed and added again, has another; and so has a child that was adopted. */
  readonly stream: string
  /** As it was validated, with its defaults. */
  readonly spec: ChildSpec
  readonly view: ChildView
  /** Its chart, live. */
  readonly actor: Watched<Actor<typeof childChart>> | Watched<AnyActorRef>
  /** The view at subscription, then each new one. */
  readonly state$: Observable<ChildView>
  /** The current or last life; undefined before the first. */
  readonly incarnation: Incarnation | undefined
  /** The current life at subscription, then each new one. */
  readonly incarnations$: Observable<Incarnation>
  /** For kind 'supervisor': the supervisor itself. */
  readonly supervisor?: Supervisor
  /**
   * Starts it once: resolves when it is ready, or for a one-shot when it has finished. An abort of `signal` before that
   * stops it.
   * @throws {BroodError} rejects: ERR_INVALID_STATE unless `initial`, ERR_SUPERVISOR_NOT_RUNNING,
   * ERR_SUPERVISOR_STOPPED, ERR_CHILD_STOPPING; ERR_SPAWN_FAILED, ERR_CWD_NOT_FOUND, ERR_EXITED_BEFORE_READY,
   * ERR_READY_TIMEOUT, ERR_RUN_TIMEOUT, ERR_NONZERO_EXIT, with `exit` and `stderrTail` where known; ERR_ABORTED,
   * where its signal was aborted with the reason as `cause`
   */
  start(options?: Abortable): Promise<ChildView>
  /** Stops it and resolves when nothing of it is alive, or the proof of that failed (`survivors`). Never rejects. */
  stop(options?: StopCommand): Promise<StopReport>
  /** Stops it where it runs, and starts it: resolves when it is ready again. Works in every state but two. */
  restart(options?: StopCommand): Promise<ChildView>
  /**
   * Sends the reload signal to the process alone, or restarts where none is set. Before the signal comes a random wait of
   * at most `stop.splayMs`, in which further reloads join; whatever ends this life cuts it, and nothing is sent.
   * @throws {BroodError} rejects: ERR_CHILD_NOT_RUNNING; ERR_ABORTED when a stop or a restart came first
   */
  reload(): Promise<ChildView>
  /**
   * Sends a signal to the process alone. False: there was nothing to signal. 0 only probes.
   * @throws {BroodError} rejects ERR_BAD_SIGNAL
   */
  signal(signal: NodeJS.Signals | 0): Promise<boolean>
  /** `stop({ now: true })` without waiting. */
  kill(): void
  /**
   * Resolves once it is in that state, now if it already is. Rejects when it comes to rest otherwise: with the start's
   * error, ERR_NONZERO_EXIT after an exit, ERR_ABORTED after a stop or an abort of `signal`.
   */
  when(state: PublicState, options?: Abortable): Promise<ChildView>
}

export interface RunOptions extends Abortable {
  /**
   * Which signals stop the supervisor, the first gracefully, the second at once. Their listeners exist only while
   * `run` waits. Default true: SIGINT, SIGTERM, SIGHUP.
   */
  readonly handleSignals?: boolean | readonly NodeJS.Signals[] | undefined
}

export interface RunResult {
  /** For `process.exitCode`: 128 + n after signal n, the significant child's status, 1 for a failure, else 0. */
  readonly exitCode: number
  readonly report: StopReport
  /** Why it failed, where it did. */
  readonly error?: Error
}

export interface ReplaceOptions {
  /**
   * `stop-first`: the old one is gone before the new one starts, and a new one that fails stays. `start-first`: the old
   * one goes when the new one is ready, and stays if that fails. Default `stop-first`.
   */
  readonly order?: 'stop-first' | 'start-first' | undefined
}

/** Owns children: their order, their restarts, their end. */
export interface Supervisor extends AsyncDisposable {
  readonly id: string
  readonly view: SupervisorView
  /** Its XState actor, the parent of its children's, for inspectors. */
  readonly actor: Watched<AnyActorRef>
  /** Every event of this tree, hot, in journal order. */
  readonly events$: Observable<RecordedEvent>
  /** The exits of processes among them. */
  readonly exits$: Observable<RecordedEvent<'process.exited'>>
  /** The view at subscription, then once per turn in which it or a child's view changed. */
  readonly state$: Observable<SupervisorView>
  /** The output of children in mode `lines`, pushed as it comes, never recorded. */
  readonly lines$: Observable<OutputLine>
  /** Reads the retained log and goes on live, without a gap that is not told. */
  read(options?: ReadOptions): AsyncIterable<RecordedEvent | Gap>
  /**
   * Starts the children and resolves when all are ready. Any that fails stops the rest, and its error rejects this.
   * Again, it joins. Never touches signals.
   * @throws {BroodError} rejects ERR_SUPERVISOR_STOPPED, ERR_ABORTED, and what `child.start()` rejects with
   */
  start(options?: Abortable): Promise<void>
  /** Starts, then waits for the end, whatever that is; rejects only for misuse. An abort is a graceful stop. */
  run(options?: RunOptions): Promise<RunResult>
  /** Stops everything, dependants first, and resolves when all is proven gone, or the proof failed. Never rejects. */
  stop(options?: StopCommand): Promise<StopReport>
  /**
   * Registers a child; it starts if the supervisor runs, unless `start` is false. A start that fails is told by the
   * child: `await child.when('running')`.
   * @throws {BroodError} ERR_INVALID_SPEC, ERR_CHILD_EXISTS, ERR_DEPENDENCY_CYCLE, ERR_SUPERVISOR_STOPPED
   */
  add(child: ChildOptions | ChildSpec, options?: { readonly start?: boolean | undefined }): Child
  /** Stops a child, then forgets it. @throws {BroodError} rejects ERR_CHILD_NOT_FOUND, ERR_SUPERVISOR_STOPPED */
  remove(id: string): Promise<StopReport>
  /**
   * Forgets a child without stopping it. The same handle lives on, under a supervisor of its own with a journal in
   * memory: restarts, limits and promises go on, `after` means nothing there. Processes and tasks only.
   * @throws {BroodError} ERR_CHILD_NOT_FOUND, ERR_CHILD_STOPPING, ERR_SUPERVISOR_STOPPED, ERR_UNSUPPORTED
   */
  release(id: string): Child
  /**
   * Takes a child of any supervisor of this host into its own ownership, as it is: incarnations, restarts and limits go
   * on counting. Where its id is taken, it takes that child's place and gives it back, released and not stopped.
   * @throws {BroodError} ERR_INVALID_SPEC, ERR_INVALID_STATE (removed), ERR_DEPENDENCY_CYCLE, ERR_CHILD_STOPPING,
   * ERR_SUPERVISOR_STOPPED, ERR_SUPERVISOR_NOT_RUNNING, ERR_UNSUPPORTED
   */
  adopt(child: Child): Child | undefined
  /**
   * Puts a new child in the place of the one with its id, and starts it if the supervisor runs. Resolves when the new one
   * is ready (a one-shot: has finished) and the old one gone; rejects with what the start of the new one failed with.
   * @throws {BroodError} rejects ERR_INVALID_SPEC, ERR_CHILD_NOT_FOUND, ERR_CHILD_STOPPING, ERR_DEPENDENCY_CYCLE,
   * ERR_SUPERVISOR_STOPPED, ERR_STOP_TIMEOUT (the old one cannot be killed), ERR_ABORTED, and as `child.start()`
   */
  replace(child: ChildOptions | ChildSpec, options?: ReplaceOptions): Promise<Child>
  /** What `apply` would do. @throws {BroodError} ERR_INVALID_SPEC, ERR_CHILD_EXISTS, ERR_DEPENDENCY_CYCLE */
  plan(children: readonly (ChildOptions | ChildSpec)[]): Plan
  /**
   * Makes these its children: removes what is not among them, replaces what has changed (`stop-first`), adds what is new,
   * and leaves the rest alone. Resolves when all that began is ready. Whatever fails, the rest is gone through; then it
   * rejects with the first failure, and where there are several, with an AggregateError of all as its `cause`.
   * @throws {BroodError} rejects, before anything is done, with what `plan` throws, ERR_CHILD_STOPPING and
   * ERR_SUPERVISOR_STOPPED
   */
  apply(children: readonly (ChildOptions | ChildSpec)[]): Promise<Plan>
  child(id: string): Child | undefined
  /** In start order. */
  children(): Child[]
  /** Why a child is in the state it is in. @throws {BroodError} ERR_CHILD_NOT_FOUND */
  explain(id: string): Explanation
}
