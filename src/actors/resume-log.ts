import { BroodError } from '../errors.ts'
import type { LiveTree } from '../machines/live-tree.ts'
import { ROOT } from '../machines/tree.ts'
import type { Journal } from '../ports.ts'
import { foldLog } from '../record/replay.ts'
import { inheritTree } from './inherit-tree.ts'

/**
 * Opens a journal for a new tree. One that another supervisor ended cleanly is gone on with: numbers and revisions
 * continue, and what it leaves registered is in the tree, at rest, for the caller to remove.
 *
 * @throws {BroodError} ERR_JOURNAL_LOCKED; ERR_JOURNAL_CONFLICT for a log whose writer did not finish: what it left
 * running has to be found first, which is a recovery
 */
export function resumeLog(tree: LiveTree, journal: Journal): readonly string[] {
  const { ended } = journal.open()
  if (ended === 'empty') return []
  if (ended === 'open') {
    journal.close()
    throw new BroodError(
      'ERR_JOURNAL_CONFLICT',
      'This journal did not end cleanly: recover it instead of going on in it',
    )
  }
  const old = foldLog(journal.read(journal.first, Infinity))
  const root = tree.supervisor(ROOT)
  inheritTree(tree, old)
  const before = tree.supervisor(ROOT)
  // The new root is before its start, with the old one's children.
  if (root !== undefined && before !== undefined) {
    const { roster, beside, count } = before
    tree.setSupervisor(ROOT, { ...root, roster, beside, count })
  }
  return [...old.children.values()].filter(({ parent }) => parent === ROOT).map(({ stream }) => stream)
}
