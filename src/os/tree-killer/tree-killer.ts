import type { ProcessIdentity } from '../../events/identity.ts'

/**
 * The process a tree hangs from. A bare pid is whoever has it now; with start ticks (and boot id) it is that very
 * process or nobody, wherever the platform can tell.
 */
export type TreeRoot = Pick<ProcessIdentity, 'pid'> & Partial<ProcessIdentity>

export type TreeKillReport =
  | {
      readonly kind: 'signalled'
      /** Breadth first, the root at the head; null where the adapter cannot tell. */
      readonly processes: readonly ProcessIdentity[] | null
      /** What is in the tree and may not be signalled: another user's. */
      readonly refused: readonly ProcessIdentity[]
    }
  /** Nothing was signalled. `gone`: there is no such process, or only its zombie; `reused`: its pid is another's now. */
  | { readonly kind: 'notFound'; readonly reason: 'gone' | 'reused' }
  /** The tree was perhaps signalled in part. */
  | { readonly kind: 'failed'; readonly message: string }

/**
 * Signals a process and its descendants, wherever their groups and sessions are. Not promised: whatever was reparented
 * before the call, since a process whose parent has ended hangs from no tree any more.
 */
export interface TreeKiller {
  readonly name: string
  /**
   * Never reports `signalled` for a root that is dead.
   * @throws {BroodError} (rejects) ERR_BAD_SIGNAL; ERR_INVALID_STATE for a tree with this process in it, or no tree;
   * ERR_UNSUPPORTED where the adapter lacks what it needs
   */
  kill(root: TreeRoot, signal: NodeJS.Signals): Promise<TreeKillReport>
}
