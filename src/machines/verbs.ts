import type { ErrorCode } from '../errors.ts'
import type { ChildState } from './child-state.ts'
import { inAnswer, recordOf, type Draft } from './draft.ts'
import type { ChildCommand } from './input.ts'
import { ask, canBeKilled } from './ladder.ts'
import { isUpBelow, stopSupervisor } from './shutdown.ts'
import { items } from './vector.ts'

type Stop = Extract<ChildCommand, { readonly kind: 'stop' }>
type Restart = Extract<ChildCommand, { readonly kind: 'restart' }>

export function start(draft: Draft, child: ChildState): void {
  recordOf(draft, child, 'start.requested', {})
}

/** A stop that begins something: the ladder where there is a process, the settling where there is none. */
export function stop(draft: Draft, child: ChildState, { kind: _kind, ...asking }: Stop): void {
  ask(draft, child, 'stop.requested', asking)
}

/** A stop of a child that is stopping already: takes over from a restart or a timeout, joins a stop, and can hurry it. */
export function stopAgain(draft: Draft, child: ChildState, command: Stop): void {
  const hurries = command.now && child.name !== 'killing'
  if (child.asked?.kind !== 'stop' || hurries) stop(draft, child, command)
}

/** The same while settling, where to hurry means to kill what is left of the group. */
export function stopSettling(draft: Draft, child: ChildState, command: Stop): void {
  const hurries = command.now && canBeKilled(draft, child.stream)
  if (child.asked?.kind !== 'stop' || hurries) stop(draft, child, command)
}

/** What could not be killed is sent one more SIGKILL; what rests already has nothing to add. */
export function stopResting(draft: Draft, child: ChildState, command: Stop): void {
  if (isUpBelow(draft, child)) {
    const { now, cause, reason } = command
    stopSupervisor(draft, child.stream, { now, cause, outcome: 'stopped', ...(reason === undefined ? {} : { reason }) })
    return
  }
  if (child.view.outcome !== 'unkillable') return
  const below = draft.supervisor(child.stream)
  for (const view of below === undefined ? [] : items(below.roster)) {
    const member = draft.child(view.stream)
    if (member !== undefined) stopResting(draft, member, command)
  }
  // A nested supervisor has nothing to signal itself.
  if (below !== undefined) return
  const { cause, reason } = command
  ask(draft, child, 'stop.requested', { now: true, cause, ...(reason === undefined ? {} : { reason }) })
}

export function restart(draft: Draft, child: ChildState, { now, cause, reason }: Restart): void {
  ask(draft, child, 'restart.requested', { now, cause, ...(reason === undefined ? {} : { reason }) })
}

/** The last command wins: a restart overtakes a stop or a timeout, joins a restart, and can hurry it. */
export function restartAgain(draft: Draft, child: ChildState, command: Restart): void {
  const hurries = command.now && child.name !== 'killing'
  if (child.asked?.kind !== 'restart' || hurries) restart(draft, child, command)
}

export function restartSettling(draft: Draft, child: ChildState, command: Restart): ErrorCode | undefined {
  // Dead at last, and not yet proven gone.
  if (child.view.outcome === 'unkillable') return 'ERR_INVALID_STATE'
  const hurries = command.now && canBeKilled(draft, child.stream)
  if (child.asked?.kind !== 'restart' || hurries) restart(draft, child, command)
  return undefined
}

export function restartResting(draft: Draft, child: ChildState, command: Restart): ErrorCode | undefined {
  if (child.view.outcome === 'unkillable') return 'ERR_INVALID_STATE'
  const { cause, now, reason } = command
  ask(draft, child, 'restart.requested', { now, cause, ...(reason === undefined ? {} : { reason }) })
  inAnswer(draft, () => recordOf(draft, child, 'restart.due', { cause }))
  return undefined
}
