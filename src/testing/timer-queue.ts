/** One armed timer, as the queue keeps it. `index` is its place in the heap, -1 once it left. */
export interface QueuedTimer {
  readonly due: number
  readonly order: number
  readonly fire: () => void
  index: number
}

/** Timers ordered by due time, then by insertion; taking one back costs no more than adding it. */
export interface TimerQueue {
  add(due: number, fire: () => void): QueuedTimer
  /** Harmless for a timer that already left. */
  remove(timer: QueuedTimer): void
  first(): QueuedTimer | undefined
  readonly size: number
}

const isBefore = (a: QueuedTimer, b: QueuedTimer): boolean => a.due < b.due || (a.due === b.due && a.order < b.order)

/**
 * A binary heap whose timers know their place. Lazy deletion would be shorter, but a supervisor disarms nearly every
 * timer it arms, and those would pile up until their time comes: simulated years of it.
 */
export function createTimerQueue(): TimerQueue {
  const heap: QueuedTimer[] = []
  let inserted = 0

  const place = (timer: QueuedTimer, index: number): void => {
    heap[index] = timer
    timer.index = index
  }

  const rise = (timer: QueuedTimer): void => {
    while (timer.index > 0) {
      const at = timer.index
      const above = (at - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || isBefore(parent, timer)) return
      place(parent, at)
      place(timer, above)
    }
  }

  const sink = (timer: QueuedTimer): void => {
    for (;;) {
      const at = timer.index
      const left = heap[2 * at + 1]
      const right = heap[2 * at + 2]
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left
      if (child === undefined || isBefore(timer, child)) return
      const below = child.index
      place(child, at)
      place(timer, below)
    }
  }

  return {
    add(due, fire) {
      const timer: QueuedTimer = { due, order: inserted++, fire, index: heap.length }
      heap.push(timer)
      rise(timer)
      return timer
    },
    remove(timer) {
      const at = timer.index
      if (at === -1) return
      timer.index = -1
      const last = heap.pop()
      if (last === undefined || last === timer) return
      place(last, at)
      rise(last)
      sink(last)
    },
    first: () => heap[0],
    get size() {
      return heap.length
    },
  }
}
