import { isAlive } from './identity.ts'
import type { Kernel } from './kernel.ts'
import type { TreeKiller, TreeRoot } from './tree-killer/tree-killer.ts'

/** What it takes to signal a tree. */
export interface TreeTools {
  readonly kernel: Pick<Kernel, 'kill' | 'stat'>
  readonly treeKiller: TreeKiller
}

/** Signals a process and its descendants; `done(false)` where there is no such process any more. Never rejects. */
export async function signalTree(
  { kernel, treeKiller }: TreeTools,
  root: TreeRoot,
  signal: NodeJS.Signals,
  done: (delivered: boolean) => void,
): Promise<void> {
  let delivered = false
  try {
    const report = await treeKiller.kill(root, signal)
    delivered = report.kind === 'signalled'
    if (report.kind === 'signalled' && signal === 'SIGTERM') {
      // A stopped process acts on nothing but SIGKILL until it is continued.
      for (const process of report.processes ?? []) if (isAlive(kernel, process)) kernel.kill(process.pid, 'SIGCONT')
    }
  } catch {
    // A tree that cannot be looked up is not signalled; the next rung, or the proof, has its say.
  }
  done(delivered)
}
