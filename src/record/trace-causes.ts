import type { RecordedEvent } from '../events/event.ts'

/** What need not have moved anybody, so that nothing answers it, and yet is a reason. */
const verdicts: ReadonlySet<string> = new Set(['restart.abandoned', 'intensity.exceeded', 'supervisor.stopping'])

/**
 * The events that led to `seq`, the oldest first: whatever it answers, through all streams, back to what answered
 * nothing; and the verdicts that were spoken on the way.
 */
export function traceCauses(log: readonly RecordedEvent[], seq: number): readonly RecordedEvent[] {
  const bySeq = indexed(log)
  const chain = new Map<number, RecordedEvent>()
  for (let event = bySeq(seq); event !== undefined; event = bySeq(event.causedBy ?? 0)) {
    chain.set(event.seq, event)
    // A cause is always older than what it caused; a log that says otherwise must not be walked for ever.
    if ((event.causedBy ?? 0) >= event.seq) break
  }
  for (const event of log) {
    if (event.seq > seq) break
    if (verdicts.has(event.type) && chain.has(event.causedBy ?? 0)) chain.set(event.seq, event)
  }
  return [...chain.values()].toSorted((a, b) => a.seq - b.seq)
}

/** A log without gaps is its own index. */
function indexed(log: readonly RecordedEvent[]): (seq: number) => RecordedEvent | undefined {
  const first = log[0]?.seq ?? 0
  const isDense = log.at(-1)?.seq === first + log.length - 1
  if (isDense) return (seq) => log[seq - first]
  const known = new Map(log.map((event) => [event.seq, event]))
  return (seq) => known.get(seq)
}
