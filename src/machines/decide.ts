import type { ErrorCode } from '../errors.ts'
import type { EventData } from '../events/event.ts'
import { add } from './add.ts'
import { cascade } from './cascade.ts'
import type { ChildState } from './child-state.ts'
import { childDecisions, type Cell } from './child-table.ts'
import { createDraft, record, recordOf, type Draft, type Instant } from './draft.ts'
import type { ChildInputKind, Input } from './input.ts'
import { forget, mayBeForgotten } from './forget.ts'
import type { LiveTree } from './live-tree.ts'
import { release, settleIn } from './move.ts'
import { replace } from './replace.ts'
import { hurry, stopSupervisor } from './shutdown.ts'
import { recover } from './recovery.ts'
import { startSupervisor } from './startup.ts'
import { callOff, isGivenAway, replacementOf } from './succession.ts'
import { ROOT } from './tree.ts'

export interface Decision {
  /** The batch, and the tree as it is after it; nothing has happened until it is appended and adopted. */
  readonly draft: Draft
  /** Why a command was not accepted; then the batch is empty. */
  readonly refused?: ErrorCode
}

/**
 * The whole policy as one pure function: a tree, something that happened, the moment and chance, and out comes one
 * atomic batch of events. The same arguments always give the same batch.
 */
export function decide(tree: LiveTree, input: Input, now: Instant, random: () => number): Decision {
  const draft = createDraft(tree, now, random)
  const refused = begin(draft, input)
  if (refused !== undefined) return { draft, refused }
  cascade(draft)
  return { draft }
}

function begin(draft: Draft, input: Input): ErrorCode | undefined {
  if (input.of === 'recover') {
    recover(draft, input)
    return undefined
  }
  // A stopped root is final: its `supervisor.stopped` stays the last word of the log.
  if (draft.supervisor(ROOT)?.phase === 'stopped') return isWish(input) ? 'ERR_SUPERVISOR_STOPPED' : undefined
  switch (input.of) {
    case 'child':
      return decideChild(draft, input)
    case 'add':
      return add(draft, input)
    case 'remove':
      return remove(draft, input.stream)
    case 'release': {
      const child = draft.child(input.stream)
      return child === undefined ? 'ERR_CHILD_NOT_FOUND' : release(draft, child)
    }
    case 'settleIn': {
      const child = draft.child(input.stream)
      if (child !== undefined) settleIn(draft, child)
      return undefined
    }
    case 'replace':
      replace(draft, input.pairs, input.order)
      return undefined
    case 'start':
      startSupervisor(draft, ROOT, input.host)
      return undefined
    case 'stop': {
      const { stream, now, cause, reason, outcome } = input
      stopSupervisor(draft, stream, { now, cause, outcome, ...(reason === undefined ? {} : { reason }) })
      return undefined
    }
    case 'checkpoint':
      record(
        draft,
        ROOT,
        'journal.checkpointed',
        { state: input.state },
        { child: draft.supervisor(ROOT)?.id ?? 'root' },
      )
      return undefined
    case 'degraded':
      record(draft, ROOT, 'journal.degraded', input.data, { child: draft.supervisor(ROOT)?.id ?? 'root' })
      return undefined
    case 'deadline':
      hurry(draft, ROOT)
      return undefined
    case 'subscriberFailed':
      remark(draft, input.stream, 'subscriber.failed', { source: input.source, message: input.message })
      return undefined
    case 'callbackFailed':
      remark(draft, input.stream, 'callback.failed', input.failure)
      return undefined
    case 'orphan':
      orphan(draft, input)
      return undefined
    case 'reported':
      remark(draft, input.stream, 'containment.reported', { subject: input.subject, message: input.message })
      return undefined
  }
}

/** Something that cannot come true any more; a stop has, and old news matter to nobody. */
function isWish(input: Input): boolean {
  if (input.of === 'child') return input.input.kind === 'start' || input.input.kind === 'restart'
  switch (input.of) {
    case 'add':
    case 'remove':
    case 'start':
    case 'release':
    case 'replace':
      return true
    default:
      return false
  }
}

function decideChild(
  draft: Draft,
  { stream, incarnation, input }: Extract<Input, { readonly of: 'child' }>,
): ErrorCode | undefined {
  const child = draft.child(stream)
  if (child === undefined) return input.kind === 'start' || input.kind === 'restart' ? 'ERR_INVALID_STATE' : undefined
  if (input.kind === 'start' || input.kind === 'restart') {
    const refused = refusal(draft, child)
    if (refused !== undefined) return refused
  }
  const life = incarnation ?? child.view.incarnation
  // Of an earlier life only its last traces still count: signals to its escapees, and the end of its sweep.
  if (life < child.view.incarnation && input.kind !== 'signalled' && input.kind !== 'swept') return undefined
  draft.answering = answers(child, input.kind)
  const cell = childDecisions[child.name][input.kind] as Cell<ChildInputKind>
  return cell(draft, child, input, life) ?? undefined
}

/** Commands begin something and an exit comes of itself; whatever else is reported answers what led to this state. */
function answers(child: ChildState, kind: ChildInputKind): number | undefined {
  const begins =
    kind === 'start' || kind === 'stop' || kind === 'restart' || (kind === 'exited' && child.asked === null)
  return begins ? undefined : child.movedBy
}

/** Nothing new begins under a supervisor that does not run, nor in a child that is on its way out. */
function refusal(draft: Draft, child: ChildState): ErrorCode | undefined {
  if (isGivenAway(draft.notes(child.stream))) return 'ERR_CHILD_STOPPING'
  return notRunning(draft, child.parent)
}

function notRunning(draft: Draft, supervisor: string): ErrorCode | undefined {
  switch (draft.supervisor(supervisor)?.phase) {
    case 'starting':
    case 'running':
      return undefined
    case 'initial':
      return 'ERR_SUPERVISOR_NOT_RUNNING'
    default:
      return 'ERR_SUPERVISOR_STOPPED'
  }
}

/** Stops a child and forgets it once it rests: at once, if it rests already. */
function remove(draft: Draft, stream: string): ErrorCode | undefined {
  const child = draft.child(stream)
  if (child === undefined) return 'ERR_CHILD_NOT_FOUND'
  const next = replacementOf(draft, stream)
  if (next !== undefined) {
    callOff(draft, next)
    remove(draft, next.stream)
  }
  draft.note(stream, { removing: true })
  if (mayBeForgotten(draft, child)) forget(draft, child)
  else return decideChild(draft, { of: 'child', stream, input: { kind: 'stop', now: false, cause: 'operator' } })
  return undefined
}

/** In the stream of its life; one that is not there any more, or was never begun (anybody can forge a cookie), is named. */
function orphan(draft: Draft, { stream, incarnation, event }: Extract<Input, { readonly of: 'orphan' }>): void {
  const child = draft.child(stream)
  if (child !== undefined && incarnation >= 1 && incarnation <= child.view.incarnation) {
    return recordOf(draft, child, event.type, event.data, incarnation)
  }
  const data = { ...event.data, life: { stream, incarnation } }
  record(draft, ROOT, event.type, data, { child: draft.supervisor(ROOT)?.id ?? 'root' })
}

function remark<T extends 'subscriber.failed' | 'callback.failed' | 'containment.reported'>(
  draft: Draft,
  stream: string,
  type: T,
  data: EventData[T],
): void {
  const child = draft.child(stream)
  // A child that was removed has no stream to write in any more.
  if (child === undefined) record(draft, ROOT, type, data, { child: draft.supervisor(ROOT)?.id ?? 'root' })
  else recordOf(draft, child, type, data)
}
