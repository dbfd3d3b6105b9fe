import { BroodError, isBroodError } from '../errors.ts'
import type { Scope } from './runnable.ts'

/** A fresh reason to cancel a scope with. Each order has its own, so that its echo can be told from everybody else's. */
export function cancellation(message: string): BroodError {
  return new BroodError('ERR_ABORTED', message)
}

/**
 * Whether `error` only says "I was cancelled, for that reason": the reason itself, which is what `fetch` and
 * `throwIfAborted()` throw, or an AbortError caused by it, which is what Node's own functions reject with, or an
 * ERR_ABORTED caused by it, with which brood's own do: a supervisor or a task may be a step of a runnable.
 *
 * @see https://nodejs.org/api/errors.html, `ABORT_ERR`
 */
export function isEchoOf(reason: unknown, error: unknown): boolean {
  try {
    return error === reason || (saysAborted(error) && error.cause === reason)
  } catch {
    // What was thrown cannot be looked at: a proxy, or a getter that throws.
    return false
  }
}

function saysAborted(error: unknown): error is Error {
  return (error instanceof Error && error.name === 'AbortError') || isBroodError(error, 'ERR_ABORTED')
}

/** Whether `error` only says that `scope` came to its end. */
export function isEchoOfScope({ signal }: Scope, error: unknown): boolean {
  return signal.aborted && isEchoOf(signal.reason, error)
}
