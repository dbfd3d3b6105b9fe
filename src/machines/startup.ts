import type { HostRecord } from '../events/event.ts'
import type { ChildState } from './child-state.ts'
import { record, recordOf, type Draft } from './draft.ts'
import { recordLimit } from './limit.ts'
import { linksOf } from './links.ts'
import type { SupervisorState } from './supervisor-state.ts'
import { items } from './vector.ts'

/**
 * Starts a supervisor and its children that have not begun. The children's starts answer `supervisor.started`, which
 * is how a fold knows which of them the start waits for. A nested supervisor that lives again begins its children anew:
 * they keep stream and incarnation count.
 */
export function startSupervisor(draft: Draft, stream: string, host?: HostRecord): void {
  const supervisor = draft.supervisor(stream)
  if (supervisor === undefined) return
  const { id, strategy, autoShutdown, intensity } = linksOf(draft, stream).policy
  const children = [...items(supervisor.roster)]
    .flatMap((view) => draft.child(view.stream) ?? [])
    .filter((child) => child.name === 'initial' || beginsAgain(supervisor, child))
  record(
    draft,
    stream,
    'supervisor.started',
    {
      id,
      strategy,
      autoShutdown,
      ...(intensity === undefined ? {} : { intensity: recordLimit(intensity) }),
      awaits: children.length,
      ...(host === undefined ? {} : { host }),
    },
    { child: id },
  )
  const before = draft.answering
  draft.answering = draft.supervisor(stream)?.startedSeq
  for (const child of children) {
    if (child.name === 'initial') recordOf(draft, child, 'start.requested', {})
    else recordOf(draft, child, 'restart.due', { cause: 'operator' })
  }
  draft.answering = before
}

function beginsAgain({ parent, startedSeq, recovered }: SupervisorState, child: ChildState): boolean {
  if (child.name !== 'stopped') return false
  // What a caller stopped before the first start stays so; in a life that begins anew it is a child like the others.
  if (recovered === null) return parent !== null && startedSeq > 0
  // A supervisor that was stopping when its host ended has asked it down, not its caller.
  return recovered.all || child.resumes || child.asked?.cause === 'shutdown'
}
