import { BroodError } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import { restoreCheckpoint } from '../machines/checkpoint.ts'
import type { Tree } from '../machines/tree.ts'
import type { Journal, JournalHead } from '../ports.ts'
import { foldLog } from '../record/replay.ts'

/** So many events of a journal are in memory at a time while it is folded. */
const PAGE = 2048

/**
 * The tree as an opened journal tells it: from the newest checkpoint that can be read, or from the beginning. A
 * checkpoint of a schema that is not known here is no use, and the log before it wins.
 *
 * @throws {BroodError} ERR_UNSUPPORTED where the log begins with such a checkpoint, and none after it helps
 */
export function foldJournal(journal: Journal, { checkpoints = [] }: JournalHead): Tree {
  const usable = checkpoints.findLast((seq) => {
    const [event] = journal.read(seq, 1)
    return event?.type === 'journal.checkpointed' && restoreCheckpoint(event.data.state) !== undefined
  })
  const from = usable ?? journal.first
  const [oldest] = journal.read(from, 1)
  if (
    usable === undefined &&
    oldest?.type === 'journal.checkpointed' &&
    restoreCheckpoint(oldest.data.state) === undefined
  ) {
    throw new BroodError(
      'ERR_UNSUPPORTED',
      `The journal begins with a checkpoint (event ${oldest.seq}) of a schema that this version of brood does not know`,
    )
  }
  return foldLog(pages(journal, from))
}

function* pages(journal: Journal, from: number): Iterable<RecordedEvent> {
  for (let next = from; ;) {
    const page = journal.read(next, PAGE)
    const last = page.at(-1)
    if (last === undefined) return
    yield* page
    next = last.seq + 1
  }
}
