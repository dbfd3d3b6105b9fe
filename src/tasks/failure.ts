import { isEchoOf, isEchoOfScope } from './cancellation.ts'
import type { Scope } from './runnable.ts'

/** How something went wrong; its absence: well. An object, because anything can be thrown, `undefined` too. */
export interface Failure {
  readonly error: unknown
}

/** Runs a step and says how it went; never rejects, whether the step throws or rejects. */
export async function failureOf(step: () => unknown): Promise<Failure | undefined> {
  try {
    await step()
    return undefined
  } catch (error) {
    return { error }
  }
}

/** For whoever ordered a cancellation: its own echo is no failure. */
export function unlessEcho(reason: unknown, failure: Failure | undefined): Failure | undefined {
  return failure === undefined || isEchoOf(reason, failure.error) ? undefined : failure
}

/**
 * Throws the first of the failures, listed by precedence, if there is one. That `scope` was cancelled is what its owner
 * knows already: an echo of it never hides a failure that tells more, and is thrown where there is none.
 */
export function throwFirst(scope: Scope, ...failures: readonly (Failure | undefined)[]): void {
  const told = failures.filter((failure) => failure !== undefined)
  const first = told.find(({ error }) => !isEchoOfScope(scope, error)) ?? told[0]
  if (first !== undefined) throw first.error
}
