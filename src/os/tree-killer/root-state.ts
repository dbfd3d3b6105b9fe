import type { Kernel } from '../kernel.ts'
import type { TreeRoot } from './tree-killer.ts'

/** Whether the root is there to be signalled, as exactly as the platform can tell at this moment. */
export function rootState(
  kernel: Pick<Kernel, 'bootId' | 'kill' | 'stat'>,
  root: TreeRoot,
): 'alive' | 'gone' | 'reused' {
  // Signal 0 calls zombies alive, and that is the best there is without /proc. EPERM is an answer of somebody.
  if (kernel.bootId === null) return kernel.kill(root.pid, 0) === 'absent' ? 'gone' : 'alive'
  if (root.bootId !== undefined && root.bootId !== kernel.bootId) return 'gone'
  const stat = kernel.stat(root.pid)
  if (stat === null) return 'gone'
  if (root.startTicks !== undefined && stat.startTicks !== root.startTicks) return 'reused'
  return stat.dead ? 'gone' : 'alive'
}
