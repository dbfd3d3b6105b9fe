import { atRest, type ChildState } from './child-state.ts'
import { childDecisions, type Cell } from './child-table.ts'
import { inAnswer, recordOf, type Draft } from './draft.ts'
import { forget, mayBeForgotten } from './forget.ts'
import { dependants, dependencies } from './links.ts'
import type { ReplaceOrder } from './live-tree.ts'
import { callOff, makesRoom, replacementOf, stepAside } from './succession.ts'
import { proceedDependants } from './waiting.ts'

/**
 * Puts children that were added beside others in their places: each once the old one is gone (stop-first), or before it
 * is asked to go, once the new one is ready (start-first). Where nothing runs, only the registrations change.
 */
export function replace(
  draft: Draft,
  pairs: readonly { readonly stream: string; readonly by: string }[],
  order: ReplaceOrder,
): void {
  for (const { stream, by } of pairs) {
    const runs = isRunning(draft, draft.child(stream)?.parent ?? by)
    // Where nothing runs, nothing can be ready first.
    draft.note(stream, { replacement: { by, order: runs ? order : 'stop-first' } })
    draft.note(by, { replaces: stream })
  }
  for (const { stream, by } of pairs) {
    const [old, next] = [draft.child(stream), draft.child(by)]
    if (old === undefined || next === undefined) continue
    if (draft.notes(stream).replacement?.order === 'start-first') recordOf(draft, next, 'start.requested', {})
    else makeRoom(draft, old)
  }
}

/** The old one goes, as soon as none that is being replaced as well depends on it. */
function makeRoom(draft: Draft, old: ChildState): void {
  const next = replacementOf(draft, old.stream)
  if (next === undefined || !makesRoom(draft, old)) return
  const before = dependants(draft, old).some((one) => !atRest(one) && makesRoom(draft, one))
  if (mayBeForgotten(draft, old)) makeWay(draft, old, next)
  else if (!before && old.asked?.kind !== 'stop') stopToBeReplaced(draft, old)
}

/** A new one is ready (a one-shot: it has done what it is for): it takes the place, and the old one goes. */
export function readyToReplace(draft: Draft, next: ChildState): void {
  const { replaces } = draft.notes(next.stream)
  const old = replaces === null ? undefined : draft.child(replaces)
  if (old === undefined || draft.notes(old.stream).replacement?.order !== 'start-first') return
  cede(draft, old, next)
  draft.note(old.stream, { removing: true })
  const ceded = draft.child(old.stream) ?? old
  if (mayBeForgotten(draft, ceded)) forget(draft, ceded)
  else stopToBeReplaced(draft, ceded)
}

/** One of the two came to rest: the old one makes room, or the new one has failed. */
export function replacementRested(draft: Draft, rested: ChildState): void {
  if (draft.notes(rested.stream).replaces !== null) return callOff(draft, rested)
  const next = replacementOf(draft, rested.stream)
  if (next === undefined || !makesRoom(draft, rested) || !mayBeForgotten(draft, rested)) return
  makeWay(draft, rested, next)
}

/** It rests: then those that it is `after` may go as well, if they are being replaced. */
function makeWay(draft: Draft, old: ChildState, next: ChildState): void {
  const first = dependencies(draft, old)
  if (old.view.outcome === 'unkillable') {
    // Nothing new begins beside what could not be killed, and whoever waited for it waits no longer.
    callOff(draft, next)
    proceedDependants(draft, old)
  } else takeOver(draft, old, next)
  for (const { child } of first) if (child !== undefined) makeRoom(draft, draft.child(child.stream) ?? child)
}

function takeOver(draft: Draft, old: ChildState, next: ChildState): void {
  cede(draft, old, next)
  forget(draft, draft.child(old.stream) ?? old)
  if (!isRunning(draft, next.parent)) return
  inAnswer(draft, () => recordOf(draft, draft.child(next.stream) ?? next, 'start.requested', {}))
}

function cede(draft: Draft, old: ChildState, next: ChildState): void {
  draft.note(old.stream, { replacement: null })
  draft.note(next.stream, { replaces: null })
  stepAside(draft, old, next.stream)
}

function stopToBeReplaced(draft: Draft, old: ChildState): void {
  const cell: Cell<'stop'> = childDecisions[old.name].stop
  cell(draft, old, { kind: 'stop', now: false, cause: 'replace' }, old.view.incarnation)
}

function isRunning(draft: Draft, supervisor: string): boolean {
  const phase = draft.supervisor(supervisor)?.phase
  return phase === 'starting' || phase === 'running'
}
