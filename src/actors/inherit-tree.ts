import { newLinks, type LiveTree } from '../machines/live-tree.ts'
import { ROOT, type Tree } from '../machines/tree.ts'

/** Makes a live tree go on exactly where a log ends; who its children are has yet to be said. */
export function inheritTree(tree: LiveTree, old: Tree): void {
  for (const [stream, revision] of old.revisions) tree.setRevision(stream, revision)
  for (const [base, count] of old.registered) tree.setRegistrations(base, count)
  for (const child of old.children.values()) tree.setChild(child.stream, child)
  for (const [stream, supervisor] of old.supervisors) {
    tree.setSupervisor(stream, supervisor)
    if (stream === ROOT) continue
    const { id, strategy, autoShutdown } = supervisor
    tree.links.set(stream, newLinks({ id, strategy, autoShutdown, declared: new Set() }))
  }
  tree.seq = old.seq
}
