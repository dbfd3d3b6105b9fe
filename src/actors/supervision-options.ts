import type { SupervisorPolicy } from '../machines/live-tree.ts'
import type { Tree } from '../machines/tree.ts'
import type { Journal, Ports } from '../ports.ts'
import type { SupervisorLogger } from '../spec/supervisor-logger.ts'
import type { OrphanRegistry, ReaperSink } from './reaper.ts'
import type { ResumedLog } from './resume-log.ts'
import type { Inspect } from './supervisor-actor.ts'
import type { Turns } from './turns.ts'

/** What a tree is made with. */
export interface SupervisionOptions {
  readonly policy: SupervisorPolicy
  readonly ports: Ports
  readonly journal: Journal
  readonly reaper: ReaperSink & OrphanRegistry
  readonly logger?: SupervisorLogger
  /** Shared by all trees of a host. */
  readonly turns: Turns
  /** Makes the journals of the trees that released children live in. */
  readonly spareJournal: () => Journal
  readonly inspect?: Inspect
  readonly shutdownTimeoutMs: number
  readonly maxConcurrentStarts: number
  /** What the log tells that this tree takes over; its journal is open already. */
  readonly inherited?: { readonly tree: Tree; readonly resumed: ResumedLog }
  /** A tree for one released child, which ends when that leaves. */
  readonly isPrivate?: true
}
