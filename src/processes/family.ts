import type { ProcessIdentity } from '../events/identity.ts'
import { pidMoment, wasNotGiven, type PidMoment } from '../os/pid-cursor.ts'
import { descendantsOf, scanKin, type Kin } from '../os/process-kin.ts'
import type { IdentityKernel } from './assert-identities.ts'

/** A process and all that was seen to come of it, whatever becomes of the tree meanwhile. */
export interface Family {
  /** Its members that run at this moment, in the order of their discovery: parents before children. */
  living(): readonly ProcessIdentity[]
  /** Looks for members that are not known yet. */
  search(): Promise<void>
}

interface Member {
  readonly identity: ProcessIdentity
  /** The number of its session, as last seen. */
  session: number
  /** A moment after which its number was still its own. */
  seen: PidMoment | null
}

/** What else a family is told by; there to be staged by tests. */
export interface FamilySources {
  readonly parent?: (pid: number) => number | null
  readonly moment?: () => PidMoment | null
}

/**
 * Follows a family from its root. A descendant is found by its parent, as long as that runs; afterwards by its session,
 * where a member began it: whoever is in a session descends from its leader, for setsid(2) puts nobody into another's.
 */
export function followFamily(
  kernel: IdentityKernel,
  root: ProcessIdentity,
  { parent, moment = pidMoment }: FamilySources = {},
): Family {
  const members = new Map<number, Member>()

  const add = (identity: ProcessIdentity): void => {
    members.delete(identity.pid)
    members.set(identity.pid, { identity, session: 0, seen: null })
  }

  const living = (): readonly ProcessIdentity[] => {
    // Taken before the members are looked at, so that who is there afterwards was there then.
    const now = moment()
    const alive: ProcessIdentity[] = []
    for (const member of members.values()) {
      const stat = kernel.stat(member.identity.pid)
      if (stat?.startTicks !== member.identity.startTicks) continue
      member.session = stat.session
      // A zombie holds its number as well.
      member.seen = now
      if (!stat.dead) alive.push(member.identity)
    }
    return alive
  }

  /** Whether the session of `kin` is one that a member began, and not another that was given its number since. */
  const isOfSession = (kin: Kin, alive: readonly ProcessIdentity[]): boolean => {
    const leader = members.get(kin.session)
    if (leader === undefined || leader.session !== kin.session || kin.session === ownSession) return false
    // A session keeps its number while anybody is in it.
    if (alive.some(({ pid }) => members.get(pid)?.session === kin.session)) return true
    // And while nobody else can have been given it: a leader that has just ended has often just started somebody.
    const now = moment()
    return leader.seen !== null && now !== null && wasNotGiven(kin.session, leader.seen, now)
  }

  // Should this very process be in a session of the family, then not by descent: a tree with it is refused beforehand.
  const ownSession = kernel.stat(process.pid)?.session
  const isKnown = ({ pid, startTicks }: Kin): boolean => members.get(pid)?.identity.startTicks === startTicks

  add(root)
  return {
    living,
    async search() {
      const kin = await scanKin(kernel, parent)
      const { bootId } = kernel
      for (let alive = living(), known = -1; known !== members.size; alive = living()) {
        known = members.size
        const strangers = kin.filter((each) => !isKnown(each))
        const found = [
          ...descendantsOf(kernel, alive, strangers),
          ...strangers.filter((each) => isOfSession(each, alive)),
        ]
        for (const { pid, startTicks } of found) add({ pid, startTicks, bootId })
      }
    },
  }
}
