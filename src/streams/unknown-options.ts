import { BroodError } from '../errors.ts'
import { invalidOption } from './invalid-option.ts'

/**
 * Refuses what is no object, and names that are not in `accepted`: a misspelt option must not be a silent default.
 * @throws {BroodError} ERR_INVALID_SPEC
 */
export function refuseUnknownOptions(options: unknown, accepted: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw invalidOption('options', 'an object', options)
  const unknown = Object.keys(options).find((name) => !accepted.includes(name))
  if (unknown === undefined) return
  const expected = `one of ${accepted.map((name) => `\`${name}\``).join(', ')}`
  throw new BroodError('ERR_INVALID_SPEC', `Expected an option to be ${expected}, got \`${unknown}\`.`, {
    issues: [{ path: unknown, expected, got: unknown }],
  })
}
