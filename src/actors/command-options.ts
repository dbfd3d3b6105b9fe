import { BroodError } from '../errors.ts'
import { publicStates } from '../machines/child-state.ts'
import type { PublicState } from '../machines/view.ts'
import { isSignalName } from '../spec/fields.ts'
import { invalidOption } from '../streams/invalid-option.ts'
import { refuseUnknownOptions } from '../streams/unknown-options.ts'
import type { Abortable, StopCommand } from './handles.ts'

/** Checks the options of a stop or a restart. @throws {BroodError} ERR_INVALID_SPEC */
export function checkStop(options: StopCommand): {
  readonly now: boolean
  readonly reason: { readonly reason?: string }
} {
  refuseUnknownOptions(options, ['now', 'reason'])
  const { now = false, reason } = options
  if (typeof now !== 'boolean') throw invalidOption('now', 'a boolean', now)
  if (reason !== undefined && typeof reason !== 'string') throw invalidOption('reason', 'a string', reason)
  return { now, reason: reason === undefined ? {} : { reason } }
}

/** Checks the options of a verb that can be aborted. @throws {BroodError} ERR_INVALID_SPEC */
export function checkAbortable(options: Abortable): void {
  refuseUnknownOptions(options, ['signal'])
  const { signal } = options
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalidOption('signal', 'an AbortSignal', signal)
}

/** What nobody can ever be in is not waited for. @throws {BroodError} ERR_INVALID_SPEC */
export function checkState(state: PublicState): void {
  if (!publicStates.has(state)) throw invalidOption('state', `one of ${[...publicStates].join(', ')}`, state)
}

/** @throws {BroodError} ERR_BAD_SIGNAL for what is neither the name of a signal nor 0 */
export function checkSignal(signal: NodeJS.Signals | 0, child: string): void {
  // Minus zero is a slip: kill(2) takes it for a probe.
  if (Object.is(signal, 0) || (typeof signal === 'string' && isSignalName(signal))) return
  throw new BroodError('ERR_BAD_SIGNAL', `Expected the name of a signal, or 0, got ${String(signal)}`, { child })
}
