import { BroodError, type ErrorCode } from '../errors.ts'
import type { ChildState } from '../machines/child-state.ts'
import type { Failure } from '../tasks/failure.ts'

/** Why a command was not accepted, in words. */
export function refusal(code: ErrorCode, verb: string, id: string, state: string): BroodError {
  const why: Partial<Record<ErrorCode, string>> = {
    ERR_INVALID_STATE: `it is ${state}`,
    ERR_SUPERVISOR_NOT_RUNNING: 'its supervisor does not run',
    ERR_SUPERVISOR_STOPPED: 'its supervisor stops or has stopped',
    ERR_CHILD_STOPPING: 'it is being removed or replaced',
    ERR_UNSUPPORTED: 'a nested supervisor, or a child of another host, cannot be moved',
  }
  return new BroodError(code, `Cannot ${verb} "${id}": ${why[code] ?? code}`, { child: id })
}

/** Why a child is not what somebody waited for who wanted it where it was. */
export function releasedError(id: string): BroodError {
  return new BroodError('ERR_ABORTED', `"${id}" was released before it had started`, { child: id })
}

/** What only a live tree knows of how a child came to rest. */
export interface Traces {
  readonly stderrTail: string | undefined
  /** What a task threw. */
  readonly failure: Failure | undefined
}

/** Why a child that came to rest is not what somebody waited for; `reason` is why they aborted it, if they did. */
export function restError(child: ChildState, { stderrTail, failure }: Traces, reason?: unknown): BroodError {
  const { id, outcome, lastExit } = child.view
  const exit = child.ended ?? lastExit
  const details = { child: id, exit, stderrTail }
  if (outcome === 'stopped' || outcome === 'aborted') {
    const cause = outcome === 'aborted' ? reason : undefined
    return new BroodError('ERR_ABORTED', `"${id}" was stopped`, { ...details, cause })
  }
  if (child.name === 'removed' && outcome === undefined && child.failure === null) {
    return new BroodError('ERR_ABORTED', `"${id}" was removed before it had begun`, details)
  }
  if (outcome === 'unkillable') {
    return new BroodError('ERR_STOP_TIMEOUT', child.failure?.message ?? `"${id}" could not be killed`, details)
  }
  if (child.failure !== null) {
    const { code, message, errno } = child.failure
    const cause = errno === undefined ? failure?.error : Object.assign(new Error(message), { code: errno })
    return new BroodError(code, message, { ...details, cause })
  }
  return new BroodError('ERR_NONZERO_EXIT', `"${id}" has exited`, details)
}

export function aborted(id: string, what: string, cause?: unknown): BroodError {
  return new BroodError('ERR_ABORTED', `${what} of "${id}" was aborted`, { child: id, cause })
}
