import { spreadOf, type Spread } from './spread.ts'

/** Where a figure has to be. Judged by its median. */
export type Target = { readonly atMost: number } | { readonly atLeast: number }

/** One result: against a target, or only told. */
export interface Figure {
  readonly name: string
  readonly unit: string
  readonly spread: Spread
  readonly target?: Target
}

/** What one bench has to say. Plain data: it comes from a process of its own. */
export interface Report {
  readonly figures: readonly Figure[]
}

export type Bench = () => Promise<Report>

/** A figure made of one measurement per round. */
export function figure(name: string, unit: string, values: readonly number[], target?: Target): Figure {
  return { name, unit, spread: spreadOf(values), ...(target === undefined ? {} : { target }) }
}

/** The quotients of what two peers needed in the same round. */
export function quotients(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, round) => value / (theirs[round] ?? Number.NaN))
}

/** How much more one peer needed than the other in the same round. */
export function differences(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, round) => value - (theirs[round] ?? Number.NaN))
}
