import type { ErrorCode } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { Input } from '../machines/input.ts'
import type { ChildState } from '../machines/child-state.ts'
import { link, unlink } from '../machines/links.ts'
import { createLiveTree, newLinks, type LiveTree, type SupervisorPolicy } from '../machines/live-tree.ts'
import { ROOT } from '../machines/tree.ts'
import type { ChildView } from '../machines/view.ts'
import type { Journal, Ports } from '../ports.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { describeSpec } from '../spec/describe-spec.ts'
import type { Child } from './handles.ts'
import type { ReaperSink } from './reaper.ts'
import { resumeLog } from './resume-log.ts'
import type { StopReport } from './stop-report.ts'
import { createActors, type Actors } from './actors.ts'
import { createDispatch, type Dispatch } from './dispatch.ts'
import { createEffects } from './effects.ts'
import { createIncarnations, type Incarnations } from './incarnations.ts'
import { createLives, type Lives } from './lives.ts'
import { nestedPolicy } from './nested-policy.ts'
import { presenter } from './presenter.ts'
import { createPublisher, type Publisher } from './publisher.ts'
import { createRecorder } from './recorder.ts'
import { createStartQueue } from './start-queue.ts'
import type { Inspect } from './supervisor-actor.ts'
import { createTimers } from './timers.ts'
import { createWaiters, type Waiters } from './waiters.ts'

/** A public handle, with what its tree tells it and a supervisor's handle asks of it. */
export interface HeldChild extends Child {
  /** The tree has dropped this child; the handle remembers how it was at the end. */
  dropped(last: ChildState): void
  /** Stops it and has it forgotten. */
  remove(): Promise<StopReport>
}

export interface SupervisionOptions {
  readonly policy: SupervisorPolicy
  readonly ports: Ports
  readonly journal: Journal
  readonly reaper: ReaperSink
  readonly inspect?: Inspect
  readonly shutdownTimeoutMs: number
  readonly maxConcurrentStarts: number
}

/** One tree at work: what the public handles of a root and of everything below it share. */
export interface Supervision {
  readonly tree: LiveTree
  readonly ports: Ports
  readonly treeId: string
  readonly dispatch: Dispatch
  readonly lives: Lives
  readonly waiters: Waiters
  readonly publisher: Publisher
  readonly actors: Actors
  readonly incarnations: Incarnations
  /** Registers a child; what is below a nested supervisor comes along. Gives its stream. */
  add(parent: string, spec: ChildSpec): { readonly stream: string } | { readonly refused: ErrorCode }
  specOf(stream: string): ChildSpec | undefined
  /** The view of a child with what only a live tree knows. */
  present(view: ChildView): ChildView
  /** The public handle of a child; one per registration. */
  handleOf(stream: string): HeldChild | undefined
}

/**
 * Puts a tree together. `makeHandle` makes the public face of each child: it knows this module, so this one must not
 * know it.
 */
