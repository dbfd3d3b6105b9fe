import { invalidOption } from '../streams/invalid-option.ts'

/** Refuses what is no function. @throws {BroodError} ERR_INVALID_SPEC */
export function checkFunction(path: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidOption(path, 'a function', value)
}

/** Refuses a list with something in it that is no runnable. @throws {BroodError} ERR_INVALID_SPEC */
export function checkRunnables(runnables: readonly unknown[]): void {
  for (const [index, runnable] of runnables.entries()) checkFunction(`runnables[${index}]`, runnable)
}
