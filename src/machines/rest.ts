import type { Failure, Outcome } from '../events/event.ts'
import type { Exit } from '../events/exit.ts'
import { isCallersAttempt, type ChildState } from './child-state.ts'
import { recordOf, type Draft } from './draft.ts'
import type { ChildPolicy } from './policy.ts'
import { willResume } from './recovering.ts'
import { items } from './vector.ts'
import { isSuccess } from './verdict.ts'

/** Records that a child came to rest, and as what. */
export function rest(draft: Draft, child: ChildState, policy: ChildPolicy): void {
  const ended = child.ended === null ? {} : { exit: child.ended }
  if (willResume(draft, child) && !holdsUnkillable(draft, child.stream)) {
    recordOf(draft, child, 'child.stopped', { outcome: 'failed', ...ended, error: hostEnded(child), recovered: true })
    return
  }
  const outcome = outcomeOf(draft, child, policy)
  const failed = outcome === 'failed' || outcome === 'startFailed'
  const error = failed ? { error: child.failure ?? nestedFailure(draft, child) ?? failureOf(child, policy) } : {}
  recordOf(draft, child, 'child.stopped', { outcome, ...ended, ...error })
}

/** Why a child rests that its owner wants up. */
export const hostEnded = ({ view }: ChildState): Failure => ({
  code: 'ERR_ABORTED',
  message: `"${view.id}" was up, or on its way, when its host ended`,
})

/** What could not be killed is gone after all: its second, truthful end, which ends a restart under way as well. */
export function restLate(draft: Draft, child: ChildState): void {
  recordOf(draft, child, 'child.stopped', {
    outcome: 'stopped',
    ...(child.ended === null ? {} : { exit: child.ended }),
  })
}

function outcomeOf(draft: Draft, child: ChildState, policy: ChildPolicy): Outcome {
  if (holdsUnkillable(draft, child.stream)) return 'unkillable'
  if (child.asked?.kind === 'stop') return child.asked.cause === 'abort' ? 'aborted' : 'stopped'
  const { ended } = child
  // A one-shot that succeeded before anybody heard that it was ready has done what it was started for.
  const succeeded = ended !== null && ended.cause !== 'timeout' && isSuccess(policy.restart, ended)
  if (succeeded && (child.readyMono !== null || policy.oneShot)) return 'exited'
  return isCallersAttempt(child) && (ended === null || !policy.oneShot) ? 'startFailed' : 'failed'
}

/** A nested supervisor is not truly at rest while something below it is alive that nobody could kill. */
export function holdsUnkillable(draft: Draft, stream: string): boolean {
  const nested = draft.supervisor(stream)
  if (nested === undefined) return false
  for (const view of items(nested.roster)) if (view.outcome === 'unkillable') return true
  return false
}

/** A nested supervisor fails for the reason its child did. */
function nestedFailure(draft: Draft, child: ChildState): Failure | undefined {
  const by = draft.supervisor(child.stream)?.ending?.by
  return by === undefined ? undefined : (draft.child(by)?.failure ?? undefined)
}

function failureOf(child: ChildState, policy: ChildPolicy): Failure {
  const { id } = child.view
  const how = child.ended === null || child.view.kind === 'task' ? 'ended' : describe(child.ended)
  if (child.readyMono === null && !policy.oneShot) {
    return { code: 'ERR_EXITED_BEFORE_READY', message: `"${id}" ${how} before it was ready` }
  }
  return { code: 'ERR_NONZERO_EXIT', message: `"${id}" ${how}` }
}

function describe({ code, signal }: Exit): string {
  if (signal !== null) return `was ended by ${signal}`
  return code === null ? 'ended, nobody knows how,' : `exited with code ${code}`
}
