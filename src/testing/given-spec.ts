import type { ChildSpec } from '../spec/child-spec.ts'
import { normalizeChild } from '../spec/normalize-child.ts'

/** The spec of a child as its owner gave it, on a platform that can do everything. */
export function specOf(options: unknown): ChildSpec {
  return normalizeChild(options, { platformTether: true })
}
