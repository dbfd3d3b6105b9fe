import { existsSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { loadSqlite } from './load-sqlite.ts'
import type { Row } from './row.ts'
import { cannotOpen } from './sqlite-error.ts'
import type { ReadRows } from './verify-log.ts'

const EVENTS =
  'SELECT seq, stream, revision, at, mono, type, v, child, incarnation, cause, caused_by, data, checksum FROM events WHERE seq >= ? ORDER BY seq LIMIT ?'

/** A connection that writes. `busyMs`: how long a lock of somebody else is waited for; the event loop waits along. */
export function openWritable(path: string, busyMs: number): DatabaseSync {
  return open(path, { readOnly: false }, [
    `PRAGMA busy_timeout = ${busyMs}`,
    'PRAGMA journal_mode = WAL',
    // Survives every crash of the host; after a power loss no child is left to account for.
    'PRAGMA synchronous = NORMAL',
    // Up to 16 MB of log: pages that change with every commit are copied back less often.
    'PRAGMA wal_autocheckpoint = 4000',
    // What is rolled back leaves no frames in the log that would look like lost commits later.
    'PRAGMA cache_spill = OFF',
  ])
}

/** A connection that only reads, beside whoever writes. */
export function openReadable(path: string): DatabaseSync {
  // Nothing is read before a first question is asked.
  const settings = ['PRAGMA busy_timeout = 1000', 'SELECT 1 FROM sqlite_schema']
  try {
    return open(path, { readOnly: true }, settings)
  } catch (error) {
    // On a disk where nobody can write, what SQLite keeps beside a database cannot be made, and is not needed.
    if (!cannotOpen(error) || existsSync(`${path}-wal`)) throw error
    const unchanging = pathToFileURL(path)
    unchanging.searchParams.set('immutable', '1')
    return open(unchanging, { readOnly: true }, settings)
  }
}

function open(path: string | URL, options: { readonly readOnly: boolean }, settings: readonly string[]): DatabaseSync {
  const { DatabaseSync } = loadSqlite()
  const db = new DatabaseSync(path, options)
  try {
    for (const setting of settings) db.exec(setting)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Reads rows of `events` as they are, damaged or not. */
export function rowReader(db: DatabaseSync): ReadRows {
  const statement = db.prepare(EVENTS)
  const asRows = inArrays(statement)
  return (from, limit) => {
    try {
      return asRows(statement.all(from, limit))
    } catch (error) {
      // A damaged integer may be larger than a number can hold; its row then has the wrong checksum, and no more.
      if (!(error instanceof Error && 'code' in error && error.code === 'ERR_OUT_OF_RANGE')) throw error
      statement.setReadBigInts(true)
      const rows = asRows(statement.all(from, limit))
      statement.setReadBigInts(false)
      return rows.map((row) => row.map((cell) => (typeof cell === 'bigint' ? Number(cell) : cell)))
    }
  }
}

/** Rows as arrays: made by Node itself where it can (24 on), which saves a third of the time. */
function inArrays(statement: StatementSync): (rows: readonly unknown[]) => readonly Row[] {
  if (typeof statement.setReturnArrays === 'function') {
    statement.setReturnArrays(true)
    return (rows) => rows as readonly Row[]
  }
  return (rows) => rows.map((row) => Object.values(row as object))
}
