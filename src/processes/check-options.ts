import { invalidOption } from '../streams/invalid-option.ts'

/** Refuses what is no AbortSignal, where one is given. @throws {BroodError} ERR_INVALID_SPEC */
export function checkAbortSignal(signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalidOption('signal', 'an AbortSignal', signal)
}

/** Refuses what is no duration in milliseconds, `Infinity` included. @throws {BroodError} ERR_INVALID_SPEC */
export function checkDuration(name: string, value: unknown): void {
  const isDuration = value === Infinity || (Number.isSafeInteger(value) && Number(value) >= 0)
  if (!isDuration) throw invalidOption(name, 'an integer >= 0, or Infinity', value)
}

/** Refuses what is none of a few words. @throws {BroodError} ERR_INVALID_SPEC */
export function checkWord(name: string, value: unknown, words: readonly string[]): void {
  if (typeof value === 'string' && words.includes(value)) return
  throw invalidOption(name, words.map((word) => `'${word}'`).join(' or '), value)
}
