import type { Strategy } from '../events/event.ts'
import { buildChildren } from './build-child.ts'
import { checkChildren } from './check-child.ts'
import type { ChildSpec } from './child-spec.ts'
import { unexpected, type Finding } from './findings.ts'
import { hiding } from './hiding.ts'
import { invalidSpec } from './invalid-spec.ts'
import { show } from './show.ts'
import { isCopiedRecord } from './copied-record.ts'
import { snapshot } from './snapshot.ts'

/**
 * Turns a whole list of children into specs, checked as siblings in this order.
 *
 * @throws {BroodError} ERR_INVALID_SPEC with all `issues`; ERR_CHILD_EXISTS, ERR_DEPENDENCY_CYCLE, ERR_UNSUPPORTED
 */
export function normalizeChildren(
  input: unknown,
  strategy: Strategy,
  { platformTether }: { readonly platformTether: boolean },
): readonly ChildSpec[] {
  const raw = snapshot({ children: input })
  const listed = isCopiedRecord(raw) ? raw['children'] : undefined
  const place = { path: 'children', name: 'children', hide: hiding(raw) }
  const found: Finding[] = []
  if (!Array.isArray(listed)) throw invalidSpec([unexpected(place, [], 'an array of children', show(listed))])
  const children = checkChildren(listed, place, found)
  if (children === undefined) throw invalidSpec(found)
  return buildChildren(children, strategy, 'children', platformTether)
}
