import type { Json, RecordedEvent } from '../events/event.ts'
import { atRest, newChild, type ChildState, type LifeOrigin } from './child-state.ts'
import { foldChild, isFailure } from './fold-child.ts'
import { foldRecovery } from './fold-recovery.ts'
import { foldAwaited, foldSupervisor, settled } from './fold-supervisor.ts'
import { remember } from './limit.ts'
import { baseStream, parentOf } from './stream-name.ts'
import { newSupervisor, type SupervisorState } from './supervisor-state.ts'
import { ROOT, type TreeStore } from './tree.ts'
import { append, emptyVector, items, withSlot, type Vector } from './vector.ts'
import type { ChildView } from './view.ts'

/** Takes one event into a tree: the same code for a live tree, for a decision that looks ahead and for a replay. */
export function foldTree(store: TreeStore, event: RecordedEvent): void {
  store.setRevision(event.stream, event.revision)
  switch (event.type) {
    case 'supervisor.started':
    case 'supervisor.stopping':
    case 'supervisor.stopped': {
      const supervisor = store.supervisor(event.stream)
      if (supervisor !== undefined) store.setSupervisor(event.stream, foldSupervisor(supervisor, event))
      return
    }
    case 'supervisor.recovered':
      foldRecovery(store, event)
      return
    case 'child.added':
      addChild(store, event)
      return
    case 'child.replaced':
      swap(store, event)
      return
    default: {
      const child = store.child(event.stream)
      if (child !== undefined) foldIntoChild(store, child, event)
    }
  }
}

function addChild(store: TreeStore, event: RecordedEvent<'child.added'>): void {
  const { stream, data, child: id = '', at, seq } = event
  const parent = parentOf(stream)
  const owner = store.supervisor(parent)
  if (owner === undefined) return
  const { kind, strategy = 'one-for-one', beside = null, adopted } = data
  const slot = beside === null ? owner.roster.length : -1
  const place = { stream, parent, slot, beside }
  const child =
    adopted === undefined ? newChild({ ...place, id, kind, told: data, at, seq }) : adoptedChild(adopted, place, seq)
  store.setChild(stream, child)
  const base = baseStream(parent, id)
  store.setRegistrations(base, store.registrations(base) + 1)
  if (kind === 'supervisor') store.setSupervisor(stream, newSupervisor(stream, id, parent, strategy, at))
  const placed =
    beside === null
      ? { roster: append(owner.roster, child.view), count: owner.count + 1 }
      : { beside: [...owner.beside, stream] }
  const { before } = data
  store.setSupervisor(parent, {
    ...owner,
    ...data.supervisor,
    ...placed,
    ...(before === undefined ? {} : { roster: moveBefore(store, owner.roster, child.view, before) }),
    active: owner.active + (atRest(child) ? 0 : 1),
  })
}

/** A child as it was elsewhere, at home here: nothing of its life is lost, and nobody's start waits for it. */
function adoptedChild(adopted: Json, place: Pick<ChildState, 'stream' | 'parent' | 'slot' | 'beside'>, seq: number) {
  const state = adopted as unknown as ChildState
  const view = Object.freeze({ ...state.view, stream: place.stream })
  return { ...state, ...place, movedBy: seq, awaited: false, view }
}

/** One child stands where another stood, which is left without a place. */
function swap(store: TreeStore, { stream, data }: RecordedEvent<'child.replaced'>): void {
  const [old, next] = [store.child(stream), store.child(data.by)]
  const owner = old === undefined ? undefined : store.supervisor(old.parent)
  if (old === undefined || next === undefined || owner === undefined) return
  store.setChild(next.stream, { ...next, slot: old.slot, beside: null })
  store.setChild(old.stream, { ...old, slot: -1, beside: next.stream })
  store.setSupervisor(owner.stream, {
    ...owner,
    roster: withSlot(owner.roster, old.slot, next.view),
    beside: owner.beside.map((one) => (one === next.stream ? old.stream : one)),
  })
}

function foldIntoChild(store: TreeStore, before: ChildState, event: RecordedEvent): void {
  let after = foldChild(before, event)
  let owner = store.supervisor(before.parent)
  if (owner === undefined || after === before) return

  if (awaitedBy(owner, event)) after = { ...after, awaited: true }
  else if (after.awaited && settled(after, event)) {
    after = { ...after, awaited: false }
    owner = foldAwaited(owner, event.at)
  }
  if (event.type === 'spawn.requested') {
    const origin = originOf(store, event)
    // An adopted life was another host's: what has left its group carries that one's cookie.
    const { origin: last, earlier } = after
    const moved = last !== null && last.hostId !== origin?.hostId
    after = { ...after, origin, earlier: moved ? [...earlier, last] : earlier }
  }
  if (atRest(before) !== atRest(after)) owner = { ...owner, active: owner.active + (atRest(after) ? -1 : 1) }
  if (event.type === 'restart.scheduled' && owner.intensity !== null && isFailure(before, event.data.cause)) {
    owner = { ...owner, history: remember(owner.history, owner.intensity, event.mono) }
  }
  if (after.name === 'removed') {
    remove(store, owner, after)
    return
  }
  if (after.view !== before.view && after.slot >= 0)
    owner = { ...owner, roster: withSlot(owner.roster, after.slot, after.view) }
  store.setChild(after.stream, after)
  store.setSupervisor(owner.stream, owner)
}

function originOf(store: TreeStore, { stream, data }: RecordedEvent<'spawn.requested'>): LifeOrigin | null {
  const host = store.supervisor(ROOT)?.host ?? null
  if (data.lifetime === undefined || host === null) return null
  return { hostId: host.hostId, treeId: host.treeId, stream, lifetime: data.lifetime }
}

/** Whether this event is one of those that `supervisor.started` announced: the start then waits for the child. */
function awaitedBy(owner: SupervisorState, event: RecordedEvent): boolean {
  return (
    owner.phase === 'starting' &&
    event.causedBy === owner.startedSeq &&
    (event.type === 'start.requested' || event.type === 'restart.due')
  )
}

function remove(store: TreeStore, owner: SupervisorState, child: ChildState): void {
  store.dropChild(child)
  if (child.view.kind === 'supervisor') store.setSupervisor(child.stream, undefined)
  if (child.slot < 0) {
    store.setSupervisor(owner.stream, { ...owner, beside: owner.beside.filter((stream) => stream !== child.stream) })
    return
  }
  const roster = withSlot(owner.roster, child.slot, undefined)
  const count = owner.count - 1
  const crowded = roster.length > 64 && roster.length > 2 * count
  store.setSupervisor(owner.stream, { ...owner, count, roster: crowded ? compact(store, roster) : roster })
}

/** The roster with a new child before another one, which moves it and all behind it on by one. */
function moveBefore(store: TreeStore, roster: Vector<ChildView>, added: ChildView, before: string): Vector<ChildView> {
  const views = [...items(roster)].flatMap((view) => (view.stream === before ? [added, view] : [view]))
  return lineUp(store, views.includes(added) ? views : [...views, added])
}

/** Closes the gaps that removed children left, once they outnumber the living: amortised, a removal stays cheap. */
function compact(store: TreeStore, roster: Vector<ChildView>): Vector<ChildView> {
  return lineUp(store, items(roster))
}

/** Gives children their slots in this order. */
function lineUp(store: TreeStore, views: Iterable<ChildView>): Vector<ChildView> {
  let dense: Vector<ChildView> = emptyVector
  for (const view of views) {
    const child = store.child(view.stream)
    if (child === undefined) continue
    store.setChild(view.stream, { ...child, slot: dense.length })
    dense = append(dense, view)
  }
  return dense
}
