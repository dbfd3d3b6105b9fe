import type { Clock } from '../ports.ts'

/** Node keeps delays in a signed 32-bit integer and fires at once for larger ones (docs: `setTimeout`). */
const longestDelayMs = 2 ** 31 - 1

// `performance.now()` and `process.hrtime` read the same clock (CLOCK_MONOTONIC on Linux), the one from the start of the
// process, the other from boot: the difference is taken once, and a reading costs no BigInt.
const bootToOriginMs = Number(process.hrtime.bigint()) / 1e6 - performance.now()

function mono(): number {
  return bootToOriginMs + performance.now()
}

/** The machine's own clocks and Node's timers, without their traps: never early, never at once for what is far away. */
export const systemClock: Clock = {
  at: () => Date.now(),
  mono,
  arm(delayMs, fire, keepAlive = true) {
    if (Number.isNaN(delayMs) || delayMs < 0) {
      throw new RangeError(`Expected \`delayMs\` to be a number >= 0, got ${delayMs}.`)
    }
    if (delayMs === Infinity) return () => {}

    const due = mono() + delayMs
    let timer: NodeJS.Timeout
    // Looked at again when a timer fires: for the delays that are split, and because Node rounds its loop time to whole
    // milliseconds and may fire a fraction of one too early.
    const wait = (leftMs: number): void => {
      timer = setTimeout(
        () => {
          const stillLeftMs = due - mono()
          if (stillLeftMs > 0) wait(stillLeftMs)
          else fire()
        },
        Math.min(Math.ceil(leftMs), longestDelayMs),
      )
      if (!keepAlive) timer.unref()
    }
    wait(delayMs)
    return () => clearTimeout(timer)
  },
  nextTurn(run) {
    setImmediate(run)
  },
}
