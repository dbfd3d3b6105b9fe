import { inspect } from 'node:util'
import { BroodError } from '../errors.ts'

/**
 * The refusal of one option: an `ERR_INVALID_SPEC` that names it, what was expected and what was there.
 *
 * Returned, not thrown, so that the caller's `throw` stays visible.
 */
export function invalidOption(path: string, expected: string, value: unknown): BroodError {
  const got = inspect(value, { depth: 0, breakLength: Infinity })
  return new BroodError('ERR_INVALID_SPEC', `Expected \`${path}\` to be ${expected}, got ${got}.`, {
    issues: [{ path, expected, got }],
  })
}
