import type { Exit } from '../events/exit.ts'
import { backoffDelay } from './backoff.ts'
import { isCallersAttempt, type ChildState } from './child-state.ts'
import { inAnswer, recordOf, type Draft } from './draft.ts'
import { isFailure } from './fold-child.ts'
import { countWithin, recordLimit } from './limit.ts'
import type { ChildPolicy } from './policy.ts'
import { exceedsIntensity } from './intensity.ts'
import { endedSinceRecovery, isRecovering, willResume } from './recovering.ts'
import { beginRegroup, readyToBegin } from './regroup.ts'
import { holdsUnkillable, rest, restLate } from './rest.ts'
import { typeRestarts } from './verdict.ts'

/**
 * Judges an end that nobody asked for, in the order of the rules: restart type and exit sets, the caller's answer, the
 * child's own limit, the supervisor's intensity. A refusal ends the judging; asking suspends it.
 */
export function judge(draft: Draft, stream: string, answer?: boolean | null): void {
  const child = draft.child(stream)
  const policy = draft.tree.policies.get(stream)
  const owner = child === undefined ? undefined : draft.supervisor(child.parent)
  if (child === undefined || policy === undefined || owner === undefined) return
  const exit = child.ended
  const recovering = isRecovering(draft)
  // A life that its host's end has ended is no failure of the child.
  if (recovering && endedSinceRecovery(draft, child)) return restart(draft, child)
  const stopping = owner.phase === 'stopping' || owner.phase === 'stopped'
  if (stopping || child.abandoned || isCallersAttempt(child) || !typeRestarts(policy.restart, exit)) {
    return giveUp(draft, child)
  }
  if (policy.restart.onUnexpectedExit !== undefined && exit !== null && answer === undefined && !recovering) {
    draft.note(stream, { verdict: 'asking' })
    return
  }
  if (answer === false) return giveUp(draft, child)

  const cause = causeOf(child)
  if (isFailure(child, cause)) {
    const limit = recordLimit(policy.restart.limit)
    if (limit.restarts !== null && countWithin(child.history, limit, draft.now.mono) >= limit.restarts) {
      recordOf(draft, child, 'restart.abandoned', limit)
      return giveUp(draft, child)
    }
    if (!recovering && exceedsIntensity(draft, owner, child)) return giveUp(draft, child)
  }
  restart(draft, child)
}

function restart(draft: Draft, child: ChildState): void {
  draft.note(child.stream, { verdict: 'restart' })
  if (!isRecovering(draft)) beginRegroup(draft, child)
  settle(draft, child.stream)
}

function giveUp(draft: Draft, child: ChildState): void {
  draft.note(child.stream, { verdict: 'rest' })
  settle(draft, child.stream)
}

/** A life that never began failed like a crash. */
function causeOf(child: ChildState): Exit['cause'] {
  return child.ended?.cause ?? 'crash'
}

/**
 * Goes on from `settling` once everything it waits for is there: the exit, the empty group, the output, the policy's
 * answer, and for a child that comes to rest the sweep.
 */
export function settle(draft: Draft, stream: string): void {
  const child = draft.child(stream)
  const policy = draft.tree.policies.get(stream)
  if (child === undefined || policy === undefined || child.name !== 'settling') return
  const notes = draft.notes(stream)
  if (!notes.gone || !notes.drained) return
  if (child.view.outcome === 'unkillable') {
    if (notes.unswept === 0) restLate(draft, child)
    return
  }
  if (holdsUnkillable(draft, stream)) {
    // Its next life would begin theirs a second time.
    rest(draft, child, policy)
  } else if (willResume(draft, child)) {
    if (notes.unswept === 0) rest(draft, child, policy)
  } else if (child.asked?.kind === 'restart') {
    if (readyToBegin(draft, child)) recordOf(draft, child, 'restart.due', { cause: child.asked.cause })
  } else if (child.asked?.kind === 'stop') {
    if (notes.unswept === 0) rest(draft, child, policy)
  } else if (notes.verdict === 'restart') {
    scheduleRestart(draft, child, policy)
  } else if (notes.verdict === 'rest' && notes.unswept === 0) {
    rest(draft, child, policy)
  }
}

function scheduleRestart(draft: Draft, child: ChildState, policy: ChildPolicy): void {
  const healthy = child.readyMono !== null && child.endedMono - child.readyMono >= policy.restart.resetAfterMs
  const attempt = healthy ? 0 : child.attempt
  const delayMs = backoffDelay(policy.restart.backoff, attempt, draft.random())
  const cause = causeOf(child)
  recordOf(draft, child, 'restart.scheduled', { delayMs, attempt, cause })
  if (delayMs > 0) return
  inAnswer(draft, () => {
    const scheduled = draft.child(child.stream)
    if (scheduled !== undefined && readyToBegin(draft, scheduled)) recordOf(draft, scheduled, 'restart.due', { cause })
  })
}
