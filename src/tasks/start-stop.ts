import { checkFunction } from './check-runnables.ts'
import { failureOf, throwFirst } from './failure.ts'
import type { Runnable, Step } from './runnable.ts'

/**
 * Makes a runnable of two steps: it is ready when `start` has resolved, and has ended when `stop` has. Both get the scope
 * of the run; `stop` is to be graceful until that is cancelled.
 *
 * When `start` fails nothing else happens. Otherwise `stop` is called exactly once, whatever happened in between; what
 * failed on top of this runnable takes precedence over a failure of `stop`.
 *
 * @throws {BroodError} ERR_INVALID_SPEC for what is no function
 */
export function startStop(start: Step, stop: Step): Runnable {
  checkFunction('start', start)
  checkFunction('stop', stop)
  return async (scope, ready) => {
    await start(scope)
    const above = await failureOf(() => ready(scope))
    const stopping = await failureOf(() => stop(scope))
    throwFirst(scope, above, stopping)
  }
}
