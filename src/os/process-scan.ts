import type { Kernel } from './kernel.ts'
import type { ProcessStat } from './process-table.ts'
import { visitInSlices } from './slices.ts'

/** One walk over the process table, shared by everybody who asked before it began. */
export interface ProcessScan {
  /** Calls `receive` with what a walk begun after this call found, zombies included. */
  request(receive: (stats: readonly ProcessStat[]) => void): void
}

/** A machine that forks faster than it is listed must not keep the walk going for ever. */
const mostListings = 4

/**
 * A listing of `/proc` is no snapshot: a process can fork after the listing and die before it is read, and then nothing
 * of the pair was seen. So it is listed again, and what is new read, until a listing shows nothing new.
 */
export function createProcessScan(kernel: Pick<Kernel, 'pids' | 'stat'>): ProcessScan {
  let waiting: Array<(stats: readonly ProcessStat[]) => void> = []
  let running = false

  const begin = (): void => {
    const receivers = waiting
    waiting = []
    const seen = new Set<number>()
    const stats: ProcessStat[] = []
    const read = (pid: number): void => {
      seen.add(pid)
      const stat = kernel.stat(pid)
      if (stat !== null) stats.push(stat)
    }
    const list = (listing: number): void => {
      const fresh = listing === 1 ? kernel.pids() : kernel.pids().filter((pid) => !seen.has(pid))
      if (fresh.length > 0 && listing < mostListings) return visitInSlices(fresh, read, () => list(listing + 1))
      running = false
      if (waiting.length > 0) schedule()
      for (const receive of receivers) receive(stats)
    }
    list(1)
  }

  const schedule = (): void => {
    if (running) return
    running = true
    // A turn later, so that everybody who finds out in this turn that he needs to look shares the walk.
    setImmediate(begin)
  }

  return {
    request(receive) {
      waiting.push(receive)
      schedule()
    },
  }
}
