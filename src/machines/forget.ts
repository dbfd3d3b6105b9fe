import type { ChildState } from './child-state.ts'
import { recordOf, type Draft } from './draft.ts'
import { items } from './vector.ts'

/** Removes a child that rests; a nested supervisor takes what is below it along, innermost first. */
export function forget(draft: Draft, child: ChildState): void {
  const nested = draft.supervisor(child.stream)
  for (const view of nested === undefined ? [] : items(nested.roster)) {
    const below = draft.child(view.stream)
    if (below !== undefined) forget(draft, below)
  }
  recordOf(draft, child, 'child.removed', {})
}
