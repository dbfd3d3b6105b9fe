import { BroodError } from '../errors.ts'
import { newLinks, type LiveTree } from '../machines/live-tree.ts'
import { ROOT, type Tree } from '../machines/tree.ts'
import type { Journal, JournalHead, JournalLoss } from '../ports.ts'
import { foldJournal } from './fold-journal.ts'

/** What a tree goes on from. */
export interface ResumedLog {
  /** The streams of the root's children that are left of before. */
  readonly left: readonly string[]
  /** What was lost of the log's tail, to be told before anything else. */
  readonly dropped?: JournalLoss
  /** How many events have gone by since the last checkpoint. */
  readonly sinceCheckpoint: number
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
  const { seq, ended, dropped, checkpoints = [] } = head
  const told = {
    ...(dropped === undefined ? {} : { dropped }),
    sinceCheckpoint: seq - (checkpoints.at(-1) ?? journal.first - 1),
  }
  if (ended === 'empty') return { left: [], ...told }
  if (ended === 'open') {
    journal.close()
    throw new BroodError(
      'ERR_JOURNAL_CONFLICT',
      'This journal did not end cleanly: recover it instead of going on in it',
    )
  }
  const old = foldOrClose(journal, head)
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
  const left = [...old.children.values()].filter(({ parent }) => parent === ROOT).map(({ stream }) => stream)
  return { left, ...told }
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
