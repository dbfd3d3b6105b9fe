import type { Outcome } from '../events/event.ts'
import type { Cause } from '../events/exit.ts'
import type { ChildState } from './child-state.ts'
import { inAnswer, record, type Draft } from './draft.ts'
import { forget, mayBeForgotten } from './forget.ts'
import { ask } from './ladder.ts'
import { dependantsRest, dependencies } from './links.ts'
import { dropRegroup } from './regroup.ts'
import { callOff } from './succession.ts'
import { members } from './supervisor-state.ts'

export interface Stopping {
  readonly cause: Cause
  readonly now: boolean
  readonly outcome: Outcome
  readonly by?: string
  readonly reason?: string
}

/**
 * Stops a supervisor: whatever has no process at once, the rest backwards through `after`, each as soon as nothing that
 * depends on it is up. `now` knows no order. Asked again, it only hurries.
 */
export function stopSupervisor(draft: Draft, stream: string, stopping: Stopping): void {
  const supervisor = draft.supervisor(stream)
  if (supervisor === undefined || supervisor.phase === 'stopped') return
  const already = supervisor.phase === 'stopping'
  if (already && (supervisor.ending?.now === true || !stopping.now)) return
  record(draft, stream, 'supervisor.stopping', stopping, { child: supervisor.id })
  dropRegroup(draft, stream)
  inAnswer(draft, () => {
    for (const one of supervisor.beside) {
      const next = draft.child(one)
      if (next !== undefined && draft.notes(one).replaces !== null) callOff(draft, next)
    }
    for (const one of members(supervisor)) {
      const child = draft.child(one)
      if (child !== undefined) stopInTurn(draft, child, stopping.now, stopping.reason)
    }
    concludeStop(draft, stream)
  })
}

/** Asks one child of a stopping supervisor to stop, if its turn has come. */
function stopInTurn(draft: Draft, child: ChildState, now: boolean, reason?: string): void {
  if (isUpBelow(draft, child)) {
    return stopSupervisor(draft, child.stream, { cause: 'shutdown', now, outcome: 'stopped' })
  }
  if (child.name === 'stopped' || child.name === 'removed') return
  const asked = child.asked?.kind === 'stop'
  const resting = child.name === 'settling' && child.asked === null && draft.notes(child.stream).verdict === 'rest'
  if (!now && (asked || resting || (hasProcess(child) && !dependantsRest(draft, child)))) return
  if (asked && child.name === 'killing') return
  ask(draft, child, 'stop.requested', { cause: 'shutdown', now, ...(reason === undefined ? {} : { reason }) })
}

/** A recovered nested supervisor rests until the start, though below it is what has outlived the host. */
export function isUpBelow(draft: Draft, child: ChildState): boolean {
  return child.name === 'stopped' && (draft.supervisor(child.stream)?.active ?? 0) > 0
}

/** What is alive is stopped in order; what only waits, queues or backs off would begin something new. */
function hasProcess({ name, asked }: ChildState): boolean {
  return (
    name === 'probing' ||
    name === 'running' ||
    (asked === null && (name === 'splaying' || name === 'terminating' || name === 'killing'))
  )
}

/** A child of a stopping supervisor came to rest: those it was `after` may follow. */
export function continueStop(draft: Draft, stopped: ChildState): void {
  const supervisor = draft.supervisor(stopped.parent)
  if (supervisor?.phase !== 'stopping') return
  // A left neighbour may be named in `after`, too: it is asked once.
  const streams = new Set(dependencies(draft, stopped).flatMap(({ child }) => child?.stream ?? []))
  for (const stream of streams) {
    const child = draft.child(stream)
    if (child !== undefined) stopInTurn(draft, child, supervisor.ending?.now ?? false, supervisor.ending?.reason)
  }
}

/** Ends the supervisor when nothing below it is up. What cannot be killed does not hold it, but is not forgotten. */
export function concludeStop(draft: Draft, stream: string): void {
  const supervisor = draft.supervisor(stream)
  if (supervisor?.phase !== 'stopping' || supervisor.active > 0) return
  for (const below of members(supervisor)) {
    const child = draft.child(below)
    if (child !== undefined && isUpBelow(draft, child)) return
  }
  // Whoever has no place has no report either; nothing may follow the end.
  for (const one of supervisor.beside) {
    const child = draft.child(one)
    if (child !== undefined && mayBeForgotten(draft, child)) forget(draft, child)
  }
  record(
    draft,
    stream,
    'supervisor.stopped',
    { outcome: supervisor.ending?.outcome ?? 'stopped' },
    { child: supervisor.id },
  )
}

/** The time for a whole tree's stop is over: every stop still running becomes `now`. */
export function hurry(draft: Draft, stream: string): void {
  stopSupervisor(draft, stream, { cause: 'timeout', now: true, outcome: 'stopped' })
}
