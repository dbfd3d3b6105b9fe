import type { Clock } from '../ports.ts'

/** A spawn that stands in line: run, or answered as dropped, when its turn comes. */
export interface QueuedStart {
  /** Whether it can stand in line while nothing may begin, instead of being refused. */
  canWait?(): boolean
  run(): void
}

export interface StartQueue {
  add(start: QueuedStart): void
  /** Issues what this turn of the event loop may still issue, one after the other. */
  drain(): void
}

/**
 * Lets at most `perTurn` spawns through per turn of the event loop. A spawn blocks the loop in proportion to the host's
 * memory (libuv forks), so a mass start would keep every exit, timer and subscriber waiting for its end.
 *
 * `resume` is called at the beginning of the next turn while there is a queue. While `mayStart` says no, what can wait
 * does, and the rest is let through to hear so.
 */
export function createStartQueue(
  clock: Clock,
  perTurn: number,
  resume: () => void,
  mayStart: () => boolean = () => true,
): StartQueue {
  let queue: QueuedStart[] = []
  let head = 0
  let left = perTurn
  let counting = false

  const count = (): void => {
    left--
    if (counting) return
    counting = true
    clock.nextTurn(() => {
      counting = false
      left = perTurn
      if (head < queue.length) resume()
    })
  }

  return {
    add: (start) => void queue.push(start),
    drain() {
      const waiting: QueuedStart[] = []
      for (; head < queue.length; head++) {
        const start = queue[head]
        if (start === undefined) continue
        if (!mayStart() && start.canWait?.() === true) {
          waiting.push(start)
          continue
        }
        if (left === 0) {
          if (waiting.length === 0) return
          break
        }
        count()
        start.run()
      }
      queue = [...waiting, ...queue.slice(head)]
      head = 0
    },
  }
}
