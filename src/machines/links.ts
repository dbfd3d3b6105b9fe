import { atRest, type ChildState } from './child-state.ts'
import type { Draft } from './draft.ts'
import type { Links } from './live-tree.ts'
import type { ChildPolicy, Condition } from './policy.ts'
import { at } from './vector.ts'

/** What a child waits for: a sibling's state (undefined once it was removed) and the condition. */
export interface Awaited {
  readonly child: ChildState | undefined
  readonly id: string
  readonly condition: Condition
}

export function linksOf(draft: Draft, supervisor: string): Links {
  const links = draft.tree.links.get(supervisor)
  if (links === undefined) throw new Error(`No links for ${supervisor}`)
  return links
}

/** Registers who a new child is and whom it waits for; called when its `child.added` has become truth. */
export function link(links: Links, stream: string, policy: ChildPolicy): void {
  links.streams.set(policy.id, stream)
  for (const { id } of policy.after) {
    const known = links.dependants.get(id)
    if (known === undefined) links.dependants.set(id, new Set([stream]))
    else known.add(stream)
  }
}

export function unlink(links: Links, stream: string, policy: ChildPolicy): void {
  if (links.streams.get(policy.id) === stream) links.streams.delete(policy.id)
  for (const { id } of policy.after) links.dependants.get(id)?.delete(stream)
}

/** The siblings this child is `after`, its left neighbour among them under rest-for-one. */
export function dependencies(draft: Draft, child: ChildState): readonly Awaited[] {
  const links = linksOf(draft, child.parent)
  const after = draft.tree.policies.get(child.stream)?.after ?? []
  const named: Awaited[] = after.map(({ id, condition }) => {
    const stream = links.streams.get(id)
    return { child: stream === undefined ? undefined : draft.child(stream), id, condition }
  })
  if (links.policy.strategy !== 'rest-for-one') return named
  const left = neighbour(draft, child, -1)
  return left === undefined ? named : [...named, { child: left, id: left.view.id, condition: 'ready' }]
}

/** The siblings that are `after` this child. */
export function dependants(draft: Draft, child: ChildState): readonly ChildState[] {
  const links = linksOf(draft, child.parent)
  const found: ChildState[] = []
  for (const stream of links.dependants.get(child.view.id) ?? []) {
    const dependant = draft.child(stream)
    if (dependant !== undefined) found.push(dependant)
  }
  if (links.policy.strategy !== 'rest-for-one') return found
  const right = neighbour(draft, child, 1)
  if (right !== undefined) found.push(right)
  return found
}

/** Whether nothing that depends on this child is up any more. */
export function dependantsRest(draft: Draft, child: ChildState): boolean {
  return dependants(draft, child).every(atRest)
}

/** The nearest filled slot to the left or to the right. */
function neighbour(draft: Draft, child: ChildState, step: 1 | -1): ChildState | undefined {
  const roster = draft.supervisor(child.parent)?.roster
  if (roster === undefined) return undefined
  for (let slot = child.slot + step; slot >= 0 && slot < roster.length; slot += step) {
    const view = at(roster, slot)
    if (view !== undefined) return draft.child(view.stream)
  }
  return undefined
}
