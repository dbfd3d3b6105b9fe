import type { ProcessStat } from '../process-table.ts'

/** What nothing of a life can leave: the kernel itself knows who is within. */
export interface Enclosure {
  /** What a guard has to know of it: `pid:startTicks` of a namespace's init, or the path of a cgroup. */
  readonly keeper: string
  /** SIGKILL to everything within, now. Harmless where nothing is. */
  kill(): void
  /** Whether it is proven that nothing within is alive. */
  isEmpty(): boolean
  /** Who among `stats` is within and alive. */
  membersAmong(stats: readonly ProcessStat[]): readonly ProcessStat[]
  /** Gives back what the host keeps of it. Once, when it is empty or nobody is interested any more. */
  release(): void
  /** The same at the exit of the host, when nothing can be awaited any more: after a kill, and best effort. */
  releaseAtExit(): void
}
