import type { RecordedEvent } from '../events/event.ts'
import { childEnded } from './auto-shutdown.ts'
import type { ChildState } from './child-state.ts'
import type { Draft } from './draft.ts'
import { forget, mayBeForgotten } from './forget.ts'
import { linksOf } from './links.ts'
import {
  nestedMayBeReady,
  nestedMayRest,
  nestedStopped,
  passLadder,
  restsAbove,
  spawnNested,
  waitsBelow,
} from './nested.ts'
import { leaveRegroup } from './regroup.ts'
import { readyToReplace, replacementRested } from './replace.ts'
import { settle } from './settle.ts'
import { continueStop, concludeStop } from './shutdown.ts'
import { proceed, proceedDependants } from './waiting.ts'

/**
 * What follows from a fact for the rest of the tree. Facts are gone through in the order in which they were stated, and
 * what follows from one is stated behind the last: the batch is its own queue, and ends when nothing follows any more.
 */
export function cascade(draft: Draft): void {
  for (let i = 0; i < draft.events.length; i++) {
    const event = draft.events[i]
    if (event === undefined) break
    draft.answering = event.seq
    follow(draft, event)
  }
}

function follow(draft: Draft, event: RecordedEvent): void {
  const child = draft.child(event.stream)
  switch (event.type) {
    case 'supervisor.started':
      return nestedMayBeReady(draft, event.stream)
    case 'supervisor.stopped':
      return nestedStopped(draft, event.stream)
    case 'child.removed':
    case 'child.released':
      return removed(draft, event)
    default:
      if (child !== undefined) followChild(draft, child, event)
  }
}

function followChild(draft: Draft, child: ChildState, event: RecordedEvent): void {
  switch (event.type) {
    case 'start.requested':
    case 'restart.due':
      return proceed(draft, child.stream)
    case 'spawn.requested':
      if (child.view.kind === 'supervisor') spawnNested(draft, child)
      return
    case 'process.spawned':
      return proceedDependants(draft, child)
    case 'child.ready':
      if (!child.oneShot) readyToReplace(draft, child)
      proceedDependants(draft, child)
      return nestedMayBeReady(draft, child.parent)
    case 'stop.requested':
      // Its group will not wait for it, nor take it along.
      leaveRegroup(draft, child.stream, child.parent)
      return waitsBelow(draft, child) ? undefined : settle(draft, child.stream)
    case 'restart.requested':
      // Where there is nothing to stop, the child has settled already.
      return waitsBelow(draft, child) ? undefined : settle(draft, child.stream)
    case 'splay.elapsed':
    case 'killTimeout.elapsed':
      if (child.view.kind === 'supervisor') passLadder(draft, child)
      return
    case 'child.stopped':
      return stopped(draft, child)
    default:
  }
}

function stopped(draft: Draft, child: ChildState): void {
  leaveRegroup(draft, child.stream, child.parent)
  if (child.name !== 'stopped') return
  restsAbove(draft, child)
  if (child.oneShot && child.view.outcome === 'exited') readyToReplace(draft, child)
  childEnded(draft, child)
  proceedDependants(draft, child)
  nestedMayBeReady(draft, child.parent)
  nestedMayRest(draft, child.parent)
  continueStop(draft, child)
  const rested = draft.child(child.stream)
  // Before its supervisor may end: nothing follows that.
  if (rested !== undefined && draft.notes(child.stream).removing && mayBeForgotten(draft, rested)) forget(draft, rested)
  else if (rested !== undefined) replacementRested(draft, rested)
  concludeStop(draft, child.parent)
}

/** A removed or released child is gone from the draft: those that waited for it are found by its id. */
function removed(draft: Draft, event: RecordedEvent): void {
  const parent = draft.tree.child(event.stream)?.parent
  if (parent === undefined || event.child === undefined) return
  leaveRegroup(draft, event.stream, parent)
  for (const stream of linksOf(draft, parent).dependants.get(event.child) ?? []) proceed(draft, stream)
  nestedMayBeReady(draft, parent)
  // Alive as it may be, here nobody waits for its end any more.
  const last = draft.dropped.find(({ stream }) => stream === event.stream)
  if (last !== undefined && event.type === 'child.released') continueStop(draft, last)
  concludeStop(draft, parent)
}
