import type { ChildSpec } from './child-spec.ts'
import { sameSpec } from './equal-child-specs.ts'

/** What it takes to make one set of children of another, by their ids. */
export interface Plan {
  /** Not there yet, in the order in which they were given. */
  readonly add: readonly string[]
  /** No longer wanted, in the order in which they stand. */
  readonly remove: readonly string[]
  /** There with another spec, in the order in which they were given. */
  readonly restart: readonly string[]
  /** There as they are wanted, whatever their state. */
  readonly keep: readonly string[]
}

/** The smallest set of changes: a child whose spec is equal is left alone, a nested supervisor is one child as a whole. */
export function planChildren(present: readonly ChildSpec[], wanted: readonly ChildSpec[]): Plan {
  const there = new Map(present.map((spec) => [spec.id, spec]))
  const ids = new Set(wanted.map(({ id }) => id))
  const plan = { add: [] as string[], restart: [] as string[], keep: [] as string[] }
  for (const spec of wanted) {
    const known = there.get(spec.id)
    plan[known === undefined ? 'add' : sameSpec(known, spec) ? 'keep' : 'restart'].push(spec.id)
  }
  return { ...plan, remove: present.map(({ id }) => id).filter((id) => !ids.has(id)) }
}
