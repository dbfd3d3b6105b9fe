import { BroodError } from '../errors.ts'
import type { ProcessIdentity } from '../events/identity.ts'
import { assertIdentities } from './assert-identities.ts'
import type { ProcessParts } from './parts.ts'
import { presenceOf } from './presence.ts'
import { checkIdentity } from './target.ts'

/** The same identity, where it still runs; what it promises is said in `Processes`. */
export function findProcess({ kernel }: Pick<ProcessParts, 'kernel'>, identity: ProcessIdentity): ProcessIdentity {
  const target = checkIdentity(identity)
  assertIdentities(kernel)
  const presence = presenceOf(kernel, target)
  if (presence === 'running') return target
  throw presence === 'stranger' ? mismatch(target) : notFound(target)
}

export function notFound({ pid }: ProcessIdentity): BroodError {
  return new BroodError('ERR_PROCESS_NOT_FOUND', `Process ${pid} has ended, or never was`)
}

export function mismatch({ pid }: ProcessIdentity): BroodError {
  return new BroodError('ERR_IDENTITY_MISMATCH', `Process ${pid} is not the one that is meant: its pid was reused`)
}
