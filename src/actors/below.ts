import type { Gap, RecordedEvent } from '../events/event.ts'

/** What a nested supervisor's reader sees of the tree's log: its own stream and those below it. */
export async function* below(
  log: AsyncIterable<RecordedEvent | Gap>,
  stream: string,
): AsyncIterable<RecordedEvent | Gap> {
  for await (const item of log) {
    if (!('stream' in item) || item.stream === stream || item.stream.startsWith(`${stream}/`)) yield item
  }
}
