import { BroodError } from '../../errors.ts'
import { announcesGap } from '../../events/continuity.ts'
import type { RecordedEvent } from '../../events/event.ts'
import { eventOf, verifyRow, type Cells, type Row } from './row.ts'

/** So many rows are looked at in one piece. */
export const PAGE = 1024

/** Rows from `from` on, ascending, at most `limit` of them. */
export type ReadRows = (from: number, limit: number) => readonly Row[]

/** A log, as the row of `meta` tells it. */
export interface LogRange {
  /** The oldest event there must be. */
  readonly first: number
  /** The newest event there should be. */
  readonly last: number
}

/**
 * The rows of a log from `from` on that are as they were recorded, page by page, up to a damaged tail: a run of rows at
 * the end of which none is good. That is what a torn write leaves, and all that may be left out.
 *
 * @throws {BroodError} ERR_JOURNAL_CORRUPT for damage that something good follows, with its place
 */
export function* verifiedPages(
  read: ReadRows,
  { first, last }: LogRange,
  from: number,
): Generator<readonly Cells[], void> {
  let next = Math.max(from, first)
  let atStart = true
  let damage: number | undefined
  let gap: Cells | undefined
  for (let at = next; at <= last;) {
    const rows = read(at, Math.min(PAGE, last - at + 1))
    const good: Cells[] = []
    for (const row of rows) {
      const cells = verifyRow(row)
      if (cells === undefined) {
        damage ??= next
        continue
      }
      if (damage === undefined && !continues(next, cells, atStart)) damage = next
      if (damage !== undefined) {
        // What was good before it is given all the same.
        if (good.length > 0) yield good
        throw damagedAt(damage)
      }
      next = cells[0] + 1
      atStart = false
      // What announces a gap is worth nothing without the checkpoint behind it: they go together.
      if (gap !== undefined) good.push(gap)
      gap = announcement(cells) === undefined ? undefined : cells
      if (gap === undefined) good.push(cells)
    }
    if (good.length > 0) yield good
    const reached = Number(rows.at(-1)?.[0])
    // Nothing more, or numbers that do not ascend: what is missing is the tail.
    if (!(reached >= at)) return
    at = reached + 1
  }
}

/**
 * At most `limit` rows of a log that was verified before.
 * @throws {BroodError} ERR_JOURNAL_CORRUPT for one that is not as it was recorded
 */
export function verifiedRows(read: ReadRows, { first, last }: LogRange, from: number, limit: number): readonly Cells[] {
  let next = Math.max(from, first)
  let atStart = true
  const wanted = Math.min(limit, last - next + 1)
  if (wanted <= 0) return []
  return read(next, wanted).map((row) => {
    const cells = verifyRow(row)
    if (cells === undefined || !continues(next, cells, atStart)) throw damagedAt(next)
    next = cells[0] + 1
    atStart = false
    return cells
  })
}

/** Whether a row stands where it should; who begins to read within a gap begins with what announces it. */
function continues(next: number, cells: Cells, atStart: boolean): boolean {
  if (cells[0] === next) return true
  const from = announcement(cells)?.data.from ?? Infinity
  return atStart ? from <= next : from === next
}

function announcement(cells: Cells): RecordedEvent<'journal.degraded'> | undefined {
  if (cells[5] !== 'journal.degraded') return undefined
  const event = eventOf(cells)
  return announcesGap(event) ? event : undefined
}

function damagedAt(seq: number): BroodError {
  return new BroodError('ERR_JOURNAL_CORRUPT', `The journal is damaged: event ${seq} is not as it was recorded`)
}
