import type { ProcessIdentity } from '../events/identity.ts'
import type { Kernel } from './kernel.ts'
import type { ProcessStat } from './process-table.ts'

/**
 * The identity of the process that has the number `pid` now; null where there is none or no `/proc`. Exact only while
 * the caller knows whose the number is: for a child, right after its spawn, before its exit could have been reaped.
 */
export function identify(kernel: Pick<Kernel, 'bootId' | 'stat'>, pid: number): ProcessIdentity | null {
  if (kernel.bootId === null) return null
  const stat = kernel.stat(pid)
  return stat === null ? null : { pid, startTicks: stat.startTicks, bootId: kernel.bootId }
}

/** Whether `identity` is a process that still runs: same number, same start, and no zombie. */
export function isAlive(kernel: Pick<Kernel, 'stat'>, identity: Pick<ProcessIdentity, 'pid' | 'startTicks'>): boolean {
  return isSameLife(kernel.stat(identity.pid), identity)
}

/** Whether `stat` is of the process that has this start, be it a zombie. */
export function isSameStart(stat: ProcessStat | null, { startTicks }: Pick<ProcessIdentity, 'startTicks'>): boolean {
  return stat !== null && stat.startTicks === startTicks
}

/** Whether `stat` shows `identity` running. */
export function isSameLife(stat: ProcessStat | null, identity: Pick<ProcessIdentity, 'startTicks'>): boolean {
  return stat !== null && !stat.dead && stat.startTicks === identity.startTicks
}
