import { BroodError, isBroodError } from '../errors.ts'
import { invalidOption } from '../streams/invalid-option.ts'
import { isEchoOfScope } from './cancellation.ts'
import { checkFunction } from './check-runnables.ts'
import { failureOf } from './failure.ts'
import { messageOf } from '../streams/message-of.ts'
import { runUnit } from './run-unit.ts'
import type { Runnable } from './runnable.ts'

/**
 * A runnable whose failures are called by its name: `name: message`, with the failure as `cause`; a `BroodError` keeps
 * its code. In a chain of named ones the prefixes read as the way to the one that failed. That it was cancelled is no
 * failure, and stays as it is.
 *
 * @throws {BroodError} ERR_INVALID_SPEC for an empty name, and for what is no function
 */
export function named(name: string, runnable: Runnable): Runnable {
  if (typeof name !== 'string' || name === '') throw invalidOption('name', 'a non-empty string', name)
  checkFunction('runnable', runnable)
  return async (scope, ready) => {
    const failure = await failureOf(() => runUnit(runnable, scope, ready))
    if (failure === undefined) return
    throw isEchoOfScope(scope, failure.error) ? failure.error : prefixed(name, failure.error)
  }
}

function prefixed(name: string, error: unknown): Error {
  const message = `${name}: ${messageOf(error)}`
  if (!isBroodError(error)) return new Error(message, { cause: error })
  const { code, child, exit, stderrTail, issues } = error
  return new BroodError(code, message, { cause: error, child, exit, stderrTail, issues })
}
