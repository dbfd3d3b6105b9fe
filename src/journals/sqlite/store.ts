import type { DatabaseSync } from 'node:sqlite'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { BroodError } from '../../errors.ts'
import type { RecordedEvent } from '../../events/event.ts'
import type { Claim } from './claim-journal.ts'
import { WRITING_MS } from './claim-journal.ts'
import { openReadable, openWritable } from './connection.ts'
import { fileId, prepareFile, removeRests, type FileId } from './journal-file.ts'
import { metaWriter, readMeta, type Meta } from './meta.ts'
import { readEvents } from './read-events.ts'
import { findCut, type Mark, type Retention } from './retention.ts'
import { refuseMisplaced } from './refuse-misplaced.ts'
import { checkSchema, isFresh, migrate } from './schema.ts'
import { isBusy, journalError } from './sqlite-error.ts'
import { batchWriter, type WriteBatch } from './write-batch.ts'

/** The file of a journal that is ours, as long as its epoch lasts. */
export interface Store {
  readonly first: number
  readonly last: number
  /**
   * Writes a batch in one transaction, or throws and has written nothing. After a failure the file is opened anew for the
   * next one, which must not trust what the kernel may have dropped; a file that is gone is begun anew.
   */
  write(batch: readonly RecordedEvent[]): void
  read(from: number, limit: number): readonly RecordedEvent[]
  /** Gives the journal back, whole and in one file, as far as that can be done. */
  close(): void
}

interface Connection {
  readonly db: DatabaseSync
  readonly write: WriteBatch
  readonly file: FileId | undefined
  /** The write-ahead log, once there is one. */
  wal: FileId | undefined
}

/** Takes over a claimed journal. */
export function openStore(claim: Claim, retention: Retention): Store {
  const { path } = claim
  let { meta, checkpoints } = claim
  let connection: Connection | undefined = connect(claim.db)
  /** The epoch is over: somebody else took this process for dead. */
  let fenced: BroodError | undefined
  let wrote = false
  /** The file was removed, and is not yet what it was: a journal. */
  let isLost = false

  function connect(db: DatabaseSync): Connection {
    return { db, write: batchWriter(db, { dropBehind: meta.last }), file: fileId(path), wal: fileId(`${path}-wal`) }
  }

  function disconnect(): void {
    const { db } = connection ?? {}
    connection = undefined
    quietly(() => db?.close())
  }

  /** The file as it is now: ours still, and perhaps not as we left it. */
  function reconnect(): Connection {
    isLost ||= fileId(path) === undefined
    if (isLost && !existsSync(dirname(path))) throw new Error('its directory was removed')
    if (isLost) removeRests(path)
    const db = openWritable(prepareFile(path), WRITING_MS)
    try {
      if (isLost && isFresh(db)) {
        begin(db)
      } else {
        checkSchema(db)
        const found = readMeta(db)
        if (found.epoch !== meta.epoch || found.owner?.pid !== meta.owner?.pid) throw fence(found)
        // Until something was written, a damaged tail is still there, and does not count.
        if (wrote) meta = found
        checkpoints = checkpoints.filter(({ seq }) => seq <= meta.last)
        readEvents(db, meta, meta.last, 1)
      }
      isLost = false
      return (connection = connect(db))
    } catch (error) {
      quietly(() => db.close())
      throw error
    }
  }

  /** A journal like the one that is gone, but empty. */
  function begin(db: DatabaseSync): void {
    db.exec('BEGIN IMMEDIATE')
    migrate(db)
    const empty = { ...readMeta(db), epoch: meta.epoch, owner: meta.owner }
    metaWriter(db)(empty, 0)
    db.exec('COMMIT')
    // So that it is a journal although somebody should remove its log as well.
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    meta = empty
    checkpoints = []
  }

  function fence({ owner, epoch }: Pick<Meta, 'owner' | 'epoch'>): BroodError {
    const whose = owner === null ? 'somebody else' : `process ${owner.pid}`
    fenced = new BroodError('ERR_JOURNAL_LOCKED', `The journal "${path}" was taken over by ${whose} (epoch ${epoch})`)
    return fenced
  }

  /** To write into a file that nobody finds any more would be to lose it. */
  function refuseMoved(connected: Connection): void {
    const wal = fileId(`${path}-wal`)
    if (moved(connected.file, fileId(path)) || moved(connected.wal, wal))
      throw new Error('its file was removed or replaced')
    connected.wal = wal
  }

  function write(batch: readonly RecordedEvent[]): void {
    const newest = batch.at(-1)
    const oldest = batch[0]
    if (newest === undefined || oldest === undefined) return
    const connected = connection ?? reconnect()
    // The file may not be as it was left: begun anew, or further than its last writer was told.
    refuseMisplaced(meta.last, batch)
    const marks = batch.filter(({ type }) => type === 'journal.checkpointed').map(({ seq, at }) => ({ seq, at }))
    const known: readonly Mark[] = marks.length === 0 ? checkpoints : [...checkpoints, ...marks]
    const cut = marks.length === 0 ? undefined : findCut(known, retention, newest)
    const first = cut?.seq ?? (meta.last === 0 ? oldest.seq : meta.first)
    const next = { ...meta, first, last: newest.seq, lostBytes: 0 }
    refuseMoved(connected)
    if (!connected.write(batch, next)) throw fence(readMeta(connected.db))
    meta = next
    wrote = true
    checkpoints = cut === undefined ? known : known.filter(({ seq }) => seq >= cut.seq)
  }

  function reading<T>(work: (db: DatabaseSync) => T): T {
    if (connection !== undefined) return work(connection.db)
    const db = openReadable(path)
    try {
      return work(db)
    } finally {
      db.close()
    }
  }

  return {
    get first() {
      return meta.first
    },
    get last() {
      return meta.last
    },
    write(batch) {
      if (fenced !== undefined) throw fenced
      try {
        write(batch)
      } catch (error) {
        if (!isBusy(error)) disconnect()
        throw error
      }
    },
    read(from, limit) {
      try {
        return reading((db) => readEvents(db, meta, from, limit))
      } catch (error) {
        throw journalError(path, error)
      }
    },
    close() {
      quietly(() => {
        if (connection === undefined && fenced === undefined && fileId(path) !== undefined) reconnect()
        const { db } = connection ?? {}
        if (db === undefined) return
        if (fenced === undefined) metaWriter(db)({ ...readMeta(db), owner: null }, meta.epoch)
        db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      })
      disconnect()
    },
  }
}

function moved(before: FileId | undefined, now: FileId | undefined): boolean {
  return before !== undefined && (before.ino !== now?.ino || before.dev !== now.dev)
}

/** For what cannot be helped any more: an owner record that stays is that of a process that will be dead. */
function quietly(work: () => void): void {
  try {
    work()
  } catch {
    // Nobody is left who could do something about it.
  }
}
