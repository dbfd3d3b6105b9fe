import { BroodError } from '../errors.ts'
import { noNotes, type ReplaceOrder } from '../machines/live-tree.ts'
import { isGivenAway } from '../machines/succession.ts'
import { ROOT } from '../machines/tree.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { aborted, refusal } from './child-error.ts'
import type { Child } from './handles.ts'
import type { HeldChild } from './held-child.ts'
import type { Supervision } from './supervision.ts'

interface Pair {
  readonly old: HeldChild
  readonly next: HeldChild
}

/** Whether nothing can be added to a supervisor: it stops, or all of its tree is over. */
export function takesNobodyIn({ tree }: Supervision, supervisor: string): boolean {
  const phase = tree.supervisor(supervisor)?.phase
  return phase === undefined || phase === 'stopping' || tree.supervisor(ROOT)?.phase === 'stopped'
}

/** What can be said against replacing the child of this id. */
export function cannotReplace(tree: Supervision, supervisor: string, id: string): BroodError | undefined {
  if (takesNobodyIn(tree, supervisor)) {
    return refusal('ERR_SUPERVISOR_STOPPED', 'replace', id, 'unknown')
  }
  const stream = tree.tree.links.get(supervisor)?.streams.get(id)
  if (stream === undefined) {
    return new BroodError('ERR_CHILD_NOT_FOUND', `No child "${id}" to replace`, { child: id })
  }
  return isGivenAway(tree.tree.notes.get(stream) ?? noNotes)
    ? refusal('ERR_CHILD_STOPPING', 'replace', id, 'unknown')
    : undefined
}

/**
 * Begins to replace children that can be; each promise settles when its new child has started and the old one is gone,
 * or when nothing will come of it. To be called within a turn.
 */
export function replaceChildren(
  tree: Supervision,
  supervisor: string,
  specs: readonly ChildSpec[],
  order: ReplaceOrder,
): readonly Promise<Child>[] {
  const since = tree.tree.seq
  const pairs = specs.map((spec): Pair => {
    const stream = tree.tree.links.get(supervisor)?.streams.get(spec.id)
    const old = stream === undefined ? undefined : tree.handleOf(stream)
    const added = tree.add(supervisor, spec, stream === undefined ? {} : { beside: stream })
    if ('refused' in added) throw refusal(added.refused, 'replace', spec.id, 'unknown')
    const next = tree.handleOf(added.stream)
    if (old === undefined || next === undefined) throw new Error(`"${spec.id}" was to be replaced and is not there`)
    return { old, next }
  })
  const starts = isRunning(tree, supervisor)
  tree.dispatch.apply({
    of: 'replace',
    pairs: pairs.map(({ old, next }) => ({ stream: old.stream, by: next.stream })),
    order,
  })
  return pairs.map((pair) => settled(pair, since, starts))
}

async function settled({ old, next }: Pair, since: number, starts: boolean): Promise<Child> {
  try {
    if (starts) await next.begun(since)
  } catch (error) {
    if (old.view.outcome !== 'unkillable' || next.view.incarnation > 0) throw error
    const message = `"${old.id}" could not be killed, and was not replaced`
    throw new BroodError('ERR_STOP_TIMEOUT', message, { child: old.id, cause: error })
  }
  await Promise.race([old.gone(), next.gone()])
  // A one-shot may have finished though its supervisor has called the replacement off.
  if (old.view.state !== 'removed' || next.view.state === 'removed') throw aborted(old.id, 'The replacement')
  return next
}

function isRunning(tree: Supervision, supervisor: string): boolean {
  const phase = tree.tree.supervisor(supervisor)?.phase
  return phase === 'starting' || phase === 'running'
}
