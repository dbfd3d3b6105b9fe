import { DatabaseSync } from 'node:sqlite'
import type { RecordedEvent } from '../src/index.ts'

/** The shortest way to keep the same events as safely: one table, one transaction per batch, on bare `node:sqlite`. */
export function writeBare(path: string, batches: readonly (readonly RecordedEvent[])[]): number {
  const db = new DatabaseSync(path)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  db.exec(`CREATE TABLE events (
    seq INTEGER PRIMARY KEY, stream TEXT, revision INTEGER, at INTEGER, mono REAL, type TEXT, v INTEGER, child TEXT,
    incarnation INTEGER, cause TEXT, caused_by INTEGER, data TEXT, UNIQUE (stream, revision))`)
  const insert = db.prepare(`INSERT INTO events VALUES (${'?, '.repeat(11)}?)`)
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  let events = 0
  for (const batch of batches) {
    begin.run()
    for (const event of batch) {
      const { seq, stream, revision, at, mono, type, v, child = null, incarnation = null, data } = event
      const { cause = null, causedBy = null } = event
      insert.run(seq, stream, revision, at, mono, type, v, child, incarnation, cause, causedBy, JSON.stringify(data))
    }
    commit.run()
    events += batch.length
  }
  db.close()
  return events
}
