import { checkRunnables } from './check-runnables.ts'
import { group, type Order } from './group.ts'
import { nop } from './nop.ts'
import type { Runnable } from './runnable.ts'

const atOnce: Order = {
  start: (units, launch) => Promise.all(units.map(launch)),
  stop(lives) {
    for (const life of lives) life.stop()
    return Promise.all(lives.map((life) => life.ended))
  },
}

/**
 * Runs runnables side by side: all start at once, it is ready when all of them are, and all stop at once, after what runs
 * on top of them has ended. None of them: `nop()`; one: itself.
 *
 * When one fails to start, those that are ready stop gracefully and the others are cut. When one ends by itself, what
 * runs on top is cancelled and all stop. A failure on top takes precedence; several failures of members become an
 * `AggregateError`, in the order of the list.
 *
 * @throws {BroodError} ERR_INVALID_SPEC for what is no function
 */
export function parallel(...runnables: readonly Runnable[]): Runnable {
  checkRunnables(runnables)
  const [first = nop()] = runnables
  return runnables.length > 1 ? group(runnables, atOnce) : first
}
