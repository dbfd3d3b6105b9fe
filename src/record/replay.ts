import { BroodError } from '../errors.ts'
import { announcesGap } from '../events/continuity.ts'
import type { RecordedEvent } from '../events/event.ts'
import { restoreCheckpoint } from '../machines/checkpoint.ts'
import { foldTree } from '../machines/fold-tree.ts'
import { supervisorViews } from '../machines/supervisor-state.ts'
import type { ChildState } from '../machines/child-state.ts'
import { createTree, ROOT, type Tree } from '../machines/tree.ts'
import type { SupervisorView } from '../machines/view.ts'

export interface ReplayOptions {
  /** The last `seq` to take in. Default: all. */
  readonly until?: number | undefined
}

const viewOf = supervisorViews()

/**
 * The root's view as it was after the given events, or after those up to `until`: a pure fold through the bare charts,
 * which owes the world nothing. `stderrTail`, which no log holds, is left out. `replay([])` is an initial, empty view.
 *
 * @throws {BroodError} ERR_INVALID_STATE for an `until` before what the log retains; ERR_INVALID_SPEC
 */
export function replay(events: Iterable<RecordedEvent>, options: ReplayOptions = {}): SupervisorView {
  const { until = Infinity, ...unknown } = options
  const [name] = Object.keys(unknown)
  if (name !== undefined) throw invalid(name, 'absent', 'given')
  if (!(typeof until === 'number' && until >= 0)) throw invalid('until', 'a number >= 0', String(until))
  const root = foldLog(events, until).supervisor(ROOT)
  if (root === undefined) throw new Error('A tree without a root')
  return viewOf(root)
}

function invalid(path: string, expected: string, got: string): BroodError {
  const issues = [{ path, expected, got }]
  return new BroodError('ERR_INVALID_SPEC', `Expected \`${path}\` to be ${expected}, got ${got}`, { issues })
}

/**
 * The whole tree after those events. A log begins with seq 1 or a checkpoint, which holds what came before; so does what
 * follows the one permitted gap, of which nobody knows what happened in it.
 */
export function foldLog(
  events: Iterable<RecordedEvent>,
  until = Infinity,
  dropped: (last: ChildState) => void = () => {},
): Tree {
  let tree = watched(createTree(), dropped)
  let next = 1
  for (const event of events) {
    if (announcesGap(event) && event.data.from === next) {
      if (until < next) break
      next = 0
      continue
    }
    if (next < 1 || (next === 1 && event.seq > 1)) {
      if (until < event.seq - 1) {
        throw new BroodError(
          'ERR_INVALID_STATE',
          `Expected \`until\` to be >= ${event.seq - 1}, where this log ${next === 1 ? 'begins' : 'goes on after a gap'}, got ${until}`,
        )
      }
      const restored = event.type === 'journal.checkpointed' ? restoreCheckpoint(event.data.state) : undefined
      if (restored === undefined) {
        throw new BroodError(
          'ERR_INVALID_STATE',
          `Expected a log to begin with seq 1 or a checkpoint, got ${event.type} (seq ${event.seq})`,
        )
      }
      tree = watched(restored, dropped)
      tree.seq = event.seq - 1
    }
    next = event.seq + 1
    if (event.seq > until) break
    foldTree(tree, event)
    tree.seq = event.seq
  }
  if (next < 1)
    throw new BroodError('ERR_INVALID_STATE', 'Expected a checkpoint to follow a gap, got the end of the log')
  return tree
}

function watched(tree: Tree, dropped: (last: ChildState) => void): Tree {
  return {
    ...tree,
    dropChild(last) {
      dropped(last)
      tree.dropChild(last)
    },
  }
}
