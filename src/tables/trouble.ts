import type { EventData } from '../events/event.ts'
import { messageOf } from '../streams/message-of.ts'
import { ANSWER_WITHIN_MS, type Answer } from './ask.ts'

/** Says that a table has failed. */
export type Tell = (failure: EventData['callback.failed']) => void

/** Tells why there is no answer, unless that is because nobody waits for it any more. */
export function tellSilence(
  tell: Tell,
  callback: string,
  answer: Exclude<Answer<unknown>, { kind: 'answered' }>,
): void {
  if (answer.kind === 'threw') tell({ callback, problem: 'threw', message: messageOf(answer.error) })
  if (answer.kind === 'timedOut') {
    tell({ callback, problem: 'timedOut', message: `No answer within ${ANSWER_WITHIN_MS} ms` })
  }
}
