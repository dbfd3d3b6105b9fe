import type { RecordedLimit, RestartLimit } from '../events/event.ts'

const finite = (value: number): number | null => (value === Infinity ? null : value)

/** A limit as an event holds it. */
export function recordLimit(limit: RestartLimit): RecordedLimit {
  return { restarts: finite(limit.restarts), withinMs: finite(limit.withinMs) }
}

/** How many of `history` (monotonic milliseconds, ascending) lie within the limit's window that ends `now`. */
export function countWithin(history: readonly number[], limit: RecordedLimit, now: number): number {
  const beginning = limit.withinMs === null ? -Infinity : now - limit.withinMs
  let count = 0
  for (let i = history.length - 1; i >= 0 && (history[i] ?? 0) > beginning; i--) count++
  return count
}

/** The history with `now` added, less what this limit can never ask for again. */
export function remember(history: readonly number[], limit: RecordedLimit, now: number): readonly number[] {
  if (limit.restarts === null) return history
  const within = countWithin(history, limit, now)
  const keep = Math.min(within, Math.max(limit.restarts - 1, 0))
  return [...history.slice(history.length - keep), now]
}
