import type { Reaper, ReaperSink } from '../actors/reaper.ts'
import type { Kernel } from '../os/kernel.ts'
import type { TreeKiller } from '../os/tree-killer/tree-killer.ts'
import type { Clock, LifeObservation, ProcessHost, Random, SpawnRequest } from '../ports.ts'

/** Starts a process and tells its `spawned` or `spawnFailed`, and its `exited` if that is seen. */
export type Forget = (request: SpawnRequest, observe: (observation: LifeObservation) => void) => void

/** What processes without a supervisor are run with. */
export interface ProcessParts {
  readonly clock: Clock
  readonly random: Random
  readonly host: ProcessHost
  readonly kernel: Kernel
  readonly treeKiller: TreeKiller
  readonly forget: Forget
  /** Every exit seen here enters it, and it knows what has ended before. */
  readonly reaper: Pick<Reaper, 'read'> & ReaperSink
  /** Told what a host has to report of its containment; there is no journal to record it in. */
  readonly warn: (message: string) => void
  /** How many bytes of each output a run can return. */
  readonly captureBytes: number
}
