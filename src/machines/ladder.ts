import type { AskedLadderData, LadderData } from '../events/event.ts'
import type { Cause } from '../events/exit.ts'
import type { ChildState } from './child-state.ts'
import { inAnswer, recordOf, type Draft } from './draft.ts'
import type { StopPolicy } from './policy.ts'

/** Infinity as JSON can hold it. */
const never = (ms: number): number | null => (ms === Infinity ? null : ms)

/** Draws the splay and fixes the grace: from here on the ladder is data. */
export function drawLadder(draft: Draft, stop: StopPolicy, now: boolean): LadderData {
  const { signal, stages } = stop
  if (now) return { signal, splayMs: 0, killTimeoutMs: 0 }
  const splayMs = drawSplay(stop.splayMs, draft.random)
  return { signal, splayMs, killTimeoutMs: never(stop.killTimeoutMs), ...(stages === undefined ? {} : { stages }) }
}

/** Uniform in [0, `mostMs`], both ends included, though chance never says 1. Of nothing nothing is drawn. */
export function drawSplay(mostMs: number, random: () => number): number {
  return mostMs === 0 ? 0 : Math.min(mostMs, Math.floor(random() * (mostMs + 1)))
}

export interface Asking {
  readonly now: boolean
  readonly cause: Cause
  readonly reason?: string
  readonly recovered?: true
}

export function askedLadder(draft: Draft, stop: StopPolicy, asking: Asking): AskedLadderData {
  const { now, cause, reason, recovered } = asking
  return {
    ...drawLadder(draft, stop, now),
    cause,
    now,
    ...(reason === undefined ? {} : { reason }),
    ...(recovered === undefined ? {} : { recovered }),
  }
}

/**
 * Climbs as far as no time has to pass: a splay of 0 is over at once, and `now` is at the top at once. The rungs that
 * are passed in one batch owe nothing: their signals are no longer due when effects run.
 */
export function climb(draft: Draft, stream: string, now: boolean): void {
  let child = draft.child(stream)
  if (child?.name === 'splaying' && (now || child.ladder?.splayMs === 0)) {
    recordOf(draft, child, 'splay.elapsed', {})
    child = draft.child(stream)
  }
  // What a dead leader left in its group has a grace, too, that can be cut.
  const isGraced = child?.name === 'terminating' || (child?.name === 'settling' && canBeKilled(draft, stream))
  if (child !== undefined && isGraced && now) graceOver(draft, child)
}

/** Whether the dead leader's group is there, and has not had its SIGKILL yet: each is sent one. */
export function canBeKilled(draft: Draft, stream: string): boolean {
  const { gone, killed } = draft.notes(stream)
  return !gone && !killed
}

/** The grace is over, by its time or by somebody's haste. */
export function graceOver(draft: Draft, child: ChildState): void {
  draft.note(child.stream, { killed: true })
  recordOf(draft, child, 'killTimeout.elapsed', {})
}

/** Records who asked for what, and begins the ladder where there is something to stop. */
export function ask(
  draft: Draft,
  child: ChildState,
  what: 'stop.requested' | 'restart.requested',
  asking: Asking,
): void {
  const stop = draft.tree.policies.get(child.stream)?.stop
  if (stop === undefined) return
  recordOf(draft, child, what, askedLadder(draft, stop, asking))
  inAnswer(draft, () => climb(draft, child.stream, asking.now))
}
