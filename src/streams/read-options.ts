import { invalidOption } from './invalid-option.ts'
import { refuseUnknownOptions } from './unknown-options.ts'

/** What becomes of a reader that is behind: it skips ahead and is told, is ended, or lags on. */
export type Overflow = 'gap' | 'error' | 'wait'

/** How to read a log that holds one kind of fact. */
export interface CursorOptions {
  /** The first `seq` wanted. Default, and anything <= 1: the first retained. */
  readonly from?: number
  /** Whether to wait for what is yet to come, until the log ends. Default true. */
  readonly live?: boolean
  /** How many unread events make a reader late. Default 1 024. */
  readonly bufferSize?: number
  /** Default `gap`. */
  readonly overflow?: Overflow
  /** Its abort rejects the read with ERR_ABORTED. */
  readonly signal?: AbortSignal
}

/** How to read a log of events. */
export interface ReadOptions extends CursorOptions {
  /** Only events of these types; what is missed (`Gap`) is told regardless. Default: all. */
  readonly types?: readonly string[]
}

/** Read options, complete and checked. */
export interface ReadPlan {
  readonly from: number
  readonly live: boolean
  readonly bufferSize: number
  readonly overflow: Overflow
  readonly types: ReadonlySet<string> | undefined
  readonly signal: AbortSignal | undefined
}

export const cursorOptionNames = ['from', 'live', 'bufferSize', 'overflow', 'signal'] as const
export const readOptionNames = [...cursorOptionNames, 'types'] as const

/**
 * Checks read options and completes them.
 * @throws {BroodError} ERR_INVALID_SPEC for a name that is not in `accepted`, and for values of the wrong kind
 */
export function readPlan(options: ReadOptions, accepted: readonly string[]): ReadPlan {
  refuseUnknownOptions(options, accepted)
  const { from = 1, live = true, bufferSize = 1024, overflow = 'gap', types, signal } = options
  if (!Number.isSafeInteger(from)) throw invalidOption('from', 'an integer', from)
  if (typeof live !== 'boolean') throw invalidOption('live', 'a boolean', live)
  if (!Number.isSafeInteger(bufferSize) || bufferSize < 1) {
    throw invalidOption('bufferSize', 'an integer >= 1', bufferSize)
  }
  if (overflow !== 'gap' && overflow !== 'error' && overflow !== 'wait') {
    throw invalidOption('overflow', `'gap', 'error' or 'wait'`, overflow)
  }
  if (types !== undefined && !(Array.isArray(types) && types.every((type) => typeof type === 'string'))) {
    throw invalidOption('types', 'an array of strings', types)
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalidOption('signal', 'an AbortSignal', signal)
  return { from, live, bufferSize, overflow, types: types && new Set(types), signal }
}
