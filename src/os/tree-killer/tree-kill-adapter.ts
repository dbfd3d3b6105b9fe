import { promisify } from 'node:util'
import treeKill from 'tree-kill'
import type { Kernel } from '../kernel.ts'
import { realKernel } from '../kernel.ts'
import { assertTree } from './assert-tree.ts'
import { rootState } from './root-state.ts'
import { assertTreeLister } from './tree-lister.ts'
import type { TreeKiller, TreeKillReport } from './tree-killer.ts'

export interface TreeKillAdapterOptions {
  /** How long tree-kill may take; it cannot be called off, only no longer waited for. Default 10 000. */
  readonly timeoutMs?: number
  readonly kernel?: Pick<Kernel, 'bootId' | 'kill' | 'stat'>
  /** What kills a tree. Default: the package. */
  readonly killTree?: (pid: number, signal: string) => Promise<unknown>
}

const defaultTimeoutMs = 10_000

/** The exit code of taskkill for a process that does not exist. */
const taskkillNotFound = 128

const packaged = promisify<number, string>(treeKill)

/**
 * The `tree-kill` package, for platforms without `/proc`. It walks the tree by one process per node and signals bare
 * pids afterwards, so unlike the other adapter it can miss a fork, and hit whoever is given a pid meanwhile; on Windows
 * every signal ends the tree by force. Not promised: that the host survives a failing spawn (EAGAIN, EMFILE) in the
 * midst of a walk, for which tree-kill has no listener.
 */
export function createTreeKillAdapter(options: TreeKillAdapterOptions = {}): TreeKiller {
  const { timeoutMs = defaultTimeoutMs, kernel = realKernel(), killTree = packaged } = options
  return {
    name: 'tree-kill',
    async kill(root, signal) {
      assertTree(root, signal)
      await assertTreeLister(timeoutMs)
      // After the check, because that took its time; tree-kill calls a root that does not exist a success.
      const state = rootState(kernel, root)
      if (state !== 'alive') return { kind: 'notFound', reason: state }
      return within(timeoutMs, killTree(root.pid, signal).then(signalled, failed))
    },
  }
}

function signalled(): TreeKillReport {
  return { kind: 'signalled', processes: null, refused: [] }
}

function failed(error: unknown): TreeKillReport {
  if (error instanceof Error && 'code' in error && error.code === taskkillNotFound) {
    return { kind: 'notFound', reason: 'gone' }
  }
  return { kind: 'failed', message: error instanceof Error ? error.message : String(error) }
}

function within(timeoutMs: number, report: Promise<TreeKillReport>): Promise<TreeKillReport> {
  return new Promise((resolve) => {
    const message = `tree-kill did not answer within ${timeoutMs} ms`
    const timer = setTimeout(() => resolve({ kind: 'failed', message }), timeoutMs)
    void report.finally(() => clearTimeout(timer)).then(resolve)
  })
}
