import type { Clock, Disarm } from '../ports.ts'

export type TimerName = 'ready' | 'run' | 'splay' | 'stage' | 'killTimeout' | 'verify' | 'backoff' | 'answer'

/** The running timers of a tree: at most one of each name per child, and none of a child that owes nothing. */
export interface Timers {
  /** Replaces a timer of the same name. A time of Infinity or null is never, and costs nothing. */
  arm(stream: string, name: TimerName, delayMs: number | null, fire: () => void): void
  disarm(stream: string, ...names: readonly TimerName[]): void
}

export function createTimers(clock: Clock): Timers {
  const running = new Map<string, Map<TimerName, Disarm>>()

  const disarm = (stream: string, ...names: readonly TimerName[]): void => {
    const own = running.get(stream)
    if (own === undefined) return
    for (const name of names) {
      own.get(name)?.()
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
      const own = running.get(stream)
      if (own === undefined) running.set(stream, new Map([[name, call]]))
      else own.set(name, call)
    },
  }
}
