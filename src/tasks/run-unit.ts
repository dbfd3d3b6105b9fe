import { BroodError } from '../errors.ts'
import { failureOf, throwFirst } from './failure.ts'
import { guardReady } from './guarded-ready.ts'
import type { Ready, Runnable, Scope } from './runnable.ts'

/**
 * Runs a runnable that somebody else wrote. Whatever it does: it does not begin in a scope that is over, `callback` runs
 * at most once, and all of it within the run; a run that was never ready is a failure.
 */
export async function runUnit(unit: Runnable, scope: Scope, callback: Ready): Promise<void> {
  scope.signal.throwIfAborted()
  const guard = guardReady(scope, callback)
  const run = await failureOf(() => unit(scope, guard.ready))
  throwFirst(scope, await guard.end(), run)
  if (guard.wasCalled()) return
  scope.signal.throwIfAborted()
  throw new BroodError('ERR_EXITED_BEFORE_READY', 'It ended before it was ready, without an error.')
}
