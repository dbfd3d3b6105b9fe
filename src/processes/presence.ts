import type { ProcessIdentity } from '../events/identity.ts'
import type { KillResult } from '../os/kernel.ts'
import type { IdentityKernel } from './assert-identities.ts'

/**
 * What there is under the number of an identity: that very process, running or `ended` but not reaped yet; `nobody`; or
 * a `stranger`, to whom the number was given since.
 */
export type Presence = 'running' | 'ended' | 'nobody' | 'stranger'

export function presenceOf(kernel: Pick<IdentityKernel, 'bootId' | 'stat'>, identity: ProcessIdentity): Presence {
  const stat = kernel.stat(identity.pid)
  if (stat === null) return 'nobody'
  if (stat.startTicks !== identity.startTicks || identity.bootId !== kernel.bootId) return 'stranger'
  return stat.dead ? 'ended' : 'running'
}

/**
 * Signals a process if, at this very moment, it is the one that is meant. A SIGTERM is followed by a SIGCONT: a stopped
 * process acts on nothing but SIGKILL until it is continued. Not promised, for want of pidfd_send_signal(2) in Node: that
 * the number changes hands within the microseconds between the look and the signal.
 */
export function deliver(
  kernel: Pick<IdentityKernel, 'bootId' | 'stat' | 'kill'>,
  identity: ProcessIdentity,
  signal: NodeJS.Signals | 0,
): KillResult {
  if (presenceOf(kernel, identity) !== 'running') return 'absent'
  const result = kernel.kill(identity.pid, signal)
  if (result === 'delivered' && signal === 'SIGTERM') deliver(kernel, identity, 'SIGCONT')
  return result
}
