import type { DatabaseSync } from 'node:sqlite'
import { BroodError } from '../../errors.ts'
import { checksumOf } from './row.ts'

/** Who writes a journal: a process, named so exactly that its number may be given to another. */
export interface Owner {
  /** Null where the platform tells none. */
  readonly bootId: string | null
  readonly pid: number
  readonly startTicks: number | null
  /** Epoch milliseconds. */
  readonly claimedAt: number
}

/** The one row of the table `meta`. */
export interface Meta {
  /** The schema of the file, once more: the one in its header has no checksum. */
  readonly version: number
  /** Raised by each claim: who holds an older one writes no more. */
  readonly epoch: number
  /** The oldest event that counts; rows before it are being removed. 1 for an empty journal. */
  readonly first: number
  /** The last event; 0 for an empty journal. */
  readonly last: number
  /** Bytes of a damaged tail, found and not yet told. */
  readonly lostBytes: number
  readonly owner: Owner | null
}

const COLUMNS = 'version, epoch, first, last, lost_bytes, boot_id, pid, start_ticks, claimed_at'

/** The row of a journal. @throws {BroodError} ERR_JOURNAL_CORRUPT */
export function readMeta(db: DatabaseSync): Meta {
  const row = db.prepare(`SELECT ${COLUMNS}, checksum FROM meta WHERE id = 1`).get()
  const cells = Object.values(row ?? {})
  const checksum = cells.pop()
  if (row === undefined || checksum !== checksumOf(cells)) {
    throw new BroodError('ERR_JOURNAL_CORRUPT', 'The journal is damaged: its table `meta` is not as it was written')
  }
  const [version, epoch, first, last, lostBytes, bootId, pid, startTicks, claimedAt] = cells as [
    number,
    number,
    number,
    number,
    number,
    string | null,
    number | null,
    number | null,
    number | null,
  ]
  const owner = pid === null ? null : { bootId, pid, startTicks, claimedAt: claimedAt ?? 0 }
  return { version, epoch, first, last, lostBytes, owner }
}

function metaCells({ version, epoch, first, last, lostBytes, owner }: Meta): Array<number | string | null> {
  const { bootId = null, pid = null, startTicks = null, claimedAt = null } = owner ?? {}
  return [version, epoch, first, last, lostBytes, bootId, pid, startTicks, claimedAt]
}

export function insertMeta(db: DatabaseSync, meta: Meta): void {
  const cells = metaCells(meta)
  db.prepare(`INSERT INTO meta (id, ${COLUMNS}, checksum) VALUES (1, ${cells.map(() => '?').join(', ')}, ?)`).run(
    ...cells,
    checksumOf(cells),
  )
}

/** Writes the row; false where it is no longer of the epoch `since`: somebody else has claimed the journal. */
export type WriteMeta = (meta: Meta, since: number) => boolean

export function metaWriter(db: DatabaseSync): WriteMeta {
  const names = [...COLUMNS.split(', '), 'checksum'].map((name) => `${name} = ?`).join(', ')
  const update = db.prepare(`UPDATE meta SET ${names} WHERE id = 1 AND epoch = ?`)
  return (meta, since) => {
    const cells = metaCells(meta)
    return Number(update.run(...cells, checksumOf(cells), since).changes) === 1
  }
}
