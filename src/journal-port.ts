import type { RecordedEvent } from './events/event.ts'

/** How a store was found when it was opened. */
export interface JournalHead {
  /** The last recorded `seq`; 0 for an empty journal. */
  readonly seq: number
  /** `clean`: it ended with the root's `supervisor.stopped`. `open`: whoever wrote it did not finish. */
  readonly ended: 'empty' | 'clean' | 'open'
  /** The numbers of the retained `journal.checkpointed`, ascending. Absent: nobody has looked. */
  readonly checkpoints?: readonly number[]
  /** A damaged tail was found and dropped; what is appended next begins where it began. To be told as the first event. */
  readonly dropped?: JournalLoss
}

/** What of a damaged tail is known: how many events there were, or how many bytes, or both. */
export interface JournalLoss {
  readonly droppedEvents?: number
  readonly droppedBytes?: number
}

/**
 * Where events are kept. Synchronous on purpose: an intent must be durable before its effect. `append` and `commit` may
 * throw; children are never harmed by it.
 *
 * After either has thrown, nothing appended since the last successful `commit` is recorded (`last` says so), and the
 * same events may be appended again.
 */
export interface Journal {
  /**
   * How many events go by, at least, between two checkpoints: of a journal that keeps no more than it must, also how
   * many of the latest events are kept at least.
   */
  readonly retain: number
  /**
   * What happens while it cannot be written: `degrade` (default) goes on from memory, `fail-stop` lets signals and exits
   * go on and begins no process.
   */
  readonly onFailure?: 'degrade' | 'fail-stop'
  /** Claims the journal for one supervisor tree. @throws {BroodError} ERR_JOURNAL_LOCKED, ERR_JOURNAL_CORRUPT */
  open(): JournalHead
  /**
   * Adds events behind `last`. They follow it without a gap, but for the one that is permitted: a batch may begin with a
   * `journal.degraded` that tells which numbers never reached the store, directly followed by a checkpoint.
   * @throws {BroodError} ERR_JOURNAL_CONFLICT for a batch that does not follow, of which nothing is added
   */
  append(events: readonly RecordedEvent[]): void
  /** Makes what was appended durable. */
  commit(): void
  /** The oldest retained `seq`; `last + 1` when nothing is retained. */
  readonly first: number
  /** The last appended `seq`, 0 when empty. */
  readonly last: number
  /** Retained events from `from` (inclusive) on, at most `limit` of them. Also after `close`. */
  read(from: number, limit: number): readonly RecordedEvent[]
  /** Lets go of the journal; it can be opened again. */
  close(): void
}
