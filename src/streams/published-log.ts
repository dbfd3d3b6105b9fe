import type { RetainedLog } from './retained-log.ts'

/** What a published log looks into: a journal, or anything that retains events by their numbers. */
export interface LogSource<T> {
  readonly first: number
  readonly last: number
  read(from: number, limit: number): readonly T[]
}

export interface PublishedLog<T> extends RetainedLog<T> {
  /** Shows readers everything up to `seq`. */
  publish(seq: number): void
  /** Nothing more will be published: readers end when they have read what there is. */
  end(): void
}

/**
 * A log of what was already published of `source`: what it records is hidden from readers until `publish`, so that
 * nobody reads an event that is not yet durable or not yet told to subscribers.
 *
 * What the source holds when this is called counts as published.
 */
export function publishedLog<T>(source: LogSource<T>): PublishedLog<T> {
  let listeners: Set<() => void> | undefined
  let { last } = source
  let ended = false

  function changed(): void {
    for (const listener of listeners ?? []) listener()
  }

  return {
    get first() {
      return source.first
    },
    get last() {
      return last
    },
    get ended() {
      return ended
    },
    read(from, limit) {
      const start = Math.max(from, source.first)
      const count = Math.min(limit, last - start + 1)
      return count > 0 ? source.read(start, count) : []
    },
    onChange(listener) {
      // A wrapper of its own for each, so that the same listener twice is two, each with its own end.
      const call = () => listener()
      listeners ??= new Set()
      listeners.add(call)
      return () => void listeners?.delete(call)
    },
    publish(seq) {
      if (seq <= last) return
      last = seq
      changed()
    },
    end() {
      if (ended) return
      ended = true
      changed()
      // A reader that was abandoned without `return` is not to be held by a log that has nothing more to say.
      listeners = undefined
    },
  }
}
