import type { ErrorCode } from '../errors.ts'
import type { ChildState } from './child-state.ts'
import { recordOf, type Draft } from './draft.ts'
import { settle } from './settle.ts'
import { isGivenAway } from './succession.ts'
import { proceed } from './waiting.ts'

/** Forgets a child without stopping it. What it has become goes on elsewhere, in the log of whoever adopts it. */
export function release(draft: Draft, child: ChildState): ErrorCode | undefined {
  if (child.view.kind === 'supervisor') return 'ERR_UNSUPPORTED'
  if (isGivenAway(draft.notes(child.stream))) return 'ERR_CHILD_STOPPING'
  recordOf(draft, child, 'child.released', {})
  return undefined
}

/** A child that came from elsewhere goes on from where it was: what it waited for there is not waited for here. */
export function settleIn(draft: Draft, child: ChildState): void {
  const { held } = draft.notes(child.stream)
  draft.note(child.stream, { held: null })
  draft.answering = child.movedBy
  switch (child.name) {
    case 'waiting':
      return proceed(draft, child.stream)
    case 'settling':
      return settle(draft, child.stream)
    case 'backingOff':
      // Its delay was over, and it stood ready for a group to begin with.
      if (held === 'ready') recordOf(draft, child, 'restart.due', { cause: child.ended?.cause ?? 'crash' })
      return
    default:
  }
}
