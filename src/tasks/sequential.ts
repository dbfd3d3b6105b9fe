import { checkRunnables } from './check-runnables.ts'
import { group, type Order } from './group.ts'
import { nop } from './nop.ts'
import type { Runnable } from './runnable.ts'

const oneByOne: Order = {
  async start(units, launch) {
    for (const unit of units) await launch(unit)
  },
  async stop(lives) {
    for (const life of lives.toReversed()) {
      life.stop()
      await life.ended
    }
  },
}

/**
 * Like `parallel`, but one after the other: each starts when the one before it is ready, and they stop in reverse, each
 * when the one after it has ended. After a failure the later ones are never started.
 *
 * Unlike in a `chain` they share a scope: one that ends by itself does not force the later ones to end.
 *
 * @throws {BroodError} ERR_INVALID_SPEC for what is no function
 */
export function sequential(...runnables: readonly Runnable[]): Runnable {
  checkRunnables(runnables)
  const [first = nop()] = runnables
  return runnables.length > 1 ? group(runnables, oneByOne) : first
}
