import type { Json, RecordedEvent } from '../events/event.ts'
import { takeCheckpoint } from '../machines/checkpoint.ts'
import type { Tree } from '../machines/tree.ts'
import type { Journal } from '../ports.ts'

/** A tree's hand on its journal: a store that fails harms no child, and loses nothing while it can be remembered. */
export interface Recorder {
  append(events: readonly RecordedEvent[]): void
  commit(): void
  /** The state to record as a checkpoint, when so much has happened since the last that one is due. */
  checkpointDue(tree: Tree): Json | undefined
}

/** How many events a store that fails may owe us before the oldest are given up. */
const BACKLOG = 100_000

/**
 * A failed append cannot be rolled back: the turn goes on from memory, and the batch is offered again, in order, with
 * the next one.
 *
 * `failing` is told once per failure that follows a success.
 */
export function createRecorder(journal: Journal, failing: (error: unknown) => void): Recorder {
  let backlog: RecordedEvent[] = []
  let healthy = true
  let sinceCheckpoint = 0

  const attempt = (work: () => void): boolean => {
    try {
      work()
      healthy = true
      return true
    } catch (error) {
      if (healthy) {
        healthy = false
        failing(error)
      }
      return false
    }
  }

  return {
    append(events) {
      sinceCheckpoint += events.length
      const batch = backlog.length === 0 ? events : [...backlog, ...events]
      backlog = attempt(() => journal.append(batch)) ? [] : batch.slice(-BACKLOG)
    },
    commit: () => void attempt(() => journal.commit()),
    checkpointDue(tree) {
      if (sinceCheckpoint < Math.max(journal.retain, 8 * tree.children.size)) return undefined
      // Negative by the checkpoint's own append, so that the count begins after it.
      sinceCheckpoint = -1
      return takeCheckpoint(tree)
    },
  }
}