export function createSupervision(
  options: SupervisionOptions,
  makeHandle: (supervision: Supervision, stream: string, spec: ChildSpec) => HeldChild,
): Supervision {
  const { policy, ports, journal, reaper, shutdownTimeoutMs, maxConcurrentStarts } = options
  const { clock, random, host } = ports
  const treeId = random.id()
  const tree = createLiveTree(policy)
  const specs = new Map<string, ChildSpec>()
  // What is being added right now: `child.added` makes it truth, and these are what it was about.
  let incoming: ChildSpec | undefined
  const handles = new Map<string, HeldChild>()

  const before = resumeLog(tree, journal)

  const apply = (input: Input): ErrorCode | undefined => dispatch.apply(input)
  const observe = (stream: string, incarnation: number, input: Extract<Input, { of: 'child' }>['input']): void => {
    apply({ of: 'child', stream, incarnation, input })
  }
  // A failure over the last event of all can no longer be recorded behind it.
  const subscriberFailed = (stream: string, source: string, message: string): void => {
    if (tree.supervisor(ROOT)?.phase !== 'stopped') apply({ of: 'subscriberFailed', stream, source, message })
    else process.emitWarning(`A subscriber of ${source} failed and was unsubscribed: ${message}`, 'BroodWarning')
  }
  const { sinceCheckpoint } = before
  const recorder = createRecorder({ journal, clock, tree, sinceCheckpoint, apply, resume: () => dispatch.resume() })
  const session = host.open({
    treeId,
    report: (report) => void apply({ of: 'reported', stream: ROOT, ...report }),
  })
  const timers = createTimers(clock)
  const waiters = createWaiters()
  const incarnations = createIncarnations({
    lifeOf: (stream, incarnation) => lives.of(stream, incarnation),
    ready: (stream, incarnation) => observe(stream, incarnation, { kind: 'ready' }),
    failed: (stream, error) => subscriberFailed(stream, 'child.incarnations$', messageOf(error)),
  })
  const publisher = createPublisher({
    tree,
    recorder,
    reaper,
    waiters,
    incarnations,
    present: (view) => present(view),
    failed: subscriberFailed,
  })
  const lives = createLives({
    session,
    now: () => clock.at(),
    observe,
    isProbing: (stream) => tree.child(stream)?.name === 'probing',
    publishLine: (line) => publisher.line(line),
    proofDue: (stream) => effects.proofDue(stream),
  })
  const specOf = (stream: string): ChildSpec | undefined => specs.get(stream)
  const starts = createStartQueue(
    clock,
    maxConcurrentStarts,
    () => dispatch.resume(),
    () => recorder.mayStart,
  )
  const effects = createEffects({
    tree,
    clock,
    timers,
    lives,
    starts,
    mayStart: () => recorder.mayStart,
    specOf,
    observe,
  })
  const actors = createActors({
    tree,
    owe: (owed) => dispatch.owe(owed),
    ...(options.inspect === undefined ? {} : { inspect: options.inspect }),
    // In a turn of its own: the root's actor is inspected before there is a dispatch.
    failed: (message) => clock.nextTurn(() => subscriberFailed(ROOT, 'inspect', message)),
  })

  const adopted = (events: readonly RecordedEvent[], dropped: readonly ChildState[]): void => {
    for (const last of dropped) handles.get(last.stream)?.dropped(last)
    for (const event of events) {
      if (event.type === 'child.added' && incoming !== undefined) register(event.stream, incoming)
      else if (event.type === 'child.removed') deregister(event.stream)
      else if (event.stream === ROOT) rootMoved(event)
    }
  }

  const register = (stream: string, spec: ChildSpec): void => {
    const child = tree.child(stream)
    const links = child === undefined ? undefined : tree.links.get(child.parent)
    if (links === undefined) return
    specs.set(stream, spec)
    tree.policies.set(stream, spec)
    link(links, stream, spec)
    if (spec.kind === 'supervisor') tree.links.set(stream, newLinks(nestedPolicy(spec)))
    handles.set(stream, makeHandle(supervision, stream, spec))
  }

  const deregister = (stream: string): void => {
    const spec = specs.get(stream)
    const links = tree.links.get(parentOf(stream))
    if (spec !== undefined && links !== undefined) unlink(links, stream, spec)
    specs.delete(stream)
    handles.delete(stream)
    tree.policies.delete(stream)
    tree.notes.delete(stream)
    tree.links.delete(stream)
    effects.forget(stream)
    lives.forget(stream)
  }

  const rootMoved = (event: RecordedEvent): void => {
    if (event.type === 'supervisor.stopping') {
      timers.arm(ROOT, 'killTimeout', shutdownTimeoutMs, () => void apply({ of: 'deadline' }))
    } else if (event.type === 'supervisor.stopped') {
      timers.disarm(ROOT, 'killTimeout')
      session.close()
    }
  }

  const dispatch = createDispatch({
    tree,
    clock,
    random,
    recorder,
    adopted,
    evolve: (event) => actors.evolve(event),
    evolved: () => actors.evolved(),
    perform: (owed) => effects.perform(owed),
    publish: (events) => publisher.publish(events),
    start: () => starts.drain(),
  })

  const add = (parent: string, spec: ChildSpec): { readonly stream: string } | { readonly refused: ErrorCode } =>
    dispatch.turn(() => {
      incoming = spec
      const nested = spec.kind === 'supervisor' ? { nested: nestedPolicy(spec) } : {}
      const refused = apply({ of: 'add', parent, policy: spec, spec: describeSpec(spec), ...nested })
      incoming = undefined
      if (refused !== undefined) return { refused }
      const stream = tree.links.get(parent)?.streams.get(spec.id)
      if (stream === undefined) throw new Error(`"${spec.id}" was added and is not there`)
      if (spec.kind === 'supervisor') for (const child of spec.children) add(stream, child)
      return { stream }
    })

  const present = presenter((stream) => lives.tail(stream))

  const supervision: Supervision = {
    tree,
    ports,
    treeId,
    dispatch,
    lives,
    waiters,
    publisher,
    actors,
    incarnations,
    add,
    specOf,
    present,
    handleOf: (stream) => handles.get(stream),
  }
  dispatch.turn(() => {
    if (before.dropped !== undefined) apply({ of: 'degraded', data: before.dropped })
    for (const stream of before.left) apply({ of: 'remove', stream })
  })
  return supervision
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function parentOf(stream: string): string {
  return stream.slice(0, stream.lastIndexOf('/')) || ROOT
}
