import type { Clock } from '../ports.ts'
import { onAbort } from '../tasks/on-abort.ts'

/** What became of a question to somebody else's code. */
export type Answer<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'timedOut' }
  /** Nobody needs the answer any more. */
  | { readonly kind: 'over' }

/** Whoever asks, and for how long there is any use in that. */
export interface Asker {
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** How long a table may think about one call, in milliseconds. */
export const ANSWER_WITHIN_MS = 30_000

/** Asks, and always gets one answer: within the time, or at once when it is over. What comes later harms nobody. */
export function ask<T>(question: () => T | PromiseLike<T>, { clock, signal }: Asker): Promise<Answer<T>> {
  return new Promise((resolve) => {
    const disarm = clock.arm(ANSWER_WITHIN_MS, () => close({ kind: 'timedOut' }))
    let letGo: (() => void) | undefined
    const close = (answer: Answer<T>): void => {
      disarm()
      letGo?.()
      resolve(answer)
    }
    letGo = onAbort(signal, () => close({ kind: 'over' }))
    const consider = async (): Promise<void> => {
      if (signal.aborted) return
      try {
        close({ kind: 'answered', value: await question() })
      } catch (error) {
        close({ kind: 'threw', error })
      }
    }
    void consider()
  })
}
