import type { RecordedEvent } from './event.ts'

/**
 * Whether `event` may stand right behind number `last` of a log: it is the next one, or it announces the one permitted
 * gap, events that never reached a store that had failed. Such a `journal.degraded` names exactly what is missing, and a
 * checkpoint follows it, since nothing else could be folded onto what is there.
 */
export function follows(last: number, event: RecordedEvent): boolean {
  return event.seq === last + 1 || (event.seq > last && announcesGap(event) && event.data.from === last + 1)
}

/** Whether `event` says that what came right before it never reached the store. */
export function announcesGap(event: RecordedEvent): event is RecordedEvent<'journal.degraded'> {
  if (event.type !== 'journal.degraded') return false
  const { from, to, droppedEvents } = event.data
  return from !== undefined && to === event.seq - 1 && from <= to && droppedEvents === to - from + 1
}

/**
 * The first event of `batch` that does not follow what is before it, beginning with number `last`; undefined where all
 * do. A gap may only stand at the beginning, with its checkpoint behind it.
 */
export function misplaced(last: number, batch: readonly RecordedEvent[]): RecordedEvent | undefined {
  let before = last
  for (const [index, event] of batch.entries()) {
    const gap = event.seq !== before + 1
    if (gap && (index > 0 || !follows(before, event) || batch[1]?.type !== 'journal.checkpointed')) return event
    before = event.seq
  }
  return undefined
}
