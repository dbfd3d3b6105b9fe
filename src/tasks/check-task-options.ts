import { invalidOption } from '../streams/invalid-option.ts'
import { refuseUnknownOptions } from '../streams/unknown-options.ts'
import type { TaskOptions } from './task.ts'

/** Checks the options of a task's verb. @throws {BroodError} ERR_INVALID_SPEC */
export function checkTaskOptions(options: TaskOptions): TaskOptions {
  refuseUnknownOptions(options, ['signal'])
  const { signal } = options
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalidOption('signal', 'an AbortSignal', signal)
  return options
}
