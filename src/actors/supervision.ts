import type { ErrorCode } from '../errors.ts'
import type { EventData, HostRecord } from '../events/event.ts'
import type { Input } from '../machines/input.ts'
import { createLiveTree, type LiveTree, type SupervisorPolicy } from '../machines/live-tree.ts'
import { ROOT } from '../machines/tree.ts'
import type { ChildView } from '../machines/view.ts'
import type { Ports } from '../ports.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { describeSpec } from '../spec/describe-spec.ts'
import { fingerprintSpec } from '../spec/fingerprint-spec.ts'
import { nestedPolicy } from '../spec/nested-policy.ts'
import type { SupervisorLogger } from '../spec/supervisor-logger.ts'
import { createActors, type Actors } from './actors.ts'
import type { Traces } from './child-error.ts'
import { createDispatch, type Dispatch } from './dispatch.ts'
import { createEffects, type EffectHome } from './effects.ts'
import type { HeldChild } from './held-child.ts'
import { createIncarnations, type IncarnationHome, type Incarnations } from './incarnations.ts'
import { inheritTree } from './inherit-tree.ts'
import { createLineOutputs } from './line-outputs.ts'
import { liveView } from './live-view.ts'
import { createLives, type Lives } from './lives.ts'
import { createMoving, type Moving } from './moving.ts'
import type { Place } from './place.ts'
import { createPublisher, type Publisher } from './publisher.ts'
import { createRecorder } from './recorder.ts'
import { createResidents, type Residents } from './residents.ts'
import { resumeLog } from './resume-log.ts'
import { leaseSession } from './session-lease.ts'
import { createStartQueue } from './start-queue.ts'
import type { SupervisionOptions } from './supervision-options.ts'
import { createTimers } from './timers.ts'
import { createUpkeep } from './upkeep.ts'
import { createWaiters, type Waiters } from './waiters.ts'

/** One tree at work: what the public handles of a root and of everything below it share. */
export interface Supervision extends EffectHome, IncarnationHome {
  readonly tree: LiveTree
  readonly ports: Ports
  readonly logger: SupervisorLogger | undefined
  readonly dispatch: Dispatch
  readonly lives: Lives
  readonly waiters: Waiters
  readonly publisher: Publisher
  readonly actors: Actors
  readonly incarnations: Incarnations
  readonly residents: Residents<Supervision, HeldChild>
  /** How children come to this tree and leave it alive. */
  readonly moving: Moving<Supervision, HeldChild>
  readonly isPrivate: boolean
  hostRecord(): HostRecord
  /** Registers a child at its place; what is below a nested supervisor comes along. Gives its stream. */
  add(
    parent: string,
    spec: ChildSpec,
    place?: Pick<EventData['child.added'], 'beside' | 'before'>,
  ): { readonly stream: string } | { readonly refused: ErrorCode }
  /** A running tree of its own for a child that is released from this one. */
  found(id: string): Supervision
  /** The view of a child with what only a live tree knows. */
  present(view: ChildView): ChildView
  /** What no log holds of a child's last life. */
  traces(stream: string): Traces
  /** The public handle of a child; one per registration. */
  handleOf(stream: string): HeldChild | undefined
}

/** Makes the public face of a child. */
export type MakeHandle = (place: Place<Supervision>, spec: ChildSpec) => HeldChild

/**
 * Puts a tree together. `makeHandle` knows this module, so this one must not know it.
 */
