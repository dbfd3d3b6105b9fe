import type { ChildState } from './child-state.ts'
import { recordOf, type Draft } from './draft.ts'
import { forget, mayBeForgotten } from './forget.ts'
import type { ChildNotes } from './live-tree.ts'

/** From here on the id means the other, which stands where this one stood. */
export function stepAside(draft: Draft, old: ChildState, by: string): void {
  recordOf(draft, old, 'child.replaced', { by })
  draft.successors.set(old.stream, by)
}

/** Nothing comes of a replacement: the old one stays, the new one is forgotten as soon as it rests. */
export function callOff(draft: Draft, next: ChildState): void {
  const { replaces } = draft.notes(next.stream)
  if (replaces !== null) draft.note(replaces, { replacement: null })
  draft.note(next.stream, { replaces: null, removing: true })
  if (mayBeForgotten(draft, next)) forget(draft, next)
}

/** The one that is to replace this child, if any. */
export function replacementOf(draft: Draft, stream: string): ChildState | undefined {
  const { replacement } = draft.notes(stream)
  return replacement === null ? undefined : draft.child(replacement.by)
}

/** Whether a child is on its way out, or two registrations of its id are: then nothing is begun with it. */
export function isGivenAway({ removing, replacement, replaces }: ChildNotes): boolean {
  return removing || replacement !== null || replaces !== null
}

/** Whether somebody who waits for this child is to wait for the one that takes its place. */
export function makesRoom(draft: Draft, child: ChildState): boolean {
  return draft.notes(child.stream).replacement?.order === 'stop-first'
}
