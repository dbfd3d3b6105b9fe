import { items } from '../machines/vector.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import type { Supervision } from './supervision.ts'

/** The children of a supervisor as they were given, in start order. */
export function specsOf(tree: Supervision, supervisor: string): readonly ChildSpec[] {
  const owner = tree.tree.supervisor(supervisor)
  if (owner === undefined) return []
  return [...items(owner.roster)].flatMap(({ stream }) => tree.handleOf(stream)?.spec ?? [])
}
