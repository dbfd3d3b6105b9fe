import type { DatabaseSync } from 'node:sqlite'
import { upcast } from '../../events/upcast.ts'
import type { RecordedEvent } from '../../events/event.ts'
import { rowReader } from './connection.ts'
import { eventOf } from './row.ts'
import { verifiedRows, type LogRange, type ReadRows } from './verify-log.ts'

const readers = new WeakMap<DatabaseSync, ReadRows>()

function readerOf(db: DatabaseSync): ReadRows {
  const known = readers.get(db)
  if (known !== undefined) return known
  const made = rowReader(db)
  readers.set(db, made)
  return made
}

/**
 * Events of a log from `from` on, at most `limit` of them, each checked.
 * @throws {BroodError} ERR_JOURNAL_CORRUPT, ERR_UNSUPPORTED
 */
export function readEvents(db: DatabaseSync, log: LogRange, from: number, limit: number): readonly RecordedEvent[] {
  return verifiedRows(readerOf(db), log, from, limit).map((cells) => Object.freeze(upcast(eventOf(cells))))
}
