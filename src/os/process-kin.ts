import type { ProcessIdentity } from '../events/identity.ts'
import { isAlive } from './identity.ts'
import type { Kernel } from './kernel.ts'
import { createProcessScan } from './process-scan.ts'
import type { ProcessStat } from './process-table.ts'
import { visitInSlices } from './slices.ts'
import { parentOf } from './tree-killer/parent-of.ts'

/** A living process, and the number of its parent as it was a moment later. */
export interface Kin extends ProcessStat {
  readonly parent: number
}

/** Walks over all living processes once, in slices of the event loop. `parent` is there to be staged by tests. */
export function scanKin(
  kernel: Pick<Kernel, 'pids' | 'stat'>,
  parent: (pid: number) => number | null = parentOf,
): Promise<readonly Kin[]> {
  return new Promise((resolve) => {
    createProcessScan(kernel).request((stats) => {
      const kin: Kin[] = []
      // The parent is read after the start: should the number change hands in between, then what is found is a process
      // that is no more, and nobody signals that. The other way round it would be a stranger.
      const read = (stat: ProcessStat): void => {
        const number = stat.dead ? null : parent(stat.pid)
        if (number !== null) kin.push({ ...stat, parent: number })
      }
      visitInSlices(stats, read, () => resolve(kin))
    })
  })
}

/** The descendants of `roots` among `kin`, breadth first, without the roots themselves. To be asked after the walk. */
export function descendantsOf(
  kernel: Pick<Kernel, 'stat'>,
  roots: readonly ProcessIdentity[],
  kin: readonly Kin[],
): readonly ProcessIdentity[] {
  const children = Map.groupBy(kin, ({ parent }) => parent)
  const seen = new Set(roots.map(({ pid }) => pid))
  const found: ProcessIdentity[] = []
  const queue = [...roots]
  // It grows while it is walked: that is what makes it breadth first.
  for (const parent of queue) {
    const own = children.get(parent.pid)
    // A parent that is there now, after its children were read, is the one they were read with.
    if (own === undefined || !isAlive(kernel, parent)) continue
    for (const { pid, startTicks } of own) {
      if (seen.has(pid)) continue
      seen.add(pid)
      const child = { pid, startTicks, bootId: parent.bootId }
      found.push(child)
      queue.push(child)
    }
  }
  return found
}
