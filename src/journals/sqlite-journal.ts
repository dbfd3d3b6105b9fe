import { resolve } from 'node:path'
import { BroodError } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { Journal } from '../ports.ts'
import { invalidOption } from '../streams/invalid-option.ts'
import { refuseUnknownOptions } from '../streams/unknown-options.ts'
import { claimJournal } from './sqlite/claim-journal.ts'
import { openReadable } from './sqlite/connection.ts'
import { readEvents } from './sqlite/read-events.ts'
import { refuseMisplaced } from './sqlite/refuse-misplaced.ts'
import type { Retention } from './sqlite/retention.ts'
import { journalError } from './sqlite/sqlite-error.ts'
import { openStore, type Store } from './sqlite/store.ts'

export interface SqliteJournalOptions {
  /**
   * What a supervisor does while the file cannot be written. `'degrade'` (default): it goes on, and writes later what it
   * remembers. `'fail-stop'`: it begins no process until the file can be written again. No child is ended in either.
   */
  readonly onFailure?: 'degrade' | 'fail-stop' | undefined
  /**
   * What is kept at least: so many of the latest `events` (an integer >= 1), and all that are younger than `ageMs`
   * milliseconds; `Infinity` is everything. Default: everything.
   */
  readonly retain?: { readonly events?: number | undefined; readonly ageMs?: number | undefined } | undefined
}

/** Where nothing is dropped a checkpoint still saves the next start from folding everything there ever was. */
const CHECKPOINT_EVERY = 10_000

/**
 * Keeps events in a SQLite file, so that they outlive the host: one commit per turn, a checksum in every row, one writer
 * at a time. The file is made when a supervisor first opens the journal, with mode 0600, its directory with 0700 where it
 * is missing. It needs `node:sqlite`, which is loaded then, too.
 *
 * What was committed survives every crash of the host; after a power loss the last moments may be missing. Without
 * `/proc` an owner is recognised by its process number alone.
 *
 * Opening throws ERR_JOURNAL_LOCKED (another living process writes it), ERR_JOURNAL_CORRUPT (damage before its tail),
 * ERR_UNSUPPORTED (no `node:sqlite`, or written by a newer brood), ERR_INVALID_SPEC (a path that cannot be used, or that
 * somebody else could change).
 *
 * @throws {BroodError} ERR_INVALID_SPEC for wrong options
 */
export function sqliteJournal(path: string, options: SqliteJournalOptions = {}): Journal {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw invalidOption('path', 'a path, without NUL', path)
  }
  refuseUnknownOptions(options, ['onFailure', 'retain'])
  const { onFailure = 'degrade' } = options
  if (onFailure !== 'degrade' && onFailure !== 'fail-stop') {
    throw invalidOption('onFailure', "'degrade' or 'fail-stop'", onFailure)
  }
  const retention = checkRetention(options.retain)
  const file = resolve(path)
  let store: Store | undefined
  let staged: RecordedEvent[] = []
  /** What it held when it was closed: that can still be read. */
  let held = { first: 1, last: 0 }

  const range = (): { readonly first: number; readonly last: number } => store ?? held
  const lastStaged = (): number => staged.at(-1)?.seq ?? range().last

  function readClosed(from: number, limit: number): readonly RecordedEvent[] {
    if (held.last === 0) return []
    try {
      const db = openReadable(file)
      try {
        return readEvents(db, held, from, limit)
      } finally {
        db.close()
      }
    } catch (error) {
      throw journalError(file, error)
    }
  }

  return {
    retain: Number.isFinite(retention.events) ? (retention.events ?? CHECKPOINT_EVERY) : CHECKPOINT_EVERY,
    onFailure,
    open() {
      if (store !== undefined) {
        throw new BroodError(
          'ERR_JOURNAL_LOCKED',
          `The journal "${file}" belongs to another supervisor of this process`,
        )
      }
      const claim = claimJournal(file)
      store = openStore(claim, retention)
      staged = []
      return claim.head
    },
    append(batch) {
      if (store === undefined) throw new BroodError('ERR_INVALID_STATE', 'The journal is not open.')
      refuseMisplaced(lastStaged(), batch)
      for (const event of batch) staged.push(event)
    },
    commit() {
      if (store === undefined || staged.length === 0) return
      const batch = staged
      // Also where it fails: what could not be written is appended again by whoever still knows it.
      staged = []
      store.write(batch)
    },
    get first() {
      const { first, last } = range()
      // Of an empty one the first to come may be the one that announces what is missing.
      return last === 0 ? (staged[0]?.seq ?? 1) : first
    },
    get last() {
      return lastStaged()
    },
    read(from, limit) {
      const events = store === undefined ? readClosed(from, limit) : store.read(from, limit)
      if (staged.length === 0 || events.length >= limit) return events
      return [...events, ...staged.filter(({ seq }) => seq >= from)].slice(0, limit)
    },
    close() {
      if (store === undefined) return
      held = { first: store.first, last: store.last }
      store.close()
      store = undefined
      staged = []
    },
  }
}

function checkRetention(retain: SqliteJournalOptions['retain']): Retention {
  if (retain === undefined) return {}
  if (typeof retain !== 'object' || retain === null) throw invalidOption('retain', 'an object', retain)
  refuseUnknownOptions(retain, ['events', 'ageMs'])
  const { events, ageMs } = retain
  if (events !== undefined && !isWhole(events, 1)) {
    throw invalidOption('retain.events', 'an integer >= 1 or Infinity', events)
  }
  if (ageMs !== undefined && !isWhole(ageMs, 0))
    throw invalidOption('retain.ageMs', 'an integer >= 0 or Infinity', ageMs)
  return { events, ageMs }
}

const isWhole = (value: unknown, least: number): boolean =>
  value === Infinity || (Number.isSafeInteger(value) && Number(value) >= least)
