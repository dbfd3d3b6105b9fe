import { BroodError } from '../errors.ts'
import type { Finding } from './findings.ts'

/** The one error for everything that is wrong with an input: the first finding in words, all of them as `issues`. */
export function invalidSpec(found: readonly Finding[], child?: string): BroodError {
  const [first, ...more] = found
  const rest = more.length === 0 ? '' : ` (and ${more.length} more)`
  return new BroodError('ERR_INVALID_SPEC', `${first?.words ?? 'Expected another spec'}${rest}`, {
    child,
    issues: Object.freeze(found.map(({ issue }) => issue)),
  })
}
