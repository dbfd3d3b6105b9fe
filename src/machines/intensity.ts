import type { ChildState } from './child-state.ts'
import { record, type Draft } from './draft.ts'
import { isFailure } from './fold-child.ts'
import { countWithin } from './limit.ts'
import { stopSupervisor } from './shutdown.ts'
import type { SupervisorState } from './supervisor-state.ts'
import { items } from './vector.ts'

/**
 * OTP's intensity: whether one more automatic restart is too many for the supervisor. Then it gives up as a whole:
 * everything is stopped, and it ends `failed`. Restarts that were decided but still wait for their group or their
 * output count as well, or a burst of crashes would pass for none.
 *
 * @see supervisor(3erl), "Restart intensity and period"
 */
export function exceedsIntensity(draft: Draft, owner: SupervisorState, child: ChildState): boolean {
  const limit = owner.intensity
  if (limit === null || limit.restarts === null) return false
  let count = countWithin(owner.history, limit, draft.now.mono)
  for (const view of items(owner.roster)) {
    const sibling = view.state === 'settling' && view.stream !== child.stream ? draft.child(view.stream) : undefined
    if (sibling === undefined || sibling.asked !== null || draft.notes(view.stream).verdict !== 'restart') continue
    if (isFailure(sibling, sibling.ended?.cause ?? 'crash')) count++
  }
  if (count < limit.restarts) return false
  record(draft, owner.stream, 'intensity.exceeded', { ...limit, by: child.stream }, { child: owner.id })
  // Not to be asked again by the stop that follows: it has ended by itself.
  draft.note(child.stream, { verdict: 'rest' })
  stopSupervisor(draft, owner.stream, { cause: 'crash', now: false, outcome: 'failed', by: child.stream })
  return true
}
