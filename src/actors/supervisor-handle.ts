import type { Observable } from 'rxjs'
import { BroodError } from '../errors.ts'
import type { Gap, RecordedEvent } from '../events/event.ts'
import type { SupervisorState } from '../machines/supervisor-state.ts'
import { ROOT } from '../machines/tree.ts'
import { items } from '../machines/vector.ts'
import type { SupervisorView } from '../machines/view.ts'
import type { Explanation } from '../record/explain.ts'
import { checkSiblings } from '../spec/check-children.ts'
import { checkLogLevels } from '../spec/check-log-levels.ts'
import type { ChildOptions } from '../spec/child-options.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { normalizeChild } from '../spec/normalize-child.ts'
import { readLog } from '../streams/cursor.ts'
import type { ReadOptions } from '../streams/read-options.ts'
import { invalidOption } from '../streams/invalid-option.ts'
import { refuseUnknownOptions } from '../streams/unknown-options.ts'
import type { Plan } from '../spec/plan-children.ts'
import { adoptChild } from './adopt-child.ts'
import { applyChildren, compareChildren } from './apply-children.ts'
import { below } from './below.ts'
import { refusal, restError } from './child-error.ts'
import { explainLive } from './explain-live.ts'
import type { Abortable, Child, ReplaceOptions, RunOptions, RunResult, StopCommand, Supervisor } from './handles.ts'
import { checkAbortable, checkStop } from './command-options.ts'
import type { OutputLine } from './output-line.ts'
import { run, type RunnableSupervisor } from './run.ts'
import { releaseChild } from './release-child.ts'
import { replaceChild } from './replace-child.ts'
import { reportSupervisor, type StopReport } from './stop-report.ts'
import type { Supervision } from './supervision.ts'
import { startSupervisor, whenOver } from './start-supervisor.ts'

/** The public handle of a supervisor: of the root, or of a nested one, which shares all but its children with it. */
export class SupervisorHandle implements Supervisor, RunnableSupervisor {
  readonly id: string
  readonly #tree: Supervision
  readonly #stream: string

  constructor(tree: Supervision, id: string, stream: string) {
    this.id = id
    this.#tree = tree
    this.#stream = stream
  }

  get view(): SupervisorView {
    const view = this.#tree.publisher.supervisorView(this.#stream)
    if (view === undefined) throw new BroodError('ERR_INVALID_STATE', `The supervisor "${this.id}" was removed`)
    return view
  }

  get actor(): Supervisor['actor'] {
    const actor = this.#tree.actors.supervisor(this.#stream)
    if (actor === undefined) throw new BroodError('ERR_INVALID_STATE', `The supervisor "${this.id}" was removed`)
    return actor
  }

  get events$(): Observable<RecordedEvent> {
    return this.#tree.publisher.streamsOf(this.#stream).events.observable
  }

  get exits$(): Observable<RecordedEvent<'process.exited'>> {
    return this.#tree.publisher.streamsOf(this.#stream).exits.observable
  }

  get state$(): Observable<SupervisorView> {
    return this.#tree.publisher.streamsOf(this.#stream).state.observable
  }

  get lines$(): Observable<OutputLine> {
    return this.#tree.publisher.streamsOf(this.#stream).lines.observable
  }

  read(options: ReadOptions = {}): AsyncIterable<RecordedEvent | Gap> {
    const { publisher, ports } = this.#tree
    const log = readLog(publisher.log, ports.clock, options)
    return this.#stream === ROOT ? log : below(log, this.#stream)
  }

