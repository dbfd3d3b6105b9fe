import { cancellation } from './cancellation.ts'
import { checkFunction } from './check-runnables.ts'
import { failureOf, throwFirst, unlessEcho } from './failure.ts'
import { openScope } from './open-scope.ts'
import type { Runnable, Step } from './runnable.ts'

/**
 * Makes a runnable of something that runs in the foreground until it is done, such as a server's accept loop. It is ready
 * at once, and ends when `run` does, or when it is told to: then `gracefulStop` is called with the scope of the whole run
 * (also when `run` had ended by itself), and when it has resolved, or if there is none, the scope of `run` is cancelled.
 *
 * Of several failures the first is thrown: of what ran on top of it, of `gracefulStop`, of `run`. A `run` that only says
 * that it was cancelled has not failed.
 *
 * @throws {BroodError} ERR_INVALID_SPEC for what is no function
 */
export function leaf(run: Step, gracefulStop?: Step): Runnable {
  checkFunction('run', run)
  if (gracefulStop !== undefined) checkFunction('gracefulStop', gracefulStop)
  return async (scope, ready) => {
    const over = cancellation('The foreground has ended, or is to end.')
    const inner = openScope(scope)
    const running = failureOf(() => run(inner.scope)).finally(() => inner.cancel(over))
    const above = await failureOf(() => ready(inner.scope))
    const stopping = await failureOf(() => gracefulStop?.(scope))
    inner.cancel(over)
    const ran = await running
    inner.close()
    throwFirst(scope, unlessEcho(over, above), stopping, unlessEcho(over, ran))
  }
}
