import { styleText } from 'node:util'
import { explain, type RecordedEvent, type Supervisor } from '../../src/index.ts'
import { eventLine } from './event-line.ts'

/** The recorded life of a tree, told after its end: every event, then why each child is where it is. */
export async function* story(supervisor: Supervisor): AsyncGenerator<string> {
  const events: RecordedEvent[] = []
  for await (const item of supervisor.read({ live: false })) if (item.type !== 'gap') events.push(item)

  yield heading(`the record: ${events.length} events`)
  const begin = events[0]?.mono ?? 0
  for (const event of events) yield `${`${Math.round(event.mono - begin)} ms`.padStart(9)}  ${eventLine(event)}`

  yield heading('why each child is where it is')
  for (const { id } of supervisor.children()) yield explain(events, id).summary
}

export function heading(text: string): string {
  return `\n${styleText('bold', text)}`
}
