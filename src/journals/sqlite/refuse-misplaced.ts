import { BroodError } from '../../errors.ts'
import { misplaced } from '../../events/continuity.ts'
import type { RecordedEvent } from '../../events/event.ts'

/** Refuses a batch that does not follow event `last` of a journal. @throws {BroodError} ERR_JOURNAL_CONFLICT */
export function refuseMisplaced(last: number, batch: readonly RecordedEvent[]): void {
  const event = misplaced(last, batch)
  if (event === undefined) return
  const expected = (batch[batch.indexOf(event) - 1]?.seq ?? last) + 1
  throw new BroodError('ERR_JOURNAL_CONFLICT', `Expected event ${expected} of the journal, got ${event.seq}.`)
}
