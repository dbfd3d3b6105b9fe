import type { Random } from '../ports.ts'

/**
 * mulberry32, Tommy Ettinger's public-domain generator: 32 bits of state, good enough to shake a test, and small enough
 * to be written down in any language that wants to repeat a run.
 */
function mulberry32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

const hex = (bits: number): string => bits.toString(16).padStart(8, '0')

/**
 * Chance that repeats: the same seed gives the same numbers and the same identifiers, on every machine.
 *
 * Identifiers come from a sequence of their own, so that drawing one more of them moves no jitter anywhere.
 * @throws {RangeError} unless `seed` is a safe integer
 */
export function createSeededRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`Expected \`seed\` to be a safe integer, got ${seed}`)
  const numbers = mulberry32(seed)
  const identifiers = mulberry32(seed ^ 0x5bd1e995)
  return {
    next: () => numbers() / 2 ** 32,
    id: () => hex(identifiers()) + hex(identifiers()),
  }
}
