import type { RecordedEvent } from '../events/event.ts'
import type { Input } from '../machines/input.ts'
import type { LiveTree } from '../machines/live-tree.ts'
import { ROOT } from '../machines/tree.ts'
import type { Clock } from '../ports.ts'
import type { LineOutputs } from './line-outputs.ts'
import type { Lives } from './lives.ts'
import type { OrphanRegistry } from './reaper.ts'
import type { SessionLease } from './session-lease.ts'
import type { Timers } from './timers.ts'

export interface UpkeepParts {
  readonly tree: LiveTree
  readonly treeId: string
  readonly clock: Clock
  readonly timers: Timers
  readonly reaper: OrphanRegistry
  readonly lease: SessionLease
  readonly lives: Lives
  readonly outputs: LineOutputs
  readonly apply: (input: Input) => unknown
  readonly shutdownTimeoutMs: number
  readonly isPrivate: boolean
}

/** What is kept for a tree as a whole while it runs, and given back when it has stopped: a session, a deadline, a place in the reaper. */
export interface Upkeep {
  follow(event: RecordedEvent): void
}

export function createUpkeep(parts: UpkeepParts): Upkeep {
  const { tree, treeId, clock, timers, reaper, lease, lives, outputs, apply, shutdownTimeoutMs, isPrivate } = parts
  let leaveReaper: (() => void) | undefined

  // Not before there is something to run: a tree that is only made is to be collected like anything else.
  const join = (): void => {
    leaveReaper ??= reaper.join(treeId, ({ stream, incarnation }, event) => {
      apply({ of: 'orphan', stream, incarnation, event })
    })
  }
  const leave = (): void => {
    leaveReaper?.()
    leaveReaper = undefined
  }

  const rootMoved = ({ type }: RecordedEvent): void => {
    if (type === 'supervisor.started') join()
    else if (type === 'supervisor.stopping') {
      timers.arm(ROOT, 'killTimeout', shutdownTimeoutMs, () => void apply({ of: 'deadline' }))
    } else if (type === 'supervisor.stopped') {
      timers.disarm(ROOT, 'killTimeout')
      lives.close()
      outputs.end()
      leave()
    }
  }

  /** Nobody stops a private tree: what is kept for it, a guard among that, is given back whenever its child rests. */
  const privatelyMoved = ({ type }: RecordedEvent): void => {
    if (type === 'spawn.requested') join()
    else if (type === 'child.stopped') {
      clock.nextTurn(() => {
        if (tree.supervisor(ROOT)?.active !== 0) return
        lease.rest()
        leave()
      })
    }
  }

  return {
    follow(event) {
      if (event.stream === ROOT) rootMoved(event)
      else if (isPrivate) privatelyMoved(event)
    },
  }
}
