import type { Cause } from '../events/exit.ts'
import type { ChildState } from './child-state.ts'
import { recordOf, type Draft } from './draft.ts'
import { forget } from './forget.ts'
import { exited, ready, spawned, spawnFailed } from './life.ts'
import { isRecovering } from './recovering.ts'
import { holdsUnkillable } from './rest.ts'
import { settle } from './settle.ts'
import { isUpBelow, stopSupervisor } from './shutdown.ts'
import { startSupervisor } from './startup.ts'
import { emptyVector, items } from './vector.ts'

/** A nested supervisor is spawned by starting its children: it has neither pid nor identity. */
export function spawnNested(draft: Draft, child: ChildState): void {
  if (child.name !== 'spawning') {
    // Earlier in this very batch it was asked to stop.
    if (isUp(draft, child.stream)) stopBelow(draft, child, 'shutdown')
    else cutShort(draft, child)
    return
  }
  const declared = draft.tree.links.get(child.stream)?.policy.declared
  for (const view of items(draft.supervisor(child.stream)?.roster ?? emptyVector)) {
    const later = declared?.has(view.id) === true ? undefined : draft.child(view.stream)
    // Added before its first life, a child belongs to it as if declared.
    if (later !== undefined && child.view.incarnation > 1) forget(draft, later)
  }
  spawned(draft, child, { kind: 'spawned', pid: null, identity: null, spawnMs: null })
  startSupervisor(draft, child.stream)
}

function cutShort(draft: Draft, child: ChildState): void {
  const message = `The start of "${child.view.id}" was cut short before it began`
  spawnFailed(draft, child, { kind: 'spawnFailed', code: 'ERR_ABORTED', message })
}

const isUp = (draft: Draft, stream: string): boolean => (draft.supervisor(stream)?.active ?? 0) > 0

function stopBelow(draft: Draft, child: ChildState, unasked: Cause): void {
  const cause = child.asked?.cause ?? unasked
  stopSupervisor(draft, child.stream, { cause, now: child.name === 'killing', outcome: 'stopped' })
}

/**
 * Whether it is to wait with its own end for what is below it, which is asked to stop: what had outlived an earlier host
 * is up before its supervisor is, and does not outlast it.
 */
export function waitsBelow(draft: Draft, child: ChildState): boolean {
  const waits = child.name === 'settling' && !isRecovering(draft) && isUp(draft, child.stream)
  if (waits) stopBelow(draft, child, 'shutdown')
  return waits
}

/** The same for one that has come to rest without having been asked. */
export function restsAbove(draft: Draft, child: ChildState): void {
  if (!isRecovering(draft) && isUpBelow(draft, child)) stopBelow(draft, child, 'shutdown')
}

/** It is ready when all of its children have started. */
export function nestedMayBeReady(draft: Draft, stream: string): void {
  const child = draft.child(stream)
  if (child?.name === 'probing' && draft.supervisor(stream)?.phase === 'running') ready(draft, child)
}

/** Its ladder is its children's: the stop reaches them in order, the kill all at once. */
export function passLadder(draft: Draft, child: ChildState): void {
  if (child.name === 'terminating' || child.name === 'killing') stopBelow(draft, child, 'timeout')
}

/** When nothing below it is up, it exits: 0 if it ended well, and a stop that was asked for is a good end. */
export function nestedStopped(draft: Draft, stream: string): void {
  const child = draft.child(stream)
  const outcome = draft.supervisor(stream)?.outcome
  if (child === undefined) return
  if (child.exited) {
    // Recovered, and stopped before it was started: only what had outlived the host was up.
    if (child.name === 'settling') settle(draft, stream)
    else if (child.name === 'stopped') recordOf(draft, child, 'child.stopped', { outcome: 'stopped' })
    return
  }
  if (child.spawnedMono === null) return cutShort(draft, child)
  const well = outcome === 'stopped' || outcome === 'exited'
  exited(draft, child, { kind: 'exited', code: well ? 0 : 1, signal: null })
}

/** What nobody could kill below a nested supervisor was asked once more, or has died after all. */
export function nestedMayRest(draft: Draft, stream: string): void {
  const child = draft.child(stream)
  if (child?.view.outcome !== 'unkillable') return
  const outcome = holdsUnkillable(draft, stream) ? 'unkillable' : 'stopped'
  recordOf(draft, child, 'child.stopped', { outcome, ...(child.ended === null ? {} : { exit: child.ended }) })
}
