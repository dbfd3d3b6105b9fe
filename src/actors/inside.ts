import type { EventData } from '../events/event.ts'
import type { Clock } from '../ports.ts'
import type { Supervisor } from './handles.ts'

/** What the rest of this package needs of a supervisor beyond its public face. */
export interface Inside {
  readonly clock: Clock
  /** Whether its host can end children although it was killed itself. */
  readonly platformTether: boolean
  /** Records in the supervisor's stream that something of a caller's has failed. */
  callbackFailed(failure: EventData['callback.failed']): void
}

const insides = new WeakMap<Supervisor, Inside>()

/** Keeps the inside of a handle; gives the handle back. */
export function withInside<Handle extends Supervisor>(handle: Handle, inside: Inside): Handle {
  insides.set(handle, inside)
  return handle
}

/** The inside of a supervisor; undefined for what this copy of the package has not made. */
export const insideOf = (supervisor: Supervisor): Inside | undefined => insides.get(supervisor)
