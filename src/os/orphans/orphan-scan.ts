import type { Kernel } from '../kernel.ts'
import { visitInSlices } from '../slices.ts'
import type { KnownLives } from './known-lives.ts'
import type { Libc } from './libc.ts'
import { lifeInCookie } from './life-in-cookie.ts'
import type { AdoptedOrphan, ReapedOrphan } from './orphan.ts'
import type { OwnedChildren } from './owned-children.ts'
import { sight, type Sighting } from './sighting.ts'
import { readWaitStatus } from './wait-status.ts'

export interface OrphanScanParts {
  readonly kernel: Pick<Kernel, 'stat' | 'cookie' | 'kill'>
  readonly bootId: string
  readonly hostId: string
  readonly libc: Pick<Libc, 'reap'>
  /** Null where they cannot be read just now. */
  readonly children: () => readonly number[] | null
  readonly owned: OwnedChildren
  readonly lives: KnownLives
  /** The session this process is in: its own children's, so no life's. */
  readonly ownSession: number
  /** Epoch milliseconds. */
  readonly at: () => number
  /** Monotonic milliseconds. */
  readonly mono: () => number
  /** Calls back in a later turn of the event loop, once libuv has had its chance to reap what is its own. */
  readonly soon: (look: () => void) => void
  /** Calls back after the grace. */
  readonly afterGrace: (look: () => void) => void
  readonly publish: (orphan: ReapedOrphan) => void
  readonly adopted: (orphan: AdoptedOrphan) => void
}

/** Finds and reaps this host's orphans. */
export interface OrphanScan {
  /** Notes who is a child already, and looks for the first time. */
  begin(): void
  /** A child has ended: looks soon, once for all signals until then (they coalesce: their number means nothing). */
  signalled(): void
}

/** How long a zombie that nobody knows is left to whoever may wait for it, in milliseconds: an addon that forks. */
export const graceMs = 1_000

/** How often an empty environment is read: it is empty for a moment in an exec, and for good where it was emptied. */
const mostReadings = 3

/**
 * A zombie is reaped at once where it is known to descend from one of our lives: by its session, or by the cookie that
 * was read while it lived. Any other may be the child of an addon that forks and waits by itself; so it is left alone for
 * the grace, and reaped when a later look still finds it.
 */
export function createOrphanScan(parts: OrphanScanParts): OrphanScan {
  const { kernel, bootId, hostId, libc, owned, lives, ownSession, at, mono } = parts
  const sightings = new Map<number, Sighting>()
  /** Start ticks by pid of those who were children before. */
  const before = new Map<number, number>()
  let requested = false
  let busy = false
  let later: 'no' | 'once' | 'twice' = 'no'
  let look = 0

  const request = (): void => {
    requested = true
    if (busy) return
    busy = true
    parts.soon(scan)
  }

  const scan = (): void => {
    requested = false
    look += 1
    const children = parts.children()
    // No descriptor is left, say. No signal will come again for what was not seen now.
    if (children === null) {
      lookAgainLater()
      return rest()
    }
    visitInSlices(children, visit, () => {
      for (const [pid, seen] of sightings) if (seen.look !== look) sightings.delete(pid)
      owned.forgetEnded()
      forgetSessions()
      rest()
    })
  }

  const rest = (): void => {
    busy = false
    if (requested) request()
  }

  const lookAgainLater = (): void => {
    if (later !== 'no') {
      later = 'twice'
      return
    }
    later = 'once'
    parts.afterGrace(() => {
      const more = later === 'twice'
      later = 'no'
      request()
      if (more) lookAgainLater()
    })
  }

  // Whose a child is gets asked here, not before the first slice: the loop turns in between, and numbers are reused.
  const visit = (pid: number): void => {
    if (owned.has(pid) || lives.isLeader(pid)) return
    const known = sightings.get(pid)
    if (known !== undefined) known.look = look
    // A wait is test and reaping in one, and some thirty times cheaper than a look into /proc.
    if (known?.life !== undefined && !known.early) return reap(known)
    const stat = kernel.stat(pid)
    if (stat === null) return
    const seen = known?.identity.startTicks === stat.startTicks ? known : meet(stat)
    seen.look = look
    seen.session = stat.session
    if (seen.life === undefined) know(seen, lives.inSession(stat.session))
    if (stat.dead) bury(seen)
    else if (seen.life !== undefined) tellAdopted(seen)
    else recognise(seen)
  }

  const meet = (stat: Parameters<typeof sight>[0]): Sighting => {
    const seen = sight(stat, bootId, before.get(stat.pid) === stat.startTicks)
    sightings.set(stat.pid, seen)
    return seen
  }

  const know = (seen: Sighting, life: Sighting['life']): void => {
    if (life === undefined) return
    seen.life = life
    // The one session it can ever found has its own number, and what it leaves there is of the same life.
    lives.learned(seen.identity.pid, life)
    if (seen.session > 1 && seen.session !== ownSession) lives.learned(seen.session, life)
  }

  const recognise = (seen: Sighting): void => {
    const { pid } = seen.identity
    if (seen.cookie !== 'unread') return
    seen.cookie = 'reading'
    seen.readings += 1
    kernel.cookie(pid, (found) => {
      seen.cookie = found.kind === 'empty' && seen.readings < mostReadings ? 'unread' : 'read'
      if (seen.life !== undefined || sightings.get(pid) !== seen) return
      know(seen, lifeInCookie(found, hostId))
      tellAdopted(seen)
      if (seen.awaited) request()
      else if (seen.cookie === 'unread') lookAgainLater()
    })
  }

  // Of the early ones nobody can say: the leader of a life that began before has the cookie, too, and is no orphan.
  const tellAdopted = ({ early, identity, life }: Sighting): void => {
    if (!early && life !== undefined) parts.adopted({ at: at(), pid: identity.pid, identity, attributedTo: life })
  }

  const bury = (seen: Sighting): void => {
    seen.awaited = seen.cookie === 'reading'
    if (seen.awaited) return
    if (seen.life !== undefined && !seen.early) return reap(seen)
    // Each look comes after libuv's own (see `soon`): what two of them find is not libuv's.
    seen.deadSince ??= mono()
    if (mono() - seen.deadSince >= graceMs) reap(seen)
    else lookAgainLater()
  }

  const reap = ({ identity, life }: Sighting): void => {
    const answer = libc.reap(identity.pid)
    if (answer === 'running') return
    sightings.delete(identity.pid)
    if (answer === 'absent') return
    const orphan = { at: at(), pid: identity.pid, identity, ...readWaitStatus(answer.raw) }
    parts.publish(life === undefined ? orphan : { ...orphan, attributedTo: life })
  }

  // The number of a session is given to nobody else as long as one process is in it, a zombie included.
  const forgetSessions = (): void => {
    const inUse = new Set<number>()
    for (const { session, identity } of sightings.values()) inUse.add(session).add(identity.pid)
    lives.forget((session) => !inUse.has(session) && kernel.kill(-session, 0) === 'absent')
  }

  return {
    begin() {
      for (const pid of parts.children() ?? []) {
        const stat = kernel.stat(pid)
        if (stat !== null) before.set(pid, stat.startTicks)
      }
      request()
    },
    signalled() {
      request()
      // The zombies of a thread that ends become the main thread's, and no signal tells of it (kernel/exit.c,
      // reparent_leader): the children of a terminated worker, which often end with it as their pipes close.
      lookAgainLater()
    },
  }
}
