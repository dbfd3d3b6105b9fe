import { BroodError } from '../errors.ts'
import type { Strategy } from '../events/event.ts'
import type { ChildSpec } from './child-spec.ts'
import { findCycle } from './find-cycle.ts'
import { invalidSpec } from './invalid-spec.ts'
import { nearestName } from './nearest-name.ts'
import { pathTo } from './place.ts'
import { printable, show } from './show.ts'
import type { Finding } from './findings.ts'

/**
 * Checks what only siblings can tell: `specs` are to be added to the right of `existing`, in this order. Linear in
 * children and dependencies. `path` is where `specs` stand in the user's input, for `issues`.
 *
 * A dependency of an existing child on one that has been removed since is no mistake of the new ones.
 *
 * @throws {BroodError} ERR_CHILD_EXISTS (with `child`) for an id that is taken; ERR_INVALID_SPEC for an unknown id in
 * `after`; ERR_DEPENDENCY_CYCLE, in which each id waits for the next, with `rest-for-one` also for its left neighbour
 */
export function checkSiblings(
  specs: readonly ChildSpec[],
  existing: readonly ChildSpec[],
  strategy: Strategy,
  path?: string,
): void {
  const all = existing.length === 0 ? specs : [...existing, ...specs]
  const places = new Map<string, number>()
  for (const [index, { id }] of all.entries()) {
    if (places.has(id) && index >= existing.length) {
      throw new BroodError('ERR_CHILD_EXISTS', `Expected ids to be unique among siblings, got ${show(id)} twice`, {
        child: id,
      })
    }
    places.set(id, index)
  }

  const unknown = unknownDependencies(specs, places, path)
  const [first] = unknown
  if (first !== undefined) throw invalidSpec(unknown, first.child)
  checkCycles(all, strategy)
}

/**
 * Checks that siblings, in this order, do not wait for each other in a circle. Ids that none of them has lead nowhere.
 * @throws {BroodError} ERR_DEPENDENCY_CYCLE, in which each id waits for the next
 */
export function checkCycles(specs: readonly ChildSpec[], strategy: Strategy): void {
  const places = new Map(specs.map(({ id }, index) => [id, index]))
  const cycle = findCycle(specs.length, (index) => {
    const after = (specs[index]?.after ?? []).flatMap(({ id }) => places.get(id) ?? [])
    return strategy === 'rest-for-one' && index > 0 ? [...after, index - 1] : after
  })
  if (cycle === undefined) return
  const ids = cycle.map((index) => specs[index]?.id ?? '')
  throw new BroodError('ERR_DEPENDENCY_CYCLE', `Expected \`after\` to have no cycle, got ${described(ids, strategy)}`, {
    child: ids[0],
  })
}

/**
 * Checks a child that is to stand where its namesake among `existing` stands.
 * @throws {BroodError} ERR_INVALID_SPEC for an unknown id in `after`; ERR_DEPENDENCY_CYCLE
 */
export function checkSuccessor(spec: ChildSpec, existing: readonly ChildSpec[], strategy: Strategy): void {
  const all = existing.map((each) => (each.id === spec.id ? spec : each))
  const unknown = unknownDependencies([spec], new Map(all.map(({ id }, index) => [id, index])), undefined)
  const [first] = unknown
  if (first !== undefined) throw invalidSpec(unknown, first.child)
  checkCycles(all, strategy)
}

interface UnknownDependency extends Finding {
  readonly child: string
}

function unknownDependencies(
  specs: readonly ChildSpec[],
  places: ReadonlyMap<string, number>,
  path: string | undefined,
): readonly UnknownDependency[] {
  const unknown: UnknownDependency[] = []
  for (const [index, { id: child, after }] of specs.entries()) {
    for (const { id } of after) {
      if (places.has(id)) continue
      const got = show(id)
      const at = path === undefined ? 'after' : pathTo(path, [index, 'after'])
      // Only the first is put into words, and looking for what was meant costs a look at every sibling.
      const near = unknown.length === 0 ? nearestName(id, [...places.keys()]) : undefined
      const hint = near === undefined ? '' : `: did you mean ${show(near)}?`
      unknown.push({
        child,
        issue: Object.freeze({ path: at, expected: 'ids of siblings', got }),
        words: `Expected \`${at}\` of ${show(child)} to hold ids of siblings, got ${got}${hint}`,
      })
    }
  }
  return unknown
}

/** More than a handful of ids says no more than a handful. */
const named = 12

function described(ids: readonly string[], strategy: Strategy): string {
  const [first = ''] = ids
  const shown = ids.length <= named ? ids : [...ids.slice(0, named - 1), `… ${ids.length - named + 1} more …`]
  const implied =
    strategy === 'rest-for-one' ? " (with 'rest-for-one' each child also waits for its left neighbour)" : ''
  return `${[...shown, first].map((id) => printable(id)).join(' → ')}${implied}`
}
