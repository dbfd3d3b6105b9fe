import type { Kernel } from '../kernel.ts'
import { realKernel } from '../kernel.ts'
import { createProcfsTreeKiller } from './procfs-tree-killer.ts'
import { createTreeKillAdapter } from './tree-kill-adapter.ts'
import type { TreeKiller } from './tree-killer.ts'

/** The best tree killer for this machine: `/proc` where it can be read, else the `tree-kill` package. */
export function chooseTreeKiller(kernel: Kernel = realKernel()): TreeKiller {
  return kernel.bootId === null ? createTreeKillAdapter({ kernel }) : createProcfsTreeKiller({ kernel })
}
