import { BroodError } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { ChildState } from '../machines/child-state.ts'
import type { PublicState } from '../machines/view.ts'
import { tellState } from './tell-state.ts'
import { foldLog } from './replay.ts'

/** Why a child is in the state it is in. */
export interface Explanation {
  readonly state: PublicState
  /** In plain words. */
  readonly summary: string
  /** The events that led here, the cause before what it caused. */
  readonly chain: readonly RecordedEvent[]
}

/**
 * Explains a child from a log alone. `streamOrId`: a stream, or the id of a child of the root (its last registration).
 * @throws {BroodError} ERR_CHILD_NOT_FOUND
 */
export function explain(events: Iterable<RecordedEvent>, streamOrId: string): Explanation {
  const log = [...events]
  const tree = foldLog(log)
  const child =
    tree.child(streamOrId) ??
    [...tree.children.values()].findLast((each) => each.parent === '/' && each.view.id === streamOrId)
  if (child === undefined) {
    throw new BroodError('ERR_CHILD_NOT_FOUND', `No child "${streamOrId}" in this log`, { child: streamOrId })
  }
  return explainChild(log, child)
}

export function explainChild(log: readonly RecordedEvent[], child: ChildState): Explanation {
  const bySeq = new Map(log.map((event) => [event.seq, event]))
  const chain: RecordedEvent[] = []
  // Walks from the event that brought the child here back through what each of them answers.
  for (let event = bySeq.get(child.movedBy); event !== undefined; event = bySeq.get(event.causedBy ?? 0)) {
    chain.unshift(event)
    // A cause is always older than what it caused; a log that says otherwise must not be walked for ever.
    if ((event.causedBy ?? 0) >= event.seq) break
  }
  // A refused restart moves nothing, so what follows does not answer it; yet it is why the child rests.
  const refused = log.filter(
    (event) =>
      event.type === 'restart.abandoned' && !chain.includes(event) && chain.some(({ seq }) => seq === event.causedBy),
  )
  const whole = [...chain, ...refused].toSorted((a, b) => a.seq - b.seq)
  return { state: child.view.state, summary: tellState(child, whole), chain: whole }
}
