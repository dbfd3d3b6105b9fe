import type { Exit } from '../events/exit.ts'
import type { ChildObservation } from '../machines/input.ts'
import type { OnUnexpectedExit } from '../machines/policy.ts'
import type { Clock } from '../ports.ts'
import { messageOf } from '../streams/message-of.ts'

/** What comes of a question. */
export type PolicyAnswer = Extract<ChildObservation, { readonly kind: 'answered' }>

/** How long `onUnexpectedExit` may think, in milliseconds. */
export const ANSWER_WITHIN_MS = 5_000

/**
 * Asks the caller's policy about an exit. Whatever it does — throw, hang, answer nonsense or late — there is exactly one
 * answer within the time, unless the question is withdrawn first (then there is none, and its signal aborts).
 */
export function askPolicy(
  policy: OnUnexpectedExit,
  exit: Exit,
  clock: Clock,
  answer: (answer: PolicyAnswer) => void,
): () => void {
  const withdrawn = new AbortController()
  let open = true
  const close = (given?: PolicyAnswer): void => {
    if (!open) return
    open = false
    disarm()
    withdrawn.abort()
    if (given !== undefined) answer(given)
  }
  const failed = (kind: 'threw' | 'timedOut' | 'badAnswer', message: string): void =>
    close({ kind: 'answered', restart: null, problem: { kind, message } })
  const disarm = clock.arm(ANSWER_WITHIN_MS, () => failed('timedOut', `No answer within ${ANSWER_WITHIN_MS} ms`))

  const consider = async (): Promise<void> => {
    try {
      const restart: unknown = await policy(exit, { signal: withdrawn.signal })
      if (typeof restart === 'boolean') close({ kind: 'answered', restart })
      else failed('badAnswer', `Expected true or false, got ${messageOf(restart)}`)
    } catch (error) {
      failed('threw', messageOf(error))
    }
  }
  void consider()
  return () => close()
}
