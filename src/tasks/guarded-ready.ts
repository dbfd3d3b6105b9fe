import { BroodError } from '../errors.ts'
import { invalidOption } from '../streams/invalid-option.ts'
import { cancellation } from './cancellation.ts'
import { type Failure, failureOf, unlessEcho } from './failure.ts'
import { type OpenScope, openScope } from './open-scope.ts'
import type { Ready, Scope } from './runnable.ts'

/** The `ready` of one run, and what its runner has to know of it. */
export interface GuardedReady {
  readonly ready: Ready
  /** Whether the runnable has become ready. */
  wasCalled(): boolean
  /** The run is over: nothing may go on on top of it. Resolves when nothing does, with a failure nobody was told. */
  end(): Promise<Failure | undefined>
}

/** A `ready` that keeps the rules whatever the runnable does: called once, within the run, with a scope. */
export function guardReady(scope: Scope, callback: Ready): GuardedReady {
  const over = cancellation('What this depends on has ended.')
  let inner: OpenScope | undefined
  let ended = false
  /** Set as long as the runnable has not been told how the callback went. */
  let untold: Promise<Failure | undefined> | undefined

  async function call(given: Scope): Promise<void> {
    if (ended) throw new BroodError('ERR_INVALID_STATE', 'Expected `ready` to be called before the end, not after it.')
    if (inner !== undefined) throw new BroodError('ERR_INVALID_STATE', 'Expected `ready` to be called at most once.')
    const signal: unknown = given?.signal
    if (!(signal instanceof AbortSignal)) throw invalidOption('scope.signal', 'an AbortSignal', signal)
    // Of both: a runnable may hand on a scope that knows nothing of its own.
    const opened = openScope(given, scope)
    inner = opened
    untold = failureOf(() => callback(opened.scope))
    const failure = await untold
    untold = undefined
    if (failure !== undefined) throw failure.error
  }

  return {
    ready(given) {
      const called = call(given)
      // The runnable may let go of the promise: `end` tells what it would have told.
      called.catch(() => {})
      return called
    },
    wasCalled: () => inner !== undefined,
    async end() {
      ended = true
      inner?.cancel(over)
      const failure = await untold
      inner?.close()
      return unlessEcho(over, failure)
    },
  }
}
