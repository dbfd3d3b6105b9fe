import type { EnclosureWatch } from './containment/enclosure-watch.ts'
import type { ExitHook } from './exit-hook.ts'
import type { ExitSweep } from './exit-sweep.ts'
import type { GroupWatch } from './group-watch.ts'
import type { IdentityWatch } from './identity-watch.ts'
import type { Kernel } from './kernel.ts'
import type { ProcessScan } from './process-scan.ts'
import type { Sweep } from './sweep.ts'
import type { TreeKiller } from './tree-killer/tree-killer.ts'

/** What all lives of a host share. */
export interface LifeTools {
  readonly kernel: Kernel
  readonly scan: ProcessScan
  readonly watch: GroupWatch
  readonly sweep: Sweep
  /** For what is no child of this host. */
  readonly identities: IdentityWatch
  readonly exitHook: ExitHook
  readonly exitSweep: ExitSweep
  readonly enclosures: EnclosureWatch
  /** For those who want a tree, and for platforms without process groups. */
  readonly treeKiller: TreeKiller
  /** The pids of processes whose exit was not seen yet: those numbers are ours. */
  readonly leaders: Set<number>
}
