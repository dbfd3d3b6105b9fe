import type { Backoff } from './policy.ts'

/**
 * The wait before automatic restart number `attempt` (0 is the first after a reset), in whole milliseconds.
 * Jitter only ever shortens it, so `maxMs` is a true ceiling. `r` is uniform in [0, 1).
 */
export function backoffDelay(backoff: Backoff, attempt: number, r: number): number {
  // The exponent overflows to Infinity long before the attempt count does; the ceiling takes care of it.
  const grown = Math.min(backoff.maxMs, backoff.minMs * backoff.factor ** attempt)
  // 0 x Infinity is NaN: no delay stays no delay.
  const delay = Number.isNaN(grown) ? 0 : grown
  return Math.round(delay * (1 - backoff.jitter * r))
}
