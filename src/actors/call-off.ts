import type { OwedKind } from './child-actor.ts'
import type { Questions } from './questions.ts'
import type { Stages } from './stages.ts'
import type { Timers } from './timers.ts'

interface CallOffParts {
  readonly timers: Pick<Timers, 'disarm'>
  readonly stages: Pick<Stages, 'end'>
  readonly questions: Pick<Questions, 'withdraw'>
}

/** Does what is owed of this kind, if it is an end to something: true then. */
export type CallOff = (kind: OwedKind, stream: string) => boolean

/** What is called off is called off for good, whatever life has begun since. */
export function createCallOff({ timers, stages, questions }: CallOffParts): CallOff {
  return (kind, stream) => {
    switch (kind) {
      case 'disarmReadyTimeout':
        timers.disarm(stream, 'ready')
        return true
      case 'disarmSplay':
        timers.disarm(stream, 'splay')
        return true
      case 'disarmBackoff':
        timers.disarm(stream, 'backoff')
        return true
      case 'disarmLife':
        timers.disarm(stream, 'ready', 'run', 'killTimeout', 'verify')
        stages.end(stream)
        questions.withdraw(stream)
        return true
      case 'withdrawQuestion':
        questions.withdraw(stream)
        return true
      default:
        return false
    }
  }
}
