import { statusOf } from '../events/exit.ts'
import type { ProcessIdentity } from '../events/identity.ts'
import type { LifeObservation } from '../ports.ts'
import { assertIdentities } from './assert-identities.ts'
import type { ProcessParts } from './parts.ts'
import { runErrors } from './run-error.ts'
import { forgotten, normalizeSingle, type ForgottenSpec } from './single-spec.ts'
import { singleRequest } from './single-request.ts'

/** Starts a process that nobody looks after; what it promises is said in `Processes`. */
export function startAndForget(parts: ProcessParts, input: ForgottenSpec): Promise<ProcessIdentity> {
  const { clock, forget, host, kernel, reaper } = parts
  const spec = normalizeSingle(input, forgotten, host.support.tether)
  const errors = runErrors(spec)
  // Before the start: who could not be named could not be given back.
  assertIdentities(kernel)
  const { promise, resolve, reject } = Promise.withResolvers<ProcessIdentity>()
  let own: ProcessIdentity | null = null
  const observe = (observation: LifeObservation): void => {
    switch (observation.kind) {
      case 'spawned':
        own = observation.identity
        if (own !== null) return resolve(own)
        return reject(errors.unnamed(observation.pid))
      case 'spawnFailed':
        return reject(errors.notStarted(observation))
      case 'exited': {
        const { code, signal } = observation
        if (own === null) return
        const status = statusOf(code, signal)
        const origin = { kind: 'process' } as const
        return reaper.publish({ at: clock.at(), pid: own.pid, identity: own, code, signal, status, origin })
      }
      case 'line':
      case 'drained':
      case 'gone':
      case 'escapee':
      case 'swept':
        return
    }
  }
  forget(singleRequest(spec, 'attached'), observe)
  return promise
}
