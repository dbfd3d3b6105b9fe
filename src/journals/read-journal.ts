import { BroodError } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import { upcast } from '../events/upcast.ts'
import { invalidOption } from '../streams/invalid-option.ts'
import { refuseUnknownOptions } from '../streams/unknown-options.ts'
import { openReadable, rowReader } from './sqlite/connection.ts'
import { findFile } from './sqlite/journal-file.ts'
import { readMeta } from './sqlite/meta.ts'
import { eventOf, type Cells } from './sqlite/row.ts'
import { checkSchema } from './sqlite/schema.ts'
import { journalError } from './sqlite/sqlite-error.ts'
import { verifiedPages } from './sqlite/verify-log.ts'

export interface ReadJournalOptions {
  /** The `seq` to begin with. Default: the first that is retained. */
  readonly from?: number | undefined
}

/**
 * Reads the file of a `sqliteJournal` from its first retained event to what is its last one now, beside a supervisor that
 * writes it or without one; it changes nothing in it, and holds nothing between two events (SQLite may
 * leave an empty `-wal` and a `-shm` beside it). Each iteration begins anew.
 *
 * It ends before a damaged tail, as the next supervisor would. It rejects with ERR_JOURNAL_CORRUPT for damage before that
 * (after all that is good before it), ERR_UNSUPPORTED for events of a newer brood, ERR_SLOW_SUBSCRIBER if the journal was
 * cut behind it while it was read, ERR_INVALID_SPEC where there is no journal.
 *
 * @throws {BroodError} ERR_INVALID_SPEC for wrong options
 */
export function readJournal(path: string, options: ReadJournalOptions = {}): AsyncIterable<RecordedEvent> {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw invalidOption('path', 'a path, without NUL', path)
  }
  refuseUnknownOptions(options, ['from'])
  const { from = 1 } = options
  if (!Number.isSafeInteger(from)) throw invalidOption('from', 'an integer', from)
  return { [Symbol.asyncIterator]: () => iterate(path, from) }
}

async function* iterate(path: string, from: number): AsyncGenerator<RecordedEvent, void, undefined> {
  let pages: Iterator<readonly Cells[], void> | undefined
  try {
    pages = openPages(path, from)
    for (let page = pages.next(); page.done !== true; page = pages.next()) {
      for (const cells of page.value) yield upcast(eventOf(cells))
    }
  } catch (error) {
    throw journalError(path, error)
  } finally {
    pages?.return?.()
  }
}

/** One connection for all of it, and between two pages no lock: a reader that stands still is in nobody's way. */
function* openPages(path: string, from: number): Generator<readonly Cells[], void> {
  const db = openReadable(findFile(path))
  try {
    checkSchema(db)
    const { first, last } = readMeta(db)
    const rows = rowReader(db)
    const read = (at: number, limit: number): ReturnType<typeof rows> => {
      // One transaction, so that both are of the same moment.
      db.exec('BEGIN')
      try {
        const now = readMeta(db)
        if (now.first > Math.max(at, first)) {
          throw new BroodError('ERR_SLOW_SUBSCRIBER', `The journal was cut before event ${now.first} while it was read`)
        }
        return rows(at, limit)
      } finally {
        db.exec('COMMIT')
      }
    }
    yield* verifiedPages(read, { first, last }, from)
  } finally {
    db.close()
  }
}
