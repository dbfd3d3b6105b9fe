import type { ProcessIdentity } from '../events/identity.ts'
import type { FoundLife } from '../ports.ts'
import type { Cookie } from './cookie.ts'
import { parseCookie } from './cookie.ts'
import { walkCookies } from './cookie-walk.ts'
import type { CookieLook } from './environ.ts'
import { isAlive } from './identity.ts'
import type { Kernel } from './kernel.ts'
import type { ProcessScan } from './process-scan.ts'
import type { ProcessStat } from './process-table.ts'

/** One life, and what of it is alive. */
export interface Carriers {
  readonly cookie: Cookie
  /** Oldest first; at least one. */
  readonly stats: readonly ProcessStat[]
}

const pauseMs = 10
/** How often the walk is repeated at most, by what was seen on the last one. A third tells no more of the vanished. */
const mostRepeats = { clear: 0, vanished: 3, forked: 10, leading: 100 }
/** Whoever has not called exec for longer than this never meant to. */
const youngTicks = 100

/**
 * Looks through all processes for those that carry a cookie of a life that is wanted, until a walk is conclusive: nobody
 * vanished before it could be read, and nobody stands between its fork and its exec, as the last child of a host does
 * that was killed in the middle of a spawn. That one has no cookie yet, and will have one.
 */
export function findCarriers(
  kernel: Kernel,
  scan: ProcessScan,
  isWanted: (cookie: Cookie) => boolean,
  done: (found: readonly Carriers[]) => void,
): void {
  const walk = (repeats: number): void => {
    scan.request((stats) => {
      const carriers = new Map<string, { cookie: Cookie; stats: ProcessStat[] }>()
      const youngest = kernel.uptimeTicks() - youngTicks
      let most = mostRepeats.clear
      const see = (stat: ProcessStat, look: CookieLook): void => {
        if (look.kind === 'vanished') most = Math.max(most, mostRepeats.vanished)
        const cookie = look.kind === 'cookie' ? parseCookie(look.text) : null
        if (cookie === null || !isWanted(cookie)) {
          // setsid comes first in the child (uv__process_child_init): a subshell, which may never call exec, is none.
          if (stat.forked === true && stat.startTicks >= youngest)
            most = Math.max(most, stat.pid === stat.session ? mostRepeats.leading : mostRepeats.forked)
          return
        }
        // The number may have changed hands between the two looks.
        if (look.kind !== 'cookie' || !isAlive(kernel, stat)) return
        const life = carriers.get(look.text) ?? { cookie, stats: [] }
        carriers.set(look.text, life)
        life.stats.push(stat)
      }
      const suspects = stats.filter(
        (stat) => !stat.dead && stat.kernelThread !== true && stat.pid > 1 && stat.pid !== process.pid,
      )
      walkCookies(kernel, suspects, see, () => {
        if (repeats < most) setTimeout(walk, pauseMs, repeats + 1)
        else done([...carriers.values()].map(sorted).toSorted((a, b) => byAge(a.stats[0], b.stats[0])))
      })
    })
  }
  walk(0)
}

/** What they are to a caller of the port. `bootId`: of now, since they are alive. */
export function foundLife({ cookie, stats }: Carriers, bootId: string): FoundLife {
  const { stream, incarnation, treeId, lifetime } = cookie
  const name = ({ pid, startTicks }: ProcessStat): ProcessIdentity => ({ pid, startTicks, bootId })
  const leader = leaderOf(stats)
  return {
    life: { stream, incarnation },
    treeId,
    lifetime,
    members: stats.map(name),
    leader: leader === undefined ? null : name(leader),
  }
}

/**
 * The leader is the oldest of a life, and was made the leader of a session. What has left the group may lead one, too,
 * but is never the oldest while the leader lives; the one whose number is lower only counts within the same tick.
 */
export function leaderOf(stats: readonly ProcessStat[]): ProcessStat | undefined {
  const oldest = stats[0]?.startTicks
  return stats.find(({ pid, pgrp, session, startTicks }) => startTicks === oldest && pid === pgrp && pid === session)
}

function sorted({ cookie, stats }: Carriers): Carriers {
  return { cookie, stats: stats.toSorted(byAge) }
}

function byAge(a: ProcessStat | undefined, b: ProcessStat | undefined): number {
  return (a?.startTicks ?? 0) - (b?.startTicks ?? 0) || (a?.pid ?? 0) - (b?.pid ?? 0)
}
