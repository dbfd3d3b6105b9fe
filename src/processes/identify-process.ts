import type { ProcessIdentity } from '../events/identity.ts'
import { assertIdentities } from './assert-identities.ts'
import type { ProcessParts } from './parts.ts'
import { checkPid } from './target.ts'

/** Who has a number now; what it promises is said in `Processes`. */
export function identifyProcess({ kernel }: Pick<ProcessParts, 'kernel'>, pid: number): ProcessIdentity | undefined {
  const number = checkPid(pid)
  assertIdentities(kernel)
  const stat = kernel.stat(number)
  if (stat === null || stat.dead) return undefined
  // A thread has a number and a stat file as well, which is in no listing: proc(5). A signal to it would reach its whole
  // process, and that may be this one.
  if (!kernel.pids().includes(number)) return undefined
  return { pid: number, startTicks: stat.startTicks, bootId: kernel.bootId }
}
