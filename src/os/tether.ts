import type { HostReport } from '../ports.ts'
import type { createGuard, Guard } from './guard.ts'

/** The host's one guard: started with the first tethered spawn, ended with the last session that had one. */
export interface Tether {
  /** Starts the guard if there is none; its reports go to `report` until `release`. May throw where it cannot start. */
  hold(report: (report: HostReport) => void): Pick<Guard, 'add' | 'remove'>
  release(report: (report: HostReport) => void): void
}

export function createTether(hostId: string, start: typeof createGuard): Tether {
  const holders = new Set<(report: HostReport) => void>()
  let guard: Guard | undefined
  const tell = (report: HostReport): void => {
    for (const holder of holders) holder(report)
  }
  return {
    hold(report) {
      holders.add(report)
      guard ??= start({ hostId, report: tell })
      return guard
    },
    release(report) {
      if (!holders.delete(report) || holders.size > 0) return
      guard?.close()
      guard = undefined
    },
  }
}