export function createSupervision(options: SupervisionOptions, makeHandle: MakeHandle): Supervision {
  const { policy, ports, journal, reaper, turns, shutdownTimeoutMs, maxConcurrentStarts, isPrivate = false } = options
  const { clock, random, host } = ports
  const treeId = random.id()
  const tree = createLiveTree(policy)
  const { inherited } = options
  const before = inherited?.resumed ?? resumeLog(tree, journal)
  if (inherited !== undefined) inheritTree(tree, inherited.tree)

  const apply = (input: Input): ErrorCode | undefined => dispatch.apply(input)
  const observe: Supervision['observe'] = (stream, incarnation, input) =>
    void apply({ of: 'child', stream, incarnation, input })
  // A failure over the last event of all can no longer be recorded behind it.
  const subscriberFailed: Supervision['subscriberFailed'] = (stream, source, message) => {
    if (tree.supervisor(ROOT)?.phase !== 'stopped') apply({ of: 'subscriberFailed', stream, source, message })
    else process.emitWarning(`A subscriber of ${source} failed and was unsubscribed: ${message}`, 'BroodWarning')
  }
  const { sinceCheckpoint } = before
  const recorder = createRecorder({ journal, clock, tree, sinceCheckpoint, apply, resume: () => dispatch.resume() })
  const lease = leaseSession(() =>
    host.open({ treeId, report: (report) => void apply({ of: 'reported', stream: ROOT, ...report }) }),
  )
  const residents = createResidents<Supervision, HeldChild>({
    tree,
    home: () => supervision,
    makeHandle,
    forget(stream) {
      effects.forget(stream)
      lives.forget(stream)
      outputs.forget(stream)
    },
  })
  const placeOf = (stream: string): Place<Supervision> | undefined => residents.placeOf(stream)
  const specOf = (stream: string): ChildSpec | undefined => residents.specOf(stream)
  const timers = createTimers(clock)
  const waiters = createWaiters()
  const incarnations = createIncarnations(placeOf)
  const lives = createLives({ lease, now: () => clock.at() })
  const present = liveView((stream) => lives.tail(stream))
  const outputs = createLineOutputs({ logger: options.logger, failed: subscriberFailed })
  const publisher = createPublisher({
    tree,
    recorder,
    reaper,
    waiters,
    incarnations,
    present,
    released: (stream) => residents.left(stream),
    failed: subscriberFailed,
  })
  const mayStart = (): boolean => recorder.mayStart
  const starts = createStartQueue(clock, maxConcurrentStarts, () => dispatch.resume(), mayStart)
  const effects = createEffects({ tree, clock, timers, lives, starts, mayStart, specOf, placeOf, observe })
  const actors = createActors({
    tree,
    owe: (owed) => dispatch.owe(owed),
    ...(options.inspect === undefined ? {} : { inspect: options.inspect }),
    // In a turn of its own: the root's actor is inspected before there is a dispatch.
    failed: (message) => clock.nextTurn(() => subscriberFailed(ROOT, 'inspect', message)),
  })

  const upkeep = createUpkeep({
    tree,
    treeId,
    clock,
    timers,
    reaper,
    lease,
    lives,
    outputs,
    apply,
    shutdownTimeoutMs,
    isPrivate,
  })

  const dispatch = createDispatch({
    turns,
    tree,
    clock,
    random,
    recorder,
    adopted(events, dropped) {
      residents.follow(events, dropped)
      for (const event of events) {
        if (event.type === 'child.released') moving.left(event.stream)
        upkeep.follow(event)
      }
    },
    evolve: (event) => actors.evolve(event),
    evolved: () => actors.evolved(),
    perform: (owed) => effects.perform(owed),
    publish: (events) => publisher.publish(events),
    start: () => starts.drain(),
  })

  const add: Supervision['add'] = (parent, spec, place = {}) =>
    dispatch.turn(() => {
      const nested = spec.kind === 'supervisor' ? { nested: nestedPolicy(spec) } : {}
      const added = residents.expecting({ spec }, () =>
        apply({
          of: 'add',
          parent,
          policy: spec,
          spec: describeSpec(spec),
          fingerprint: fingerprintSpec(spec, treeId),
          ...nested,
          ...place,
        }),
      )
      if (spec.kind !== 'supervisor' || 'refused' in added) return added
      for (const child of spec.children) add(added.stream, child)
      return added
    })

  const parts = { tree, dispatch, residents, lives, effects, incarnations, publisher, waiters, outputs, isPrivate }
  const moving = createMoving(parts)
  const supervision: Supervision = {
    ...parts,
    ports,
    logger: options.logger,
    actors,
    moving,
    add,
    present,
    observe,
    subscriberFailed,
    isProbing: (stream) => tree.child(stream)?.name === 'probing',
    publishLine: (line) => publisher.line(line),
    proofDue: (stream) => effects.proofDue(stream),
    lifeOf: (stream, incarnation) => lives.of(stream, incarnation),
    ready: (stream, incarnation) => observe(stream, incarnation, { kind: 'ready' }),
    traces: (stream) => ({ stderrTail: lives.tail(stream), failure: lives.failure(stream) }),
    hostRecord: () => ({ hostId: host.hostId, treeId, bootId: host.bootId, pid: host.pid }),
    handleOf: (stream) => residents.of(stream)?.handle,
    found(id) {
      const rules: SupervisorPolicy = { id, strategy: 'one-for-one', autoShutdown: 'never', declared: new Set() }
      const { inspect: _inspect, inherited: _inherited, ...rest } = options
      const founded = createSupervision(
        { ...rest, policy: rules, journal: options.spareJournal(), isPrivate: true },
        makeHandle,
      )
      founded.dispatch.apply({ of: 'start', host: founded.hostRecord() })
      return founded
    },
  }
  dispatch.turn(() => {
    if (before.dropped !== undefined) apply({ of: 'degraded', data: before.dropped })
    for (const stream of before.left) apply({ of: 'remove', stream })
  })
  return supervision
}
