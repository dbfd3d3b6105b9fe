import type { DatabaseSync } from 'node:sqlite'
import { BroodError } from '../../errors.ts'
import { insertMeta, metaWriter, readMeta } from './meta.ts'

/** `brod` as SQLite's application_id: what file(1) and whoever opens the file can know it by. */
const APPLICATION_ID = 0x62726f64

/** Brings a file from the schema before to this one. */
export type SchemaStep = (db: DatabaseSync) => void

/** Never changed once published: a new schema is a new step. */
export const schemaSteps: readonly SchemaStep[] = [
  (db) => {
    db.exec(`
      CREATE TABLE meta (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        version INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        lost_bytes INTEGER NOT NULL,
        boot_id TEXT,
        pid INTEGER,
        start_ticks INTEGER,
        claimed_at INTEGER,
        checksum INTEGER NOT NULL
      );
      CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        stream TEXT NOT NULL,
        revision INTEGER NOT NULL,
        at INTEGER NOT NULL,
        mono REAL NOT NULL,
        type TEXT NOT NULL,
        v INTEGER NOT NULL,
        child TEXT,
        incarnation INTEGER,
        cause TEXT,
        caused_by INTEGER,
        data TEXT NOT NULL,
        checksum INTEGER NOT NULL,
        UNIQUE (stream, revision)
      );
    `)
    insertMeta(db, { version: 1, epoch: 0, first: 1, last: 0, lostBytes: 0, owner: null })
  },
]

const pragma = (db: DatabaseSync, name: string): number =>
  Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0])

const isEmpty = (db: DatabaseSync): boolean => db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined

/**
 * Whether nothing was ever made of a database. A journal of which the schema cannot be read any more looks empty, too,
 * and must not become a new one.
 */
export const isFresh = (db: DatabaseSync): boolean =>
  isEmpty(db) && pragma(db, 'application_id') === 0 && pragma(db, 'user_version') === 0

/**
 * Brings the schema of a journal up to date, within the caller's transaction.
 * @throws {BroodError} ERR_UNSUPPORTED for a newer one; ERR_JOURNAL_CORRUPT for a database that is no journal
 */
export function migrate(db: DatabaseSync, steps: readonly SchemaStep[] = schemaSteps): void {
  const fresh = isFresh(db)
  const version = fresh ? 0 : checkSchema(db, steps.length)
  if (version === steps.length) return
  for (const step of steps.slice(version)) step(db)
  if (fresh) db.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
  db.exec(`PRAGMA user_version = ${steps.length}`)
  const meta = readMeta(db)
  metaWriter(db)({ ...meta, version: steps.length }, meta.epoch)
}

/** The version of a journal's schema, at most `known`. @throws {BroodError} ERR_UNSUPPORTED, ERR_JOURNAL_CORRUPT */
export function checkSchema(db: DatabaseSync, known: number = schemaSteps.length): number {
  if (isEmpty(db) || pragma(db, 'application_id') !== APPLICATION_ID) {
    throw new BroodError('ERR_JOURNAL_CORRUPT', 'Expected a journal of brood, got another database')
  }
  const version = pragma(db, 'user_version')
  // Said twice, because a header can be damaged, too: only where both say so it is a newer one.
  const told = Number(db.prepare('SELECT version FROM meta WHERE id = 1').get()?.['version'])
  if (version !== told || version < 1) {
    throw new BroodError(
      'ERR_JOURNAL_CORRUPT',
      `The journal is damaged: its schema is said to be both ${version} and ${told}`,
    )
  }
  if (version > known) {
    throw new BroodError(
      'ERR_UNSUPPORTED',
      `The journal has schema ${version}, written by a newer brood: this one knows ${known}`,
    )
  }
  return version
}
