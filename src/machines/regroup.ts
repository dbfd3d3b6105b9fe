import type { ChildState } from './child-state.ts'
import { recordOf, type Draft } from './draft.ts'
import { ask } from './ladder.ts'
import { dependants, linksOf } from './links.ts'
import type { Regroup } from './live-tree.ts'
import { at, emptyVector } from './vector.ts'

/**
 * Strategies: when a child that failed will be restarted, the siblings that belong to its group are brought down in
 * reverse order and held; when the last is down and the failed one's delay is over, all begin again in one batch.
 */
export function beginRegroup(draft: Draft, failed: ChildState): void {
  const { strategy } = linksOf(draft, failed.parent).policy
  if (strategy === 'one-for-one') return
  const known = draft.regroup(failed.parent) ?? { members: [], pending: 0 }
  const taken = siblings(draft, failed, strategy === 'rest-for-one')
  const joining = [failed, ...taken].filter(({ stream }) => draft.notes(stream).held === null)
  for (const { stream } of joining) draft.note(stream, { held: 'pending' })
  draft.setRegroup(failed.parent, {
    members: [...known.members, ...joining.map(({ stream }) => stream)],
    pending: known.pending + joining.length,
  })
  // One that failed before is down already: from here on the delay of this failure is the one that counts.
  for (const sibling of taken) {
    if (sibling.name === 'backingOff') ask(draft, sibling, 'restart.requested', { now: false, cause: 'strategy' })
  }
  askDown(draft, failed.parent)
}

function siblings(draft: Draft, failed: ChildState, onlyRight: boolean): ChildState[] {
  const { roster } = draft.supervisor(failed.parent) ?? { roster: emptyVector }
  const found: ChildState[] = []
  for (let slot = onlyRight ? failed.slot + 1 : 0; slot < roster.length; slot++) {
    const view = at(roster, slot)
    const sibling = view === undefined ? undefined : draft.child(view.stream)
    if (sibling !== undefined && sibling !== failed && belongs(draft, sibling)) found.push(sibling)
  }
  return found
}

function belongs(draft: Draft, sibling: ChildState): boolean {
  switch (sibling.name) {
    case 'waiting':
    case 'spawning':
    case 'probing':
    case 'running':
    case 'backingOff':
      return true
    case 'settling':
      return sibling.asked === null
        ? draft.notes(sibling.stream).verdict === 'restart'
        : sibling.asked.kind === 'restart'
    default:
      return false
  }
}

/** Asks each member down as soon as those that depend on it are down. */
function askDown(draft: Draft, supervisor: string): void {
  for (const stream of draft.regroup(supervisor)?.members ?? []) {
    const member = draft.child(stream)
    if (member === undefined || draft.notes(stream).held !== 'pending' || !isUp(member)) continue
    if (dependants(draft, member).every((other) => draft.notes(other.stream).held === null || isDown(draft, other))) {
      ask(draft, member, 'restart.requested', { now: false, cause: 'strategy' })
    }
  }
}

const isUp = ({ name, asked }: ChildState): boolean =>
  name === 'waiting' ||
  name === 'spawning' ||
  name === 'probing' ||
  name === 'running' ||
  (name === 'backingOff' && asked !== null)

function isDown(draft: Draft, member: ChildState): boolean {
  return member.name === 'backingOff' || (member.name === 'settling' && draft.notes(member.stream).gone)
}

/**
 * Whether a child may begin its next life: at once if no group holds it; else it is one fewer to wait for, and with the
 * last of them the whole group begins (this child among them).
 */
export function readyToBegin(draft: Draft, child: ChildState): boolean {
  const { held } = draft.notes(child.stream)
  if (held === null) return true
  const regroup = draft.regroup(child.parent)
  if (held === 'ready' || regroup === undefined) return false
  draft.note(child.stream, { held: 'ready' })
  conclude(draft, child.parent, { ...regroup, pending: regroup.pending - 1 })
  return false
}

/** A member came to rest, or is no more: the group goes on without it. */
export function leaveRegroup(draft: Draft, stream: string, supervisor: string): void {
  const { held } = draft.notes(stream)
  const regroup = draft.regroup(supervisor)
  if (held === null || regroup === undefined) return
  draft.note(stream, { held: null })
  conclude(draft, supervisor, {
    members: regroup.members.filter((member) => member !== stream),
    pending: regroup.pending - (held === 'pending' ? 1 : 0),
  })
}

/** The supervisor stops: nobody begins again. */
export function dropRegroup(draft: Draft, supervisor: string): void {
  for (const stream of draft.regroup(supervisor)?.members ?? []) draft.note(stream, { held: null })
  draft.setRegroup(supervisor, undefined)
}

function conclude(draft: Draft, supervisor: string, regroup: Regroup): void {
  if (regroup.pending > 0) {
    draft.setRegroup(supervisor, regroup)
    askDown(draft, supervisor)
    return
  }
  draft.setRegroup(supervisor, undefined)
  for (const stream of regroup.members) draft.note(stream, { held: null })
  for (const stream of regroup.members) {
    const member = draft.child(stream)
    // One that was asked to stop in the same turn goes to its rest.
    if (member === undefined || member.asked?.kind === 'stop') continue
    if (member.name === 'settling' || member.name === 'backingOff') {
      recordOf(draft, member, 'restart.due', { cause: member.asked?.cause ?? member.ended?.cause ?? 'strategy' })
    }
  }
}
