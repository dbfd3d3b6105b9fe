import { openCourt } from '../record/check-invariants.ts'
import { exitCodes } from './exit-codes.ts'
import type { OpenJournal } from './open-journal.ts'
import { painter } from './paint.ts'
import { showText } from './show-text.ts'
import type { Terminal } from './terminal.ts'

/** `brood check`: every promise that the journal breaks, by name. Status 1 if there is one. */
export async function showViolations(
  open: OpenJournal,
  terminal: Terminal,
  file: string,
  { json = false }: { readonly json?: boolean } = {},
): Promise<number> {
  const court = openCourt()
  let count = 0
  for await (const event of open(file)) {
    court.hear(event)
    count += 1
  }
  const violations = court.close()
  const status = violations.length === 0 ? exitCodes.fine : exitCodes.broken
  if (json) {
    await terminal.out(`${JSON.stringify({ events: count, violations })}\n`)
    return status
  }
  const paint = painter(terminal.isColoured)
  const lines = violations.map(
    ({ seq, invariant, message }) => `${String(seq).padStart(8)}  ${paint('red', invariant)}  ${showText(message)}`,
  )
  const events = `${count} ${count === 1 ? 'event' : 'events'}`
  const verdict =
    violations.length === 0
      ? paint('green', `${events}: no invariant is broken`)
      : paint('red', `${events}: ${violations.length} ${violations.length === 1 ? 'violation' : 'violations'}`)
  await terminal.out([...lines, verdict, ''].join('\n'))
  return status
}
