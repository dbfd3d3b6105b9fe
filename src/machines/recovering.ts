import type { ChildState } from './child-state.ts'
import type { Draft } from './draft.ts'
import { ROOT } from './tree.ts'

/** Whether the tree was recovered and waits for its start: until then nothing begins, and no exit is judged. */
export function isRecovering(draft: Draft): boolean {
  const root = draft.supervisor(ROOT)
  return root?.phase === 'initial' && root.recovered !== null
}

/** Whether a child came to its end after its host did: nobody can say that it failed. */
export function endedSinceRecovery(draft: Draft, child: ChildState): boolean {
  return child.movedBy > (draft.supervisor(ROOT)?.recovered?.seq ?? Infinity)
}

/** Whether a settling child is to be begun again by the start of a recovered tree. */
export function willResume(draft: Draft, child: ChildState): boolean {
  if (child.asked?.recovered === true) return true
  if (!isRecovering(draft)) return false
  return child.asked === null ? draft.notes(child.stream).verdict === 'restart' : child.asked.kind === 'restart'
}
