import { isBroodError } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import { explain } from '../record/explain.ts'
import { createTimeline } from './event-line.ts'
import { exitCodes } from './exit-codes.ts'
import type { OpenJournal } from './open-journal.ts'
import { painter } from './paint.ts'
import { readAll } from './read-all.ts'
import { showText } from './show-text.ts'
import type { Terminal } from './terminal.ts'
import { unknownChild } from './unknown-child.ts'

/** `brood explain`: why a child is where it is, in a sentence, and the events that led there. */
export async function showExplanation(
  open: OpenJournal,
  terminal: Terminal,
  file: string,
  child: string,
  { json = false }: { readonly json?: boolean } = {},
): Promise<number> {
  const events = await readAll(open(file))
  const explanation = explained(events, child)
  if (json) {
    await terminal.out(`${JSON.stringify(explanation)}\n`)
    return exitCodes.fine
  }
  const paint = painter(terminal.isColoured)
  const timeline = createTimeline(paint)
  const chain = explanation.chain.map((event) => timeline.line(event))
  await terminal.out([paint('bold', showText(explanation.summary)), ...chain, ''].join('\n'))
  return exitCodes.fine
}

function explained(events: readonly RecordedEvent[], child: string): ReturnType<typeof explain> {
  try {
    return explain(events, child)
  } catch (error) {
    if (!isBroodError(error, 'ERR_CHILD_NOT_FOUND')) throw error
    throw unknownChild(
      child,
      events.flatMap((event) => event.child ?? []),
    )
  }
}
