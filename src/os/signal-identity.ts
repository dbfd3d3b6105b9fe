import type { ProcessIdentity } from '../events/identity.ts'
import { isAlive } from './identity.ts'
import type { Kernel } from './kernel.ts'
import { isSignal, signalGroup } from './send-signal.ts'

/**
 * Signals a process, or the group it leads, if at this very moment it is the one that is meant; true where something was
 * signalled. A SIGTERM is followed by a SIGCONT. Not promised, for want of pidfd_send_signal(2) in Node: that its number
 * changes hands within the microseconds between the look and the signal.
 */
export function signalIdentity(
  kernel: Kernel,
  identity: ProcessIdentity,
  signal: NodeJS.Signals | 0,
  to: 'process' | 'group',
): boolean {
  const { pid, bootId } = identity
  // What comes from a record may be anything: 0 is the caller's own group, -1 everybody, and 1 is everybody's.
  if (!Number.isSafeInteger(pid) || pid <= 1 || pid === process.pid || !isSignal(signal)) return false
  const isThere = (): boolean => bootId === kernel.bootId && isAlive(kernel, identity)
  if (!isThere()) return false
  if (to === 'group') return signalGroup(kernel, pid, signal)
  const delivered = kernel.kill(pid, signal) === 'delivered'
  if (delivered && signal === 'SIGTERM' && isThere()) kernel.kill(pid, 'SIGCONT')
  return delivered
}
