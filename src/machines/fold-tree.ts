import type { RecordedEvent } from '../events/event.ts'
import { atRest, newChild, type ChildState } from './child-state.ts'
import { foldChild, isFailure } from './fold-child.ts'
import { foldAwaited, foldSupervisor, settled } from './fold-supervisor.ts'
import { remember } from './limit.ts'
import { baseStream, parentOf } from './stream-name.ts'
import { newSupervisor, type SupervisorState } from './supervisor-state.ts'
import { ROOT, type TreeStore } from './tree.ts'
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
  const { kind, restart, oneShot, significant, limit, strategy = 'one-for-one' } = data
  const slot = owner.roster.length
  const child = newChild({ stream, parent, slot, id, kind, restart, oneShot, significant, limit, at, seq })
  store.setChild(stream, child)
  const base = baseStream(parent, id)
  store.setRegistrations(base, store.registrations(base) + 1)
  if (kind === 'supervisor') store.setSupervisor(stream, newSupervisor(stream, id, parent, strategy, at))
  store.setSupervisor(parent, {
    ...owner,
    ...data.supervisor,
    roster: append(owner.roster, child.view),
    count: owner.count + 1,
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
  if (after.view !== before.view) owner = { ...owner, roster: withSlot(owner.roster, after.slot, after.view) }
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
