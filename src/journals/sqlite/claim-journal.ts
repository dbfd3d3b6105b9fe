import type { DatabaseSync } from 'node:sqlite'
import { BroodError } from '../../errors.ts'
import { knownVersion } from '../../events/upcast.ts'
import type { JournalHead } from '../../ports.ts'
import { openWritable, rowReader } from './connection.ts'
import { prepareFile } from './journal-file.ts'
import { metaWriter, readMeta, type Meta, type Owner } from './meta.ts'
import { isOwnerAlive, thisOwner } from './owner.ts'
import type { Mark } from './retention.ts'
import type { Cells } from './row.ts'
import { migrate } from './schema.ts'
import { journalError } from './sqlite-error.ts'
import { verifiedPages } from './verify-log.ts'
import { lostWalBytes } from './wal-loss.ts'

/** How long the lock of another process is waited for while a journal is opened, and later in each commit. */
const OPENING_MS = 1000
export const WRITING_MS = 25

/** A journal that is ours. */
export interface Claim {
  readonly path: string
  readonly db: DatabaseSync
  readonly meta: Meta
  readonly head: JournalHead
  readonly checkpoints: readonly Mark[]
}

/**
 * Opens the journal at `path`, looks at all of it, and makes this process its one writer: in one transaction, so that of
 * two that try only one succeeds. Whoever wrote it before is dead, and should it not be: its epoch is over.
 *
 * A damaged tail stays where it is until something is appended: then it has been told.
 *
 * @throws {BroodError} ERR_JOURNAL_LOCKED, ERR_JOURNAL_CORRUPT, ERR_UNSUPPORTED, ERR_INVALID_SPEC
 */
export function claimJournal(path: string): Claim {
  let db: DatabaseSync | undefined
  try {
    const real = prepareFile(path)
    db = openWritable(real, OPENING_MS)
    db.exec('BEGIN IMMEDIATE')
    migrate(db)
    const before = readMeta(db)
    if (before.owner !== null && isOwnerAlive(before.owner)) throw locked(real, before.owner)
    const lostBytes = before.lostBytes + lostWalBytes(`${real}-wal`)
    const { last, checkpoints, ended, droppedEvents } = survey(db, before)
    const claimed = { ...before, epoch: before.epoch + 1, owner: thisOwner(), lostBytes }
    metaWriter(db)(claimed, before.epoch)
    db.exec('COMMIT')
    db.exec(`PRAGMA busy_timeout = ${WRITING_MS}`)
    // A log that begins anew holds nothing that could be taken for a loss after the next crash.
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    const dropped = {
      ...(droppedEvents > 0 ? { droppedEvents } : {}),
      ...(lostBytes > 0 ? { droppedBytes: lostBytes } : {}),
    }
    const head: JournalHead = {
      seq: last,
      ended,
      ...(checkpoints.length > 0 ? { checkpoints: checkpoints.map(({ seq }) => seq) } : {}),
      ...(droppedEvents > 0 || lostBytes > 0 ? { dropped } : {}),
    }
    // A log of which nothing is left begins anew.
    const first = last === 0 ? 1 : before.first
    return { path: real, db, meta: { ...claimed, first, last }, head, checkpoints }
  } catch (error) {
    // What was begun is rolled back by that.
    db?.close()
    throw journalError(path, error)
  }
}

function locked(path: string, { pid }: Owner): BroodError {
  const whose = pid === process.pid ? 'this very process' : `process ${pid}, which is alive`
  return new BroodError('ERR_JOURNAL_LOCKED', `The journal "${path}" belongs to ${whose}`)
}

interface Survey extends Pick<JournalHead, 'ended'> {
  readonly last: number
  readonly checkpoints: readonly Mark[]
  readonly droppedEvents: number
}

function survey(db: DatabaseSync, { first, last }: Meta): Survey {
  const checkpoints: Mark[] = []
  let newest: Cells | undefined
  for (const page of verifiedPages(rowReader(db), { first, last }, first)) {
    for (const cells of page) {
      const [seq, , , at, , type, v] = cells
      knownVersion({ seq, type, v })
      if (type === 'journal.checkpointed') checkpoints.push({ seq, at })
      newest = cells
    }
  }
  const reached = newest?.[0] ?? first - 1
  const beyond = Number(db.prepare('SELECT count(*) AS n FROM events WHERE seq > ?').get(last)?.['n'])
  const clean = newest?.[5] === 'supervisor.stopped' && newest[1] === '/'
  return {
    last: newest?.[0] ?? 0,
    checkpoints,
    ended: newest === undefined ? 'empty' : clean ? 'clean' : 'open',
    droppedEvents: last - reached + beyond,
  }
}
