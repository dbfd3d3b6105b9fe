import type { ProcessIdentity } from '../../events/identity.ts'
import type { ProcessStat } from '../process-table.ts'
import type { Attribution } from './orphan.ts'

/** What is known of one child of the main thread that libuv does not wait for. */
export interface Sighting {
  readonly identity: ProcessIdentity
  /**
   * It was a child before orphans were adopted, so it may be libuv's though nobody announced it. It is reaped only after
   * its grace, whosever it is.
   */
  readonly early: boolean
  session: number
  life: Attribution | undefined
  cookie: 'unread' | 'reading' | 'read'
  readings: number
  /** It had ended while its cookie was being read: whose it was is about to be known. */
  awaited: boolean
  /** Monotonic milliseconds at which it was first found dead and nobody's. */
  deadSince: number | undefined
  /** The number of the latest look that saw it. */
  look: number
}

/** A first sight of `stat`. */
export function sight({ pid, startTicks, session }: ProcessStat, bootId: string, early: boolean): Sighting {
  const identity = { pid, startTicks, bootId }
  const unknown = { life: undefined, cookie: 'unread', readings: 0, awaited: false, deadSince: undefined } as const
  return { identity, early, session, look: 0, ...unknown }
}
