import type { RecordedEvent } from '../events/event.ts'
import type { Input } from '../machines/input.ts'
import { ROOT } from '../machines/tree.ts'
import type { OrphanRegistry } from './reaper.ts'
import type { Timers } from './timers.ts'

export interface RootWatchParts {
  readonly treeId: string
  readonly reaper: OrphanRegistry
  readonly timers: Timers
  readonly shutdownTimeoutMs: number
  readonly apply: (input: Input) => void
  /** The tree is over. */
  readonly close: () => void
}

/** What the whole tree owes as its root goes from one phase to the next; to be told of each event of the root. */
export function watchRoot(parts: RootWatchParts): (event: RecordedEvent) => void {
  const { treeId, reaper, timers, shutdownTimeoutMs, apply, close } = parts
  let leaveReaper: (() => void) | undefined

  return ({ type }) => {
    if (type === 'supervisor.started') {
      // Not before: a tree that is only made is to be collected like anything else.
      leaveReaper = reaper.join(treeId, ({ stream, incarnation }, event) =>
        apply({ of: 'orphan', stream, incarnation, event }),
      )
    } else if (type === 'supervisor.stopping') {
      timers.arm(ROOT, 'killTimeout', shutdownTimeoutMs, () => apply({ of: 'deadline' }))
    } else if (type === 'supervisor.stopped') {
      timers.disarm(ROOT, 'killTimeout')
      leaveReaper?.()
      close()
    }
  }
}
