import type { Json, RecordedEvent } from '../events/event.ts'
import { atRest, newChild, type ChildState } from './child-state.ts'
import { foldChild, isFailure } from './fold-child.ts'
import { foldAwaited, foldSupervisor, settled } from './fold-supervisor.ts'
import { remember } from './limit.ts'
import { baseStream, parentOf } from './stream-name.ts'
import { newSupervisor, type SupervisorState } from './supervisor-state.ts'
import type { TreeStore } from './tree.ts'
import { append, items, withSlot, type Vector } from './vector.ts'
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
  const { kind, restart, oneShot, significant, limit, strategy = 'one-for-one', beside = null, adopted } = data
  const slot = beside === null ? owner.roster.length : -1
  const place = { stream, parent, slot, beside }
  const child =
    adopted === undefined
      ? newChild({ ...place, id, kind, restart, oneShot, significant, limit, at, seq })
      : adoptedChild(adopted, place, seq)
  store.setChild(stream, child)
  const base = baseStream(parent, id)
  store.setRegistrations(base, store.registrations(base) + 1)
  if (kind === 'supervisor') store.setSupervisor(stream, newSupervisor(stream, id, parent, strategy, at))
  const placed =
    beside === null
      ? { roster: append(owner.roster, child.view), count: owner.count + 1 }
      : { beside: [...owner.beside, stream] }
  store.setSupervisor(parent, {
    ...owner,
    ...data.supervisor,
    ...placed,
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

/** Closes the gaps that removed children left, once they outnumber the living: amortised, a removal stays cheap. */
function compact(store: TreeStore, roster: Vector<ChildView>): Vector<ChildView> {
  let dense: Vector<ChildView> = { length: 0, chunks: [] }
  for (const view of items(roster)) {
    const child = store.child(view.stream)
    if (child === undefined) continue
    store.setChild(view.stream, { ...child, slot: dense.length })
    dense = append(dense, view)
  }
  return dense
}
