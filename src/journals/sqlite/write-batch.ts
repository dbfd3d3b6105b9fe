import type { DatabaseSync } from 'node:sqlite'
import type { RecordedEvent } from '../../events/event.ts'
import { metaWriter, type Meta } from './meta.ts'
import { cellsOf, checksumOf } from './row.ts'

/**
 * Writes events and the row that says so in one transaction. False, and nothing is written, where the journal has a
 * later epoch than `meta`: the check stands in the transaction itself, so a stale writer can never add anything.
 */
export type WriteBatch = (batch: readonly RecordedEvent[], meta: Meta) => boolean

/** What no longer counts is removed in pieces, a little faster than anything comes: no turn waits for a mass of it. */
const PIECE = 256

/** `dropBehind`: the last event that counts; the rest is a damaged tail, removed with the first batch. */
export function batchWriter(db: DatabaseSync, { dropBehind }: { readonly dropBehind: number }): WriteBatch {
  const insert = db.prepare(`INSERT INTO events VALUES (${'?, '.repeat(12)}?)`)
  const remove = db.prepare('DELETE FROM events WHERE seq >= ? AND seq < ?')
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const writeMeta = metaWriter(db)
  let oldest = Number(db.prepare('SELECT min(seq) AS seq FROM events').get()?.['seq'] ?? 1)
  let isTailThere = true

  const write = (batch: readonly RecordedEvent[], meta: Meta): boolean => {
    if (!writeMeta(meta, meta.epoch)) return false
    if (isTailThere) remove.run(dropBehind + 1, Number.MAX_SAFE_INTEGER)
    for (const event of batch) {
      const cells = cellsOf(event)
      insert.run(...cells, checksumOf(cells))
    }
    const upTo = Math.min(meta.first, oldest + PIECE + 2 * batch.length)
    if (upTo > oldest) remove.run(oldest, upTo)
    commit.run()
    isTailThere = false
    oldest = Math.max(oldest, upTo)
    return true
  }

  const rollBack = (): void => {
    try {
      db.exec('ROLLBACK')
    } catch {
      // Some failures, a full disk among them, have rolled it back already.
    }
  }

  return (batch, meta) => {
    begin.run()
    let written = false
    try {
      written = write(batch, meta)
    } finally {
      if (!written) rollBack()
    }
    return written
  }
}
