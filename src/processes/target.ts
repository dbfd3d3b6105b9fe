import { BroodError } from '../errors.ts'
import type { ProcessIdentity } from '../events/identity.ts'
import { invalidOption } from '../streams/invalid-option.ts'

/**
 * Refuses what is no pid. To kill(2) 0 and negative numbers are groups, and `''` and NaN reach it as 0.
 * @throws {BroodError} ERR_INVALID_SPEC
 */
export function checkPid(pid: unknown, name = 'pid'): number {
  if (typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0) return pid
  throw invalidOption(name, 'an integer > 0', pid)
}

/**
 * A copy of an identity, so that what was checked is what is used.
 * @throws {BroodError} ERR_INVALID_SPEC for what is none
 */
export function checkIdentity(identity: unknown): ProcessIdentity {
  if (typeof identity !== 'object' || identity === null) throw invalidOption('identity', 'an object', identity)
  const { pid, startTicks, bootId }: Partial<Record<keyof ProcessIdentity, unknown>> = identity
  if (typeof startTicks !== 'number' || !Number.isSafeInteger(startTicks) || startTicks < 0) {
    throw invalidOption('identity.startTicks', 'an integer >= 0', startTicks)
  }
  if (typeof bootId !== 'string' || bootId === '') throw invalidOption('identity.bootId', 'a non-empty string', bootId)
  return Object.freeze({ pid: checkPid(pid, 'identity.pid'), startTicks, bootId })
}

/** Refuses what nobody can mean to end. @throws {BroodError} ERR_INVALID_STATE */
export function assertMortal({ pid }: Pick<ProcessIdentity, 'pid'>): void {
  if (pid !== 1 && pid !== process.pid) return
  const who = pid === 1 ? 'the init process' : 'this process'
  throw new BroodError('ERR_INVALID_STATE', `Process ${pid} is ${who}: it is not signalled from here.`)
}
