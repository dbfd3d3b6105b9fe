import type { Observable } from 'rxjs'
import { BroodError } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { ChildState } from '../machines/child-state.ts'
import type { ChildCommand } from '../machines/input.ts'
import { ROOT } from '../machines/tree.ts'
import type { ChildView, PublicState } from '../machines/view.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { awaitVerdict, untilEvent } from './await-verdict.ts'
import { aborted, refusal, releasedError, restError, type Traces } from './child-error.ts'
import type { Abortable, Child, StopCommand, Supervisor } from './handles.ts'
import type { Incarnation } from './incarnation.ts'
import type { Place } from './place.ts'
import { isStopped, reachesState, settlesStart, settlesStartHere, type Judge } from './outcome-watch.ts'
import { reportChild, type StopReport } from './stop-report.ts'
import { checkAbortable, checkSignal, checkState, checkStop } from './command-options.ts'
import { splayedReload } from './splayed-reload.ts'
import type { HeldChild } from './held-child.ts'
import type { Supervision } from './supervision.ts'

/** The public handle of one child. It holds nothing that a tree holds, until a tree drops the child for good. */
export class ChildHandle implements HeldChild {
  readonly id: string
  readonly spec: ChildSpec
  readonly supervisor?: Supervisor
  readonly #place: Place<Supervision>
  #last: ChildState | undefined
  #lastTraces: Traces | undefined
  #splayed: (() => Promise<unknown>) | undefined

  constructor(place: Place<Supervision>, spec: ChildSpec, supervisor?: Supervisor) {
    this.id = spec.id
    this.spec = spec
    this.#place = place
    if (supervisor !== undefined) this.supervisor = supervisor
  }

  /** Where a child lives; undefined for what is none of ours. */
  static placeOf(child: unknown): Place<Supervision> | undefined {
    return child instanceof ChildHandle ? child.#place : undefined
  }

  get stream(): string {
    return this.#place.stream
  }

  get view(): ChildView {
    return this.#tree.present(this.#state.view)
  }

  get actor(): Child['actor'] {
    const actor = this.#tree.actors.of(this.stream)
    if (actor === undefined) throw new BroodError('ERR_INVALID_STATE', `"${this.id}" was removed`, { child: this.id })
    return actor
  }

  get state$(): Observable<ChildView> {
    return this.#tree.publisher.stateOf(this.#place, () => this.view).observable
  }

  get incarnation(): Incarnation | undefined {
    return this.#tree.incarnations.current(this.stream)
  }

  get incarnations$(): Observable<Incarnation> {
    return this.#tree.incarnations.of(this.stream)
  }

  async start(options: Abortable = {}): Promise<ChildView> {
    checkAbortable(options)
    return this.#begin('start', { kind: 'start' }, options.signal)
  }

  async restart(options: StopCommand = {}): Promise<ChildView> {
    const { now, reason } = checkStop(options)
    return this.#begin('restart', { kind: 'restart', now, cause: 'operator', ...reason })
  }

  async stop(options: StopCommand = {}): Promise<StopReport> {
    const { now, reason } = checkStop(options)
    return this.#end({ kind: 'stop', now, cause: 'operator', ...reason })
  }

  async reload(): Promise<ChildView> {
    const state = this.#state
    if (state.name !== 'running') {
      throw new BroodError('ERR_CHILD_NOT_RUNNING', `Cannot reload "${this.id}": it is ${state.view.state}`, {
        child: this.id,
      })
    }
    const { reloadSignal } = this.spec
    if (reloadSignal === undefined) return this.#begin('reload', { kind: 'restart', now: false, cause: 'reload' })
    if (reloadSignal !== 'none') {
      this.#splayed ??= splayedReload(this.#place, this.spec, () => this.#send(reloadSignal, 'reload'))
      await this.#splayed()
    }
    return this.view
  }

  async signal(signal: NodeJS.Signals | 0): Promise<boolean> {
    checkSignal(signal, this.id)
    return this.#send(signal, 'operator')
  }

  kill(): void {
    this.#apply({ kind: 'stop', now: true, cause: 'operator' })
  }

