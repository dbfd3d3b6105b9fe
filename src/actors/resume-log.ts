import { BroodError } from '../errors.ts'
import { newLinks, type LiveTree } from '../machines/live-tree.ts'
import { ROOT } from '../machines/tree.ts'
import { foldLog } from '../record/replay.ts'
import type { Journal } from '../ports.ts'

/**
 * Opens a journal for a new tree. One that another supervisor ended cleanly is gone on with: numbers and revisions
 * continue, and what it leaves registered is in the tree, at rest, for the caller to remove.
 *
 * @throws {BroodError} ERR_JOURNAL_LOCKED; ERR_JOURNAL_CONFLICT for a log whose writer did not finish: what it left
 * running has to be found first, which is a recovery
 */
export function resumeLog(tree: LiveTree, journal: Journal): readonly string[] {
  const { seq, ended } = journal.open()
  if (ended === 'empty') return []
  if (ended === 'open') {
    journal.close()
    throw new BroodError(
      'ERR_JOURNAL_CONFLICT',
      'This journal did not end cleanly: recover it instead of going on in it',
    )
  }
  const old = foldLog(journal.read(journal.first, Infinity))
  for (const [stream, revision] of old.revisions) tree.setRevision(stream, revision)
  for (const [base, count] of old.registered) tree.setRegistrations(base, count)
  for (const child of old.children.values()) tree.setChild(child.stream, child)
  for (const supervisor of old.supervisors.values()) {
    const { stream, id, strategy, autoShutdown, roster, count } = supervisor
    if (stream !== ROOT) {
      tree.setSupervisor(stream, supervisor)
      tree.links.set(stream, newLinks({ id, strategy, autoShutdown, declared: new Set() }))
      continue
    }
    const root = tree.supervisor(ROOT)
    if (root !== undefined) tree.setSupervisor(ROOT, { ...root, roster, count })
  }
  tree.seq = seq
  return [...old.children.values()].filter(({ parent }) => parent === ROOT).map(({ stream }) => stream)
}
