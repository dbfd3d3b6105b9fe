import type { ProcessIdentity } from '../events/identity.ts'
import type { Enclosure } from './containment/enclosure.ts'
import type { Guard } from './guard.ts'

/** What a guard knows of one life. */
export interface GuardedLife {
  /** Enters it, in place of what was entered for it before. */
  enter(leader: ProcessIdentity, enclosure: Enclosure | undefined): void
  leave(): void
}

/** `guard`: absent where the life is not to end with the host. */
export function guardLife(
  guard: Pick<Guard, 'add' | 'remove'> | undefined,
  graceMs: number,
  cookie: string,
  failed: (message: string) => void,
): GuardedLife {
  let entered: ProcessIdentity | undefined
  const leave = (): void => {
    if (entered !== undefined) guard?.remove(entered.pid, entered.startTicks)
    entered = undefined
  }
  return {
    enter(leader, enclosure) {
      const { pid, startTicks } = leader
      try {
        const keeper = enclosure?.keeper
        guard?.add({ pgid: pid, startTicks, graceMs, cookie, ...(keeper !== undefined && { keeper }) })
      } catch (error) {
        return failed(`Could not guard process ${pid}: ${String(error)}`)
      }
      // Afterwards: it is entered without a gap.
      if (entered?.pid !== pid) leave()
      entered = leader
    },
    leave,
  }
}
