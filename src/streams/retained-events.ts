const chunkSize = 1024

/** A gapless run of events, of which the oldest are dropped when they are no longer wanted. */
export interface RetainedEvents<T> {
  /** The oldest retained `seq`; `last + 1` where nothing is. */
  readonly first: number
  /** The last appended `seq`; 0 before the first. */
  readonly last: number
  /** Stores what must be event `last + 1`. */
  append(event: T): void
  /** Retained events from `from` (inclusive) on, at most `limit` of them. */
  read(from: number, limit: number): readonly T[]
  /** Drops everything before `seq`; its memory is given back in steps of up to 1 024 events. */
  dropBefore(seq: number): void
}

/**
 * Makes an empty store, numbered from 1.
 *
 * In chunks, because neither a `shift` of one big array nor the copying growth of a ring may hold up the event loop:
 * appending and dropping are O(1), reading is O(what is read), and nothing is moved.
 */
export function retainedEvents<T>(): RetainedEvents<T> {
  const chunks: T[][] = []
  /** The number of the first event of the first chunk. */
  let base = 1
  let first = 1
  let last = 0

  return {
    get first() {
      return first
    },
    get last() {
      return last
    },
    append(event) {
      last += 1
      const offset = (last - base) % chunkSize
      if (offset === 0) chunks.push([event])
      else chunks.at(-1)?.push(event)
    },
    read(from, limit) {
      const start = Math.max(from, first)
      const end = Math.min(last + 1, start + limit)
      const events: T[] = []
      for (let seq = start; seq < end;) {
        const offset = (seq - base) % chunkSize
        const taken = Math.min(end - seq, chunkSize - offset)
        const chunk = chunks[Math.floor((seq - base) / chunkSize)] ?? []
        if (events.length === 0 && seq + taken === end) return chunk.slice(offset, offset + taken)
        events.push(...chunk.slice(offset, offset + taken))
        seq += taken
      }
      return events
    },
    dropBefore(seq) {
      first = Math.max(first, Math.min(seq, last + 1))
      const dead = Math.floor((first - base) / chunkSize)
      if (dead === 0) return
      chunks.splice(0, dead)
      base += dead * chunkSize
    },
  }
}