  async when(state: PublicState, options: Abortable = {}): Promise<ChildView> {
    checkState(state)
    checkAbortable(options)
    const { signal } = options
    if (signal?.aborted === true) throw aborted(this.id, `Waiting for "${state}"`, signal.reason)
    const here = this.#state
    if (here.view.state === state) return this.view
    if (here.name === 'removed') throw restError(here, this.#traces)
    // Already at rest: unless something begins in this very turn, nothing will come of it.
    if (here.name === 'stopped') throw restError(here, this.#traces)
    if (this.#isOver) throw refusal('ERR_SUPERVISOR_STOPPED', 'wait for', this.id, here.view.state)
    return this.#await(this.#tree.tree.seq, reachesState(here, state), (stop) => {
      const abandon = (): void => stop(aborted(this.id, `Waiting for "${state}"`, signal?.reason))
      signal?.addEventListener('abort', abandon, { once: true })
      return () => signal?.removeEventListener('abort', abandon)
    })
  }

  dropped(last: ChildState): void {
    this.#last = last
    this.#lastTraces = this.#tree.traces(this.stream)
  }

  begun(since: number): Promise<ChildView> {
    return this.#await(since, settlesStartHere(this.#isOneShot))
  }

  async gone(): Promise<void> {
    if (this.#state.name !== 'removed' && !this.#isOver)
      await this.#until(this.#tree.tree.seq, ({ type }) => type === 'child.removed')
  }

  async remove(): Promise<StopReport> {
    const { tree, dispatch } = this.#tree
    const next = this.#tree.handleOf(tree.notes.get(this.stream)?.replacement?.by ?? '')
    await dispatch.turn(() => {
      const since = tree.seq
      const refused = dispatch.apply({ of: 'remove', stream: this.stream })
      if (refused !== undefined) throw refusal(refused, 'remove', this.id, this.#state.view.state)
      return this.#until(since, ({ type }) => type === 'child.removed')
    })
    await next?.gone()
    return reportChild(tree, this.#state)
  }

  get #tree(): Supervision {
    return this.#place.home
  }

  get #isOneShot(): boolean {
    return this.spec.kind === 'process' && this.spec.oneShot
  }

  get #state(): ChildState {
    const state = this.#tree.tree.child(this.stream) ?? this.#last
    if (state === undefined) throw new Error(`"${this.stream}" is not in its tree`)
    return state
  }

  /** Its tree is: what has not begun by now never will, though it need not be at rest itself. */
  get #isOver(): boolean {
    return this.#tree.tree.supervisor(ROOT)?.phase === 'stopped'
  }

  get #traces(): Traces {
    return this.#lastTraces ?? this.#tree.traces(this.stream)
  }

  #apply(input: ChildCommand): ReturnType<Supervision['dispatch']['apply']> {
    return this.#tree.dispatch.apply({ of: 'child', stream: this.stream, input })
  }

  /** Gives a command that ends in readiness, and waits for it. */
  async #begin(verb: string, command: ChildCommand, signal?: AbortSignal): Promise<ChildView> {
    if (signal?.aborted === true) throw aborted(this.id, 'The start', signal.reason)
    const since = this.#tree.tree.seq
    const before = this.#state
    return this.#tree.dispatch.turn(() => {
      const refused = this.#apply(command)
      if (refused !== undefined) throw refusal(refused, verb, this.id, before.view.state)
      const cut = (): void => void this.#apply({ kind: 'stop', now: false, cause: 'abort' })
      const attach = (): (() => void) => {
        signal?.addEventListener('abort', cut, { once: true })
        return () => signal?.removeEventListener('abort', cut)
      }
      return this.#await(since, settlesStart(this.#isOneShot), attach, signal)
    })
  }

  async #end(command: Extract<ChildCommand, { readonly kind: 'stop' }>): Promise<StopReport> {
    return this.#tree.dispatch.turn(async () => {
      const since = this.#tree.tree.seq
      this.#apply(command)
      const { name } = this.#state
      // At rest already; or brought to rest by this very call, which its subscribers are then told first.
      if (!(isStopped(name) || this.#isOver) || this.#tree.tree.seq > since) {
        await this.#until(
          since,
          (event) => event.type === 'child.stopped' || event.type === 'restart.due' || event.type === 'child.removed',
        )
      }
      return reportChild(this.#tree.tree, this.#state)
    })
  }

  #send(signal: NodeJS.Signals | 0, stage: 'reload' | 'operator'): Promise<boolean> {
    const { pid, view } = this.#state
    const life = this.#tree.lives.of(this.stream, view.incarnation)
    if (life === undefined) return Promise.resolve(false)
    return new Promise((resolve) => {
      life.signal(signal, 'process', (delivered) => {
        if (delivered && signal !== 0) {
          const input = { kind: 'signalled', signal, to: 'process', stage, pid } as const
          this.#tree.observe(this.stream, view.incarnation, input)
        }
        resolve(delivered)
      })
    })
  }

  #until(since: number, onEvent: (event: RecordedEvent) => boolean): Promise<void> {
    return untilEvent(this.#place, since, onEvent)
  }

  #await(
    since: number,
    judge: Judge,
    attach: (stop: (error: BroodError) => void) => () => void = () => () => {},
    cut?: AbortSignal,
  ): Promise<ChildView> {
    const settling = {
      kept: () => this.view,
      broken: ({ type }: RecordedEvent) =>
        type === 'child.released' ? releasedError(this.id) : restError(this.#state, this.#traces, cut?.reason),
      over: () => refusal('ERR_SUPERVISOR_STOPPED', 'wait for', this.id, this.#state.view.state),
    }
    return awaitVerdict(this.#place, since, judge, settling, attach)
  }
}
