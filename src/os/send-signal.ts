import { constants } from 'node:os'
import type { Kernel } from './kernel.ts'

/** Whether `value` may be given to a kill: 0, or a signal's name as this platform knows it. */
export function isSignal(value: unknown): value is NodeJS.Signals | 0 {
  return Object.is(value, 0) || (typeof value === 'string' && Object.hasOwn(constants.signals, value))
}

/**
 * Signals the process group `pgid`; true where something was signalled (a zombie counts). A SIGTERM is followed by a
 * SIGCONT: a stopped process acts on nothing but SIGKILL until it is continued.
 *
 * To kill(2), 0 is the caller's own group and -1 everybody, so nothing but an integer above 1 passes. Nor does anything
 * that is no signal: Node makes a SIGTERM of an empty name (process.kill), and NaN reaches the system call as 0.
 */
export function signalGroup(kernel: Kernel, pgid: number, signal: NodeJS.Signals | 0): boolean {
  if (!Number.isSafeInteger(pgid) || pgid <= 1 || !isSignal(signal)) return false
  const delivered = kernel.kill(-pgid, signal) === 'delivered'
  if (delivered && signal === 'SIGTERM') kernel.kill(-pgid, 'SIGCONT')
  return delivered
}
