/** Every way brood can refuse or break a promise. The code is the contract; the message is for people. */
export type ErrorCode =
  | 'ERR_INVALID_SPEC'
  | 'ERR_INVALID_STATE'
  | 'ERR_CHILD_EXISTS'
  | 'ERR_CHILD_NOT_FOUND'
  | 'ERR_CHILD_NOT_RUNNING'
  | 'ERR_CHILD_STOPPING'
  | 'ERR_SUPERVISOR_NOT_RUNNING'
  | 'ERR_SUPERVISOR_STOPPED'
  | 'ERR_SPAWN_FAILED'
  | 'ERR_CWD_NOT_FOUND'
  | 'ERR_USER_NOT_FOUND'
  | 'ERR_NONZERO_EXIT'
  | 'ERR_RUN_TIMEOUT'
  | 'ERR_READY_TIMEOUT'
  | 'ERR_EXITED_BEFORE_READY'
  | 'ERR_STOP_TIMEOUT'
  | 'ERR_PROCESS_NOT_FOUND'
  | 'ERR_IDENTITY_MISMATCH'
  | 'ERR_BAD_SIGNAL'
  | 'ERR_ABORTED'
  | 'ERR_DEPENDENCY_CYCLE'
  | 'ERR_JOURNAL_LOCKED'
  | 'ERR_JOURNAL_CORRUPT'
  | 'ERR_JOURNAL_CONFLICT'
  | 'ERR_UNSUPPORTED'
  | 'ERR_SLOW_SUBSCRIBER'

/** One thing that is wrong with a spec: where, what was expected, what was there. */
export interface SpecIssue {
  readonly path: string
  readonly expected: string
  readonly got: string
}

export interface BroodErrorDetails {
  readonly child?: string | undefined
  readonly cause?: unknown
  readonly exit?: ExitLike | undefined
  readonly stderrTail?: string | undefined
  readonly issues?: readonly SpecIssue[] | undefined
}

/** Structural twin of `Exit`, so that this file needs no other. */
interface ExitLike {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly status: number | null
  readonly at: number
  readonly expected: boolean
  readonly cause: string
}

const brand = Symbol.for('brood.error')

/**
 * The one error class. A child's death is an event, never an exception: this is thrown for misuse and rejected for
 * promises that can no longer be kept.
 *
 * `exit` and `stderrTail` tell why a child died, where that is the reason; `issues` lists what is wrong with a spec.
 */
export class BroodError extends Error {
  readonly code: ErrorCode
  // Only declared: a field of the class would be there, and shown, as `undefined` where there is nothing to tell.
  declare readonly child?: string
  declare readonly exit?: ExitLike
  declare readonly stderrTail?: string
  declare readonly issues?: readonly SpecIssue[]

  constructor(code: ErrorCode, message: string, details: BroodErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    if (details.child !== undefined) this.child = details.child
    if (details.exit !== undefined) this.exit = details.exit
    if (details.stderrTail !== undefined) this.stderrTail = details.stderrTail
    if (details.issues !== undefined) this.issues = details.issues
  }
}
// On the prototype and not enumerable: an inspected error shows what is the matter, not how it is recognised, and two
// copies of the package recognise each other's errors.
Object.defineProperty(BroodError.prototype, 'name', { value: 'BroodError', configurable: true, writable: true })
Object.defineProperty(BroodError.prototype, brand, { value: true })

/** Whether `error` is a `BroodError` (of any copy of the package), and, where `code` is given, has that code. */
export function isBroodError(error: unknown, code?: ErrorCode): error is BroodError {
  return (
    typeof error === 'object' &&
    error !== null &&
    brand in error &&
    (code === undefined || ('code' in error && error.code === code))
  )
}
