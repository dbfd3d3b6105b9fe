import type { Attribution } from './orphan.ts'

/**
 * Which session belongs to which life: a life begins with setsid(2), so its pid is the number of its group and of the
 * session that all its groups are in.
 */
export interface KnownLives {
  /** A leader was started, in a session of its own. */
  spawned(pid: number, life: Attribution): void
  /** The exit of a leader was seen; what is left of its session is known as long as there is any. */
  exited(pid: number): void
  /** A process that is proven to be of `life` is in `session`, or may found it. */
  learned(session: number, life: Attribution): void
  /** Whether `pid` is a leader whose exit was not seen yet: its owner waits for it. */
  isLeader(pid: number): boolean
  inSession(session: number): Attribution | undefined
  /** Forgets the sessions that are over. Their numbers are free for strangers. */
  forget(isOver: (session: number) => boolean): void
}

/** `isAttended`: whether orphans are looked for at all; until then the session of a life that is over is not kept. */
export function createKnownLives(isAttended: () => boolean = () => true): KnownLives {
  const sessions = new Map<number, Attribution>()
  const leaders = new Set<number>()
  return {
    spawned(pid, life) {
      leaders.add(pid)
      sessions.set(pid, life)
    },
    exited(pid) {
      leaders.delete(pid)
      if (!isAttended()) sessions.delete(pid)
    },
    learned: (session, life) => void sessions.set(session, life),
    isLeader: (pid) => leaders.has(pid),
    inSession: (session) => sessions.get(session),
    forget(isOver) {
      for (const session of sessions.keys()) if (!leaders.has(session) && isOver(session)) sessions.delete(session)
    },
  }
}
