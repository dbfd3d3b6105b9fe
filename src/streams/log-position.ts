import type { Gap } from '../events/event.ts'
import type { RetainedLog } from './retained-log.ts'

/** Where a reader is in a log: two numbers, however much there is to read. */
export interface LogPosition<T> {
  /** The next event that is wanted, or the Gap before it; undefined where there is none yet. */
  take(): T | Gap | undefined
  /** How many published events lie ahead. */
  unread(): number
  /** Leaves out all but the newest `count` events; the next `take` tells. */
  skipToNewest(count: number): void
}

/**
 * Stands in `log` before `from`, or before the first retained event where `from` <= 1. Only `types` are taken, where
 * they are given.
 */
export function logPosition<T extends { readonly seq: number }>(
  log: Pick<RetainedLog<T>, 'first' | 'last' | 'read'>,
  from: number,
  types?: ReadonlySet<string>,
): LogPosition<T> {
  let next = from <= 1 ? log.first : from
  /** Everything before this was taken, unwanted, or told as missed: it trails `next` after a skip. */
  let settled = next

  const wanted = (event: T): boolean => types === undefined || ('type' in event && types.has(String(event.type)))

  const miss = (until: number): Gap => {
    const gap: Gap = { type: 'gap', from: settled, to: until - 1, missed: until - settled }
    next = settled = until
    return gap
  }

  return {
    take() {
      // Retention may have overtaken this reader since.
      next = Math.max(next, log.first)
      if (settled < next) return miss(next)
      // One at a time where every event is wanted, ever more where few are: never more than twice what is needed.
      for (let limit = 1; ; limit = Math.min(limit * 2, 256)) {
        const events = log.read(next, limit)
        if (events.length === 0) return undefined
        for (const event of events) {
          if (event.seq > next) return miss(event.seq)
          next = settled = event.seq + 1
          if (wanted(event)) return event
        }
      }
    },
    unread: () => Math.max(0, log.last - next + 1),
    skipToNewest(count) {
      next = Math.max(next, log.last - count + 1)
    },
  }
}
