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

/** The stream that an id means at this moment of the decision. */
export function currentStream(draft: Draft, supervisor: string, id: string): string | undefined {
  const stream = linksOf(draft, supervisor).streams.get(id)
  return stream === undefined ? undefined : (draft.successors.get(stream) ?? stream)
}

/**
 * Registers who a new child is and whom it waits for; called when its `child.added` has become truth. One that is to
 * take the place of another is not yet what its id means.
 */
export function link(links: Links, stream: string, policy: ChildPolicy, isCurrent: boolean): void {
  if (isCurrent) links.streams.set(policy.id, stream)
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
    const stream = currentStream(draft, child.parent, id)
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
  // They depend on whatever the id means, and that is another by now, or still.
  if (currentStream(draft, child.parent, child.view.id) !== child.stream) return found
  for (const stream of links.dependants.get(child.view.id) ?? []) {
    const dependant = draft.child(stream)
    if (dependant !== undefined) found.push(dependant)
  }
  if (links.policy.strategy !== 'rest-for-one') return found
  const right = neighbour(draft, child, 1)
  if (right === undefined) return found
  const beside = draft.supervisor(child.parent)?.beside ?? []
  // And whoever is to stand there, or stood there.
  const others = beside.flatMap((stream) => draft.child(stream) ?? []).filter((other) => other.beside === right.stream)
  return [...found, right, ...others]
}

/** Whether nothing that depends on this child is up any more. */
export function dependantsRest(draft: Draft, child: ChildState): boolean {
  return dependants(draft, child).every(atRest)
}

/** The nearest filled slot to the left or to the right. */
function neighbour(draft: Draft, child: ChildState, step: 1 | -1): ChildState | undefined {
  const roster = draft.supervisor(child.parent)?.roster
  // Without a place of its own a child stands where it is to stand.
  const place = child.slot >= 0 || child.beside === null ? child.slot : (draft.child(child.beside)?.slot ?? -1)
  if (roster === undefined || place < 0) return undefined
  for (let slot = place + step; slot >= 0 && slot < roster.length; slot += step) {
    const view = at(roster, slot)
    if (view !== undefined) return draft.child(view.stream)
  }
  return undefined
}
