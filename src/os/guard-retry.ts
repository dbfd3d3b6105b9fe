const firstPauseMs = 100
const longestPauseMs = 60_000
const growth = 2

/** How long a guard must have run for its end to be an accident and not a habit. */
export const guardHoldsAfterMs = 10_000

/** What to do about a guard that ended. */
export interface GuardRetry {
  /** The pause before the next one is started; 0 is at once. */
  readonly delayMs: number
  /** Whether to tell. False once the longest pause was told: it says all there is to say until a guard holds again. */
  readonly told: boolean
}

/** Answers the end of a guard after `failures` earlier ones none of which ran for `guardHoldsAfterMs`. */
export function retryGuard(failures: number): GuardRetry {
  const pause = (count: number): number =>
    count < 1 ? 0 : Math.min(longestPauseMs, firstPauseMs * growth ** (count - 1))
  return { delayMs: pause(failures), told: pause(failures - 1) < longestPauseMs }
}
