import { atRest, type ChildState } from './child-state.ts'
import { recordOf, type Draft } from './draft.ts'
import { members } from './supervisor-state.ts'

/**
 * Whether a child and everything below it rests. A nested supervisor rests as soon as nothing below it can be killed
 * any more; and what dies after all is not at rest again before that is proven.
 */
export function mayBeForgotten(draft: Draft, child: ChildState): boolean {
  if (!atRest(child)) return false
  const nested = draft.supervisor(child.stream)
  for (const stream of nested === undefined ? [] : members(nested)) {
    const below = draft.child(stream)
    if (below !== undefined && !mayBeForgotten(draft, below)) return false
  }
  return true
}

/** Removes a child that rests; a nested supervisor takes what is below it along, innermost first. */
export function forget(draft: Draft, child: ChildState): void {
  const nested = draft.supervisor(child.stream)
  for (const stream of nested === undefined ? [] : members(nested)) {
    const below = draft.child(stream)
    if (below !== undefined) forget(draft, below)
  }
  recordOf(draft, child, 'child.removed', {})
}
