import type { Clock } from '../ports.ts'
import type { Pulse } from './pulse.ts'

/** `clock` as somebody has it for as long as he lives; for a machine that was booted at `bootedAt` on it. */
export function createMortalClock(clock: Clock, pulse: Pulse, bootedAt = 0): Clock {
  return {
    at: () => clock.at(),
    mono: () => clock.mono() - bootedAt,
    arm(delayMs, fire) {
      return clock.arm(delayMs, () => {
        if (pulse.beats) fire()
      })
    },
    nextTurn(run) {
      clock.nextTurn(() => {
        if (pulse.beats) run()
      })
    },
  }
}