  async start(options: Abortable = {}): Promise<void> {
    checkAbortable(options)
    await startSupervisor(this.#tree, this.#stream, this.id, options.signal, () => this.failure())
  }

  run(options: RunOptions = {}): Promise<RunResult> {
    return run(this, this.#tree, this.#stream, options)
  }

  async stop(options: StopCommand = {}): Promise<StopReport> {
    const { now, reason } = checkStop(options)
    // As the child that a nested supervisor is.
    const own = this.#tree.handleOf(this.#stream)
    if (own !== undefined) return own.stop({ now, ...reason })
    await this.#tree.dispatch.turn(() => {
      this.#tree.dispatch.apply({
        of: 'stop',
        stream: this.#stream,
        now,
        cause: 'operator',
        outcome: 'stopped',
        ...reason,
      })
      return this.stopped()
    })
    return reportSupervisor(this.#tree.tree, this.#stream)
  }

  add(child: ChildOptions | ChildSpec, options: { readonly start?: boolean | undefined } = {}): Child {
    refuseUnknownOptions(options, ['start'])
    const { start = true } = options
    if (typeof start !== 'boolean') throw invalidOption('start', 'a boolean', start)
    const { dispatch, ports, logger } = this.#tree
    const spec = checkLogLevels(normalizeChild(child, { platformTether: ports.host.support.tether }), logger)
    this.#checkPlace(spec)
    return dispatch.turn(() => {
      const added = this.#tree.add(this.#stream, spec)
      if ('refused' in added) throw refusal(added.refused, 'add', spec.id, 'unknown')
      const { phase } = this.#state
      if (start && (phase === 'starting' || phase === 'running')) {
        dispatch.apply({ of: 'child', stream: added.stream, input: { kind: 'start' } })
      }
      return this.#handle(added.stream)
    })
  }

  async remove(id: string): Promise<StopReport> {
    const handle = this.child(id)
    if (this.#state.phase === 'stopped' && this.#stream === ROOT) {
      throw new BroodError('ERR_SUPERVISOR_STOPPED', `Cannot remove "${id}": its supervisor has stopped`, { child: id })
    }
    if (handle === undefined) throw new BroodError('ERR_CHILD_NOT_FOUND', `No child "${id}" to remove`, { child: id })
    return this.#tree.handleOf(handle.stream)?.remove() ?? { children: [], survivors: [] }
  }

  release(id: string): Child {
    return releaseChild(this.#tree, this.#stream, id)
  }

  adopt(child: Child): Child | undefined {
    return adoptChild(this.#tree, this.#stream, child)
  }

  replace(child: ChildOptions | ChildSpec, options: ReplaceOptions = {}): Promise<Child> {
    return replaceChild(this.#tree, this.#stream, child, options)
  }

  plan(children: readonly (ChildOptions | ChildSpec)[]): Plan {
    return compareChildren(this.#tree, this.#stream, children).plan
  }

  apply(children: readonly (ChildOptions | ChildSpec)[]): Promise<Plan> {
    return applyChildren(this.#tree, this.#stream, children)
  }

  child(id: string): Child | undefined {
    const stream = this.#tree.tree.links.get(this.#stream)?.streams.get(id)
    return stream === undefined ? undefined : this.#tree.handleOf(stream)
  }

  children(): Child[] {
    return [...items(this.#state.roster)].map(({ stream }) => this.#handle(stream))
  }

  explain(id: string): Explanation {
    return explainLive(this.#tree, this.#stream, id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { survivors } = await this.stop()
    if (survivors.length === 0) return
    const pids = survivors.map(({ pid }) => pid).join(', ')
    throw new BroodError('ERR_STOP_TIMEOUT', `The supervisor "${this.id}" has stopped, but left alive: ${pids}`)
  }

  stopped(): Promise<void> {
    const { tree } = this.#tree
    const goesOn = (stream: string): boolean => (tree.supervisor(stream)?.phase ?? 'stopped') !== 'stopped'
    // A nested one may be removed instead, or be left as it never began when the root has stopped.
    return whenOver(this.#tree, () => goesOn(this.#stream) && goesOn(ROOT))
  }

  get #state(): SupervisorState {
    const state = this.#tree.tree.supervisor(this.#stream)
    if (state === undefined) throw new BroodError('ERR_INVALID_STATE', `The supervisor "${this.id}" was removed`)
    return state
  }

  #handle(stream: string): Child {
    const handle = this.#tree.handleOf(stream)
    if (handle === undefined) throw new Error(`No handle for ${stream}`)
    return handle
  }

  failure(): BroodError | undefined {
    const { ending = null } = this.#tree.tree.supervisor(this.#stream) ?? {}
    if (ending === null || ending.outcome !== 'failed') return undefined
    const child = ending.by === undefined ? undefined : this.#tree.tree.child(ending.by)
    if (child === undefined) return new BroodError('ERR_ABORTED', `The supervisor "${this.id}" has failed`)
    return restError(child, this.#tree.traces(child.stream))
  }

  /** One child among its siblings: what only they can tell. Cheap, unless somebody waited for its id before. */
  #checkPlace(spec: ChildSpec): void {
    const links = this.#tree.tree.links.get(this.#stream)
    if (links === undefined) return
    const fits =
      !links.streams.has(spec.id) &&
      !links.dependants.has(spec.id) &&
      spec.after.every(({ id }) => links.streams.has(id))
    if (fits) return
    const siblings = this.children().map((child) => child.spec)
    checkSiblings([spec], siblings, links.policy.strategy)
  }
}
