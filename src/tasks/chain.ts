import { checkRunnables } from './check-runnables.ts'
import { nop } from './nop.ts'
import { runUnit } from './run-unit.ts'
import type { Runnable } from './runnable.ts'

/**
 * Nests runnables: each starts when the one before it is ready, in the scope that one is ready with, and is over before
 * that one is told to stop. So a later one finds the earlier ones running throughout, and is forced to end when one of
 * them ends by itself. None of them: `nop()`; one: itself.
 *
 * It is ready when the last one is. A failure is handed down to the earlier ones, which stop, the latest first.
 * Nesting costs stack: what holds for dozens is not promised for hundreds, which are a case for `sequential`.
 *
 * @throws {BroodError} ERR_INVALID_SPEC for what is no function
 */
export function chain(...runnables: readonly Runnable[]): Runnable {
  checkRunnables(runnables)
  if (runnables.length === 0) return nop()
  return runnables.reduceRight(
    (above, below) => (scope, ready) => runUnit(below, scope, (inner) => runUnit(above, inner, ready)),
  )
}
