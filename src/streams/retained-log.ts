/** A growing sequence of facts of which the latest are kept, as its readers see it. */
export interface RetainedLog<T> {
  /** The oldest retained `seq`; one more than the last where nothing is retained. */
  readonly first: number
  /** The last published `seq`, 0 when there is none. */
  readonly last: number
  /** Retained events from `from` (inclusive) on, at most `limit` of them; empty beyond the last. */
  read(from: number, limit: number): readonly T[]
  /** Nothing will be published any more. */
  readonly ended: boolean
  /** Calls `listener`, which must not throw, after publications and when the log has ended; returns how to stop that. */
  onChange(listener: () => void): () => void
}
