import { BroodError } from '../errors.ts'
import type { LiveTree } from '../machines/live-tree.ts'
import { ROOT, type Tree } from '../machines/tree.ts'
import type { Journal, JournalHead, JournalLoss } from '../ports.ts'
import { foldJournal } from './fold-journal.ts'
import { inheritTree } from './inherit-tree.ts'

/** What a tree goes on from. */
export interface ResumedLog {
  /** The streams of the root's children that are left of before, to be removed. */
  readonly left: readonly string[]
  /** What was lost of the log's tail, to be told before anything else. */
  readonly dropped?: JournalLoss
  /** How many events have gone by since the last checkpoint. */
  readonly sinceCheckpoint: number
}

/** What an opened journal says of its end. */
export function resumedFrom(journal: Journal, { seq, dropped, checkpoints = [] }: JournalHead): ResumedLog {
  const sinceCheckpoint = seq - (checkpoints.at(-1) ?? journal.first - 1)
  return { left: [], ...(dropped === undefined ? {} : { dropped }), sinceCheckpoint }
}

/**
 * Opens a journal for a new tree. One that another supervisor ended cleanly is gone on with: numbers and revisions
 * continue, and what it leaves registered is in the tree, at rest, for the caller to remove.
 *
 * @throws {BroodError} ERR_JOURNAL_LOCKED; ERR_JOURNAL_CONFLICT for a log whose writer did not finish: what it left
 * running has to be found first, which is a recovery
 */
export function resumeLog(tree: LiveTree, journal: Journal): ResumedLog {
  const head = journal.open()
  const resumed = resumedFrom(journal, head)
  if (head.ended === 'empty') return resumed
  if (head.ended === 'open') {
    journal.close()
    throw new BroodError(
      'ERR_JOURNAL_CONFLICT',
      'This journal did not end cleanly: recover it instead of going on in it',
    )
  }
  const old = foldOrClose(journal, head)
  const root = tree.supervisor(ROOT)
  inheritTree(tree, old)
  const before = tree.supervisor(ROOT)
  // The new root is before its start, with the old one's children.
  if (root !== undefined && before !== undefined) {
    const { roster, beside, count } = before
    tree.setSupervisor(ROOT, { ...root, roster, beside, count })
  }
  const left = [...old.children.values()].filter(({ parent }) => parent === ROOT).map(({ stream }) => stream)
  return { ...resumed, left }
}

/** A journal that cannot be gone on with is free for whoever can. */
function foldOrClose(journal: Journal, head: JournalHead): Tree {
  try {
    return foldJournal(journal, head)
  } catch (error) {
    journal.close()
    throw error
  }
}
