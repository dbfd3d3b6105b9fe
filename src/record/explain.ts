import { BroodError } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import { atRest, type ChildState } from '../machines/child-state.ts'
import type { SupervisorState } from '../machines/supervisor-state.ts'
import { ROOT, type Tree } from '../machines/tree.ts'
import type { PublicState } from '../machines/view.ts'
import { rulesOf } from './invariants/rules.ts'
import { foldLog } from './replay.ts'
import { tellState } from './tell-state.ts'
import { tellSupervisor } from './tell-supervisor.ts'
import { traceCauses } from './trace-causes.ts'

/** Why a child or a supervisor is in the state it is in. */
export interface Explanation {
  readonly state: PublicState
  /** In plain words. */
  readonly summary: string
  /** The events that led here, the cause before what it caused. */
  readonly chain: readonly RecordedEvent[]
}

/**
 * Explains a child or a supervisor from a log alone. `streamOrId`: a stream (`/` is the root), or an id: of a child of
 * the root first, then of any child below it, then of the root itself; of several registrations the last is meant, and
 * one that was removed where there is no other.
 *
 * @throws {BroodError} ERR_CHILD_NOT_FOUND; ERR_INVALID_STATE for a log that begins with neither seq 1 nor a checkpoint
 */
export function explain(events: Iterable<RecordedEvent>, streamOrId: string): Explanation {
  const log = [...events]
  const removed = new Map<string, ChildState>()
  const tree = foldLog(log, Infinity, (last) => void removed.set(last.stream, last))
  const children = [...removed.values(), ...tree.children.values()]
  const child =
    tree.child(streamOrId) ??
    removed.get(streamOrId) ??
    children.findLast((each) => each.parent === ROOT && each.view.id === streamOrId) ??
    children.findLast((each) => each.view.id === streamOrId)
  if (child !== undefined) return explainChild(log, child, tree)
  const root = tree.supervisor(ROOT)
  if (root !== undefined && (streamOrId === ROOT || streamOrId === root.id)) return explainSupervisor(log, root)
  throw new BroodError('ERR_CHILD_NOT_FOUND', `No child "${streamOrId}" in this log`, { child: streamOrId })
}

export function explainChild(log: readonly RecordedEvent[], child: ChildState, tree?: Tree): Explanation {
  const chain = traceCauses(log, child.movedBy)
  const missing = child.name === 'waiting' && tree !== undefined ? awaited(log, child, tree) : []
  return { state: child.view.state, summary: tellState(child, chain, missing), chain }
}

export function explainSupervisor(log: readonly RecordedEvent[], supervisor: SupervisorState): Explanation {
  const { stream, phase } = supervisor
  const last = log.findLast((event) => event.stream === stream && event.type.startsWith('supervisor.'))
  const chain = traceCauses(log, last?.seq ?? 0)
  return { state: phase, summary: tellSupervisor(supervisor, chain), chain }
}

/** The siblings that a waiting child is `after` and that are not up. */
function awaited(log: readonly RecordedEvent[], child: ChildState, tree: Tree): readonly string[] {
  const added = log.findLast((event) => event.type === 'child.added' && event.stream === child.stream)
  const after = added?.type === 'child.added' ? rulesOf(added.data)?.after : undefined
  const siblings = new Map<string, ChildState>()
  for (const other of tree.children.values()) if (other.parent === child.parent) siblings.set(other.view.id, other)
  return [...(after?.keys() ?? [])].filter((id) => {
    const sibling = siblings.get(id)
    return sibling === undefined || (!sibling.view.ready && !(atRest(sibling) && sibling.view.outcome === 'exited'))
  })
}
