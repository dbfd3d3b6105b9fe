import type { RecordedEvent } from '../events/event.ts'

/** A whole journal in memory. */
export async function readAll(journal: AsyncIterable<RecordedEvent>): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = []
  for await (const event of journal) events.push(event)
  return events
}
