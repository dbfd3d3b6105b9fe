import type { HostRecord } from '../events/event.ts'
import { record, recordOf, type Draft } from './draft.ts'
import { recordLimit } from './limit.ts'
import { linksOf } from './links.ts'
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
  // What a caller stopped before the first start stays so; in a life that begins anew it is a child like the others.
  const again = supervisor.parent !== null && supervisor.startedSeq > 0
  const children = [...items(supervisor.roster)]
    .map((view) => draft.child(view.stream))
    .filter((child) => child?.name === 'initial' || (again && child?.name === 'stopped'))
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
    if (child === undefined) continue
    if (child.name === 'initial') recordOf(draft, child, 'start.requested', {})
    else recordOf(draft, child, 'restart.due', { cause: 'operator' })
  }
  draft.answering = before
}
