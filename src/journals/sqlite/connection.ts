import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { loadSqlite } from './load-sqlite.ts'
import type { Row } from './row.ts'
import type { ReadRows } from './verify-log.ts'

const EVENTS =
  'SELECT seq, stream, revision, at, mono, type, v, child, incarnation, cause, caused_by, data, checksum FROM events WHERE seq >= ? ORDER BY seq LIMIT ?'

/** A connection that writes. `busyMs`: how long a lock of somebody else is waited for; the event loop waits along. */
export function openWritable(path: string, busyMs: number): DatabaseSync {
  const { DatabaseSync } = loadSqlite()
  const db = new DatabaseSync(path)
  try {
    db.exec(`PRAGMA busy_timeout = ${busyMs}`)
    db.exec('PRAGMA journal_mode = WAL')
    // Survives every crash of the host; after a power loss no child is left to account for.
    db.exec('PRAGMA synchronous = NORMAL')
    // Up to 16 MB of log: pages that change with every commit are copied back less often.
    db.exec('PRAGMA wal_autocheckpoint = 4000')
    // What is rolled back leaves no frames in the log that would look like lost commits later.
    db.exec('PRAGMA cache_spill = OFF')
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** A connection that only reads, beside whoever writes. */
export function openReadable(path: string): DatabaseSync {
  const { DatabaseSync } = loadSqlite()
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    db.exec('PRAGMA busy_timeout = 1000')
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
