import { ROOT } from '../machines/tree.ts'
import { refusal } from './child-error.ts'
import type { Supervision } from './supervision.ts'

/**
 * Moves a living child below a supervisor of another tree: one turn of all trees, in which it leaves and arrives. `beside`: the sibling in whose place it is put.
 * @throws {BroodError} why it cannot leave, before anything has happened
 */
export function moveChild(
  from: Supervision,
  stream: string,
  to: () => Supervision,
  parent: string,
  beside?: string,
): void {
  from.dispatch.turn(() => {
    const id = from.tree.child(stream)?.view.id ?? stream
    const state = from.tree.child(stream)?.view.state ?? 'removed'
    const leaving = from.moving.letGo(stream)
    if ('refused' in leaving) throw refusal(leaving.refused, 'release', id, state)
    const home = to()
    home.dispatch.turn(() => home.moving.takeIn(parent, leaving, beside))
  })
}

/** Moves a child into a tree of its own, where nobody stops it but its handle. */
export function setFree(from: Supervision, stream: string): void {
  const id = from.tree.child(stream)?.view.id ?? stream
  moveChild(from, stream, () => from.found(id), ROOT)
}
