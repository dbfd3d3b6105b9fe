import { crc32 } from 'node:zlib'
import type { RecordedEvent } from '../../events/event.ts'

type Cell = number | string | null

/** A row of the table `events`, in the order of its columns, without the checksum that stands last. */
export type Cells = readonly [
  seq: number,
  stream: string,
  revision: number,
  at: number,
  mono: number,
  type: string,
  v: number,
  child: string | null,
  incarnation: number | null,
  cause: string | null,
  causedBy: number | null,
  data: string,
]

/** What SQLite gave for a row: anything, if it is damaged. */
export type Row = readonly unknown[]

export function cellsOf(event: RecordedEvent): Cells {
  const { seq, stream, revision, at, mono, type, v, child, incarnation, cause, causedBy, data } = event
  return [
    seq,
    stream,
    revision,
    at,
    mono,
    type,
    v,
    child ?? null,
    incarnation ?? null,
    cause ?? null,
    causedBy ?? null,
    JSON.stringify(data),
  ]
}

/**
 * CRC-32 over everything the cells say. A text is preceded by its length, so that two different rows are never the same
 * text: numbers, texts, null and what is none of them can all be told apart.
 */
export function checksumOf(cells: readonly unknown[]): number {
  let text = ''
  for (let index = 0; index < cells.length; index++) {
    const cell = cells[index]
    text += typeof cell === 'string' ? `${cell.length}:${cell};` : isCell(cell) ? `${cell};` : '?;'
  }
  return crc32(text)
}

const isCell = (cell: unknown): cell is Cell => typeof cell === 'number' || cell === null

/** The cells of a row, or undefined where it is not what was recorded. */
export function verifyRow(row: Row): Cells | undefined {
  const cells = row.slice(0, 12)
  return row.length === 13 && checksumOf(cells) === row[12] ? (cells as unknown as Cells) : undefined
}

export function eventOf(cells: Cells): RecordedEvent {
  const [seq, stream, revision, at, mono, type, v, child, incarnation, cause, causedBy, data] = cells
  const event: { -readonly [K in keyof RecordedEvent]?: unknown } = { seq, stream, revision, at, mono, type, v }
  if (child !== null) event.child = child
  if (incarnation !== null) event.incarnation = incarnation
  if (cause !== null) event.cause = cause
  if (causedBy !== null) event.causedBy = causedBy
  event.data = JSON.parse(data)
  return event as RecordedEvent
}
