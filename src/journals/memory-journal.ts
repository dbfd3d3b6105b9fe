import { BroodError } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { Journal, JournalHead } from '../ports.ts'
import { invalidOption } from '../streams/invalid-option.ts'
import { retainedEvents } from '../streams/retained-events.ts'
import { refuseUnknownOptions } from '../streams/unknown-options.ts'

export interface MemoryJournalOptions {
  /** How many of the latest events are kept at least, an integer >= 1 or Infinity. Default 10 000. */
  readonly retain?: number
}

/**
 * Keeps events in memory: gone with the host process, never failing, and the same journal again after `close`.
 *
 * Beyond `retain` events it drops everything before the newest `journal.checkpointed` that leaves at least that many,
 * whenever one is appended; without checkpoints it drops nothing.
 *
 * @throws {BroodError} ERR_INVALID_SPEC for anything but such a `retain`
 */
export function memoryJournal(options: MemoryJournalOptions = {}): Journal {
  refuseUnknownOptions(options, ['retain'])
  const { retain = 10_000 } = options
  if (!(Number.isSafeInteger(retain) || retain === Infinity) || retain < 1) {
    throw invalidOption('retain', 'an integer >= 1 or Infinity', retain)
  }
  const events = retainedEvents<RecordedEvent>()
  /** The numbers of the retained checkpoints, ascending: of a journal that is appended to as intended, two or three. */
  const checkpoints: number[] = []
  let claimed = false

  function head(): JournalHead {
    const last = events.read(events.last, 1)[0]
    if (last === undefined) return { seq: 0, ended: 'empty' }
    const clean = last.type === 'supervisor.stopped' && last.stream === '/'
    return { seq: last.seq, ended: clean ? 'clean' : 'open' }
  }

  function trim(): void {
    const leaves = (checkpoint: number | undefined): number =>
      checkpoint === undefined ? 0 : events.last - checkpoint + 1
    while (leaves(checkpoints[1]) >= retain) checkpoints.shift()
    const [cut] = checkpoints
    if (cut !== undefined && leaves(cut) >= retain) events.dropBefore(cut)
  }

  return {
    retain,
    open() {
      if (claimed) throw new BroodError('ERR_JOURNAL_LOCKED', 'The journal belongs to another supervisor.')
      claimed = true
      return head()
    },
    append(batch) {
      if (!claimed) throw new BroodError('ERR_INVALID_STATE', 'The journal is not open.')
      // All of them before any is stored: a refused batch leaves no trace.
      for (const [index, { seq }] of batch.entries()) {
        const expected = events.last + 1 + index
        if (seq !== expected) {
          throw new BroodError('ERR_JOURNAL_CONFLICT', `Expected event ${expected} of the journal, got ${seq}.`)
        }
      }
      const before = checkpoints.length
      for (const event of batch) {
        events.append(Object.freeze(event))
        if (event.type === 'journal.checkpointed') checkpoints.push(event.seq)
      }
      if (checkpoints.length > before) trim()
    },
    commit() {
      // Nothing outlives the process here, so nothing can be made to.
    },
    get first() {
      return events.first
    },
    get last() {
      return events.last
    },
    read: (from, limit) => events.read(from, limit),
    close() {
      claimed = false
    },
  }
}
