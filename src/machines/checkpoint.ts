import type { Json } from '../events/event.ts'
import type { ChildState } from './child-state.ts'
import type { SupervisorState } from './supervisor-state.ts'
import { createTree, type Tree } from './tree.ts'
import { append, emptyVector, items, type Vector } from './vector.ts'
import type { ChildView } from './view.ts'

/** A whole fold as data. The version is raised when its shape changes; a checkpoint of another version is no use. */
interface Checkpoint {
  readonly version: 3
  readonly children: readonly ChildState[]
  readonly supervisors: ReadonlyArray<Omit<SupervisorState, 'roster'> & { readonly order: readonly string[] }>
  readonly revisions: ReadonlyArray<readonly [string, number]>
  readonly registered: ReadonlyArray<readonly [string, number]>
}

/** The fold of everything so far, to be recorded. It shares its nodes with the tree, which are immutable. */
export function takeCheckpoint(tree: Tree): Json {
  const checkpoint: Checkpoint = {
    version: 3,
    children: [...tree.children.values()],
    supervisors: [...tree.supervisors.values()].map(orderOnly),
    revisions: [...tree.revisions],
    registered: [...tree.registered],
  }
  return checkpoint as unknown as Json
}

function orderOnly({ roster, ...supervisor }: SupervisorState): Checkpoint['supervisors'][number] {
  return Object.assign(supervisor, { order: [...items(roster)].map(({ stream }) => stream) })
}

/** The tree as a checkpoint holds it, as if every event before it had been folded. */
export function restoreCheckpoint(state: Json): Tree | undefined {
  const checkpoint = state as unknown as Checkpoint
  if (checkpoint?.version !== 3) return undefined
  const tree = createTree()
  for (const child of checkpoint.children) tree.setChild(child.stream, child)
  for (const { order, ...supervisor } of checkpoint.supervisors) {
    let roster: Vector<ChildView> = emptyVector
    for (const stream of order) {
      const child = tree.child(stream)
      if (child === undefined) continue
      tree.setChild(stream, { ...child, slot: roster.length })
      roster = append(roster, child.view)
    }
    tree.setSupervisor(supervisor.stream, { ...supervisor, roster })
  }
  for (const [stream, revision] of checkpoint.revisions) tree.setRevision(stream, revision)
  for (const [base, count] of checkpoint.registered) tree.setRegistrations(base, count)
  return tree
}
