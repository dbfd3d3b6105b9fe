import type { Clock, Disarm } from '../ports.ts'

export type TimerName = 'ready' | 'run' | 'splay' | 'stage' | 'killTimeout' | 'verify' | 'backoff'

/** A timer that ran when it was taken, and what was left of it then. */
export interface TakenTimer {
  readonly name: TimerName
  readonly leftMs: number
}

/** The running timers of a tree: at most one of each name per child, and none of a child that owes nothing. */
export interface Timers {
  /** Replaces a timer of the same name. A time of Infinity or null is never, and costs nothing. */
  arm(stream: string, name: TimerName, delayMs: number | null, fire: () => void): void
  disarm(stream: string, ...names: readonly TimerName[]): void
  /** Disarms all timers of a child, to be armed elsewhere with what is left of them. */
  take(stream: string): readonly TakenTimer[]
}

interface Running {
  readonly call: Disarm
  readonly dueMono: number
}

export function createTimers(clock: Clock): Timers {
  const running = new Map<string, Map<TimerName, Running>>()

  const disarm = (stream: string, ...names: readonly TimerName[]): void => {
    const own = running.get(stream)
    if (own === undefined) return
    for (const name of names) {
      own.get(name)?.call()
      own.delete(name)
    }
    if (own.size === 0) running.delete(stream)
  }

  return {
    disarm,
    arm(stream, name, delayMs, fire) {
      disarm(stream, name)
      if (delayMs === null || delayMs === Infinity) return
      const call = clock.arm(delayMs, () => {
        const own = running.get(stream)
        own?.delete(name)
        if (own?.size === 0) running.delete(stream)
        fire()
      })
      const timer = { call, dueMono: clock.mono() + delayMs }
      const own = running.get(stream)
      if (own === undefined) running.set(stream, new Map([[name, timer]]))
      else own.set(name, timer)
    },
    take(stream) {
      const now = clock.mono()
      const taken = [...(running.get(stream) ?? [])].map(([name, { dueMono }]) => ({
        name,
        leftMs: Math.max(dueMono - now, 0),
      }))
      disarm(stream, ...taken.map(({ name }) => name))
      return taken
    },
  }
}
