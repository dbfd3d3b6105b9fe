import { identify, isAlive } from '../../os/identity.ts'
import { realKernel } from '../../os/kernel.ts'
import type { Owner } from './meta.ts'

/** This process, as the owner of a journal. */
export function thisOwner(): Owner {
  const identity = identify(realKernel(), process.pid)
  return {
    bootId: identity?.bootId ?? null,
    pid: process.pid,
    startTicks: identity?.startTicks ?? null,
    claimedAt: Date.now(),
  }
}

/**
 * Whether an owner is still there. Exact with `/proc`: the same boot, number and start. Without it a number is all there
 * is to ask for, and whoever has it by now is taken for the owner; but for this process, if it began after the claim.
 */
export function isOwnerAlive({ bootId, pid, startTicks, claimedAt }: Owner): boolean {
  const kernel = realKernel()
  if (bootId !== null && startTicks !== null && kernel.bootId !== null) {
    return bootId === kernel.bootId && isAlive(kernel, { pid, startTicks })
  }
  if (pid === process.pid && claimedAt < performance.timeOrigin) return false
  return kernel.kill(pid, 0) !== 'absent'
}
