import type { Clock } from '../../../src/ports.ts'

/** A clock that knows how many of the timers it was asked for have neither fired nor been called off. */
export interface CountedClock extends Clock {
  readonly armed: number
}

export function createCountedClock(clock: Clock): CountedClock {
  const armed = new Set<symbol>()
  return {
    get armed() {
      return armed.size
    },
    at: () => clock.at(),
    mono: () => clock.mono(),
    nextTurn: (run) => clock.nextTurn(run),
    arm(delayMs, fire) {
      if (delayMs === Infinity) return clock.arm(delayMs, fire)
      const timer = Symbol('timer')
      armed.add(timer)
      const disarm = clock.arm(delayMs, () => {
        armed.delete(timer)
        fire()
      })
      return () => {
        armed.delete(timer)
        disarm()
      }
    },
  }
}
