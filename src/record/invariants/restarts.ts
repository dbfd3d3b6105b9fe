import type { RecordedEvent } from '../../events/event.ts'
import { backoffDelay } from '../../machines/backoff.ts'
import { isFailure } from '../../machines/fold-child.ts'
import { countWithin } from '../../machines/limit.ts'
import { typeRestarts } from '../../machines/verdict.ts'
import type { Law } from './law.ts'

/** No window of a child holds more automatic restarts than its limit grants. */
const restartsAreWithinTheLimit: Law = {
  invariant: 'restarts-are-within-the-limit',
  watch(_scene, accuse) {
    return {
      'restart.scheduled'(event, child) {
        if (child === undefined || child.limit.restarts === null || !isFailure(child, event.data.cause)) return
        const count = countWithin(child.history, child.limit, event.mono)
        if (count >= child.limit.restarts) accuse(event, `one more than the ${child.limit.restarts} granted`)
      },
    }
  },
}

/** A child is given up only when its limit is used up. */
const abandonedOnlyAtTheLimit: Law = {
  invariant: 'abandoned-only-at-the-limit',
  watch(_scene, accuse) {
    return {
      'restart.abandoned'(event, child) {
        if (child === undefined) return
        const { limit, history } = child
        const count = countWithin(history, limit, event.mono)
        if (limit.restarts === null || count < limit.restarts) {
          accuse(event, `after ${count} of ${limit.restarts ?? 'unlimited'} restarts`)
        }
      },
    }
  },
}

/** A restart is scheduled only where the type, the exit sets and the kind of start allow one, and names its exit's cause. */
const restartsFollowThePolicy: Law = {
  invariant: 'restarts-follow-the-policy',
  watch(_scene, accuse) {
    return {
      'restart.scheduled'(event, child) {
        if (child === undefined || child.isPartlyKnown) return
        const cause = child.exit?.cause ?? 'crash'
        if (event.data.cause !== cause) accuse(event, `because of ${event.data.cause}, and its end was ${cause}`)
        if (child.asked !== undefined) accuse(event, `although it was asked to ${child.asked.kind}`)
        if (child.startedBy === 'caller' && child.readyMono === undefined) {
          accuse(event, 'of a start that somebody asked for, which is one attempt')
        }
        if (child.rules !== undefined && !typeRestarts(child.rules.restart, child.exit ?? null)) {
          accuse(event, `of a ${child.restart} child that must not be restarted after such an end`)
        }
      },
    }
  },
}

/** Every wait before a restart is what the backoff allows for its attempt. */
const delaysAreWithinTheBackoff: Law = {
  invariant: 'delays-are-within-the-backoff',
  watch(_scene, accuse) {
    return {
      'restart.scheduled'(event, child) {
        if (child?.rules === undefined) return
        const { delayMs, attempt } = event.data
        const { backoff } = child.rules.restart
        const [least, most] = [backoffDelay(backoff, attempt, 1), backoffDelay(backoff, attempt, 0)]
        if (!(delayMs >= least && delayMs <= most)) accuse(event, `${delayMs} ms, allowed are ${least} to ${most}`)
      },
    }
  },
}

/** Attempts count up by one, and from 0 again after a life that was ready for long enough, or when an operator asked. */
const attemptsCountUp: Law = {
  invariant: 'attempts-count-up',
  watch(_scene, accuse) {
    return {
      'restart.scheduled'(event, child) {
        if (child === undefined || child.isPartlyKnown) return
        const { attempt } = event.data
        const readyMs = child.readyMono === undefined ? -Infinity : child.endedMono - child.readyMono
        const allowed =
          child.rules === undefined
            ? [0, child.attempt]
            : [readyMs >= child.rules.restart.resetAfterMs ? 0 : child.attempt]
        if (!allowed.includes(attempt)) accuse(event, `attempt ${attempt}, and its turn is ${allowed.join(' or ')}`)
      },
    }
  },
}

/** A restart is not due before its delay is over, unless somebody asked for it meanwhile. */
const delaysAreKept: Law = {
  invariant: 'delays-are-kept',
  watch(_scene, accuse) {
    const due = new Map<string, number>()
    const drop = (event: RecordedEvent): void => void due.delete(event.stream)
    return {
      'restart.scheduled': (event) => void due.set(event.stream, event.mono + event.data.delayMs),
      'restart.requested': drop,
      'stop.requested': drop,
      // Its way to the next life was cut short, by the end of its host: the next start begins it anew.
      'child.stopped': drop,
      'restart.due'(event) {
        const time = due.get(event.stream)
        if (time !== undefined && event.mono < time) accuse(event, `${time - event.mono} ms too early`)
        due.delete(event.stream)
      },
    }
  },
}

export const restartLaws: readonly Law[] = [
  restartsAreWithinTheLimit,
  abandonedOnlyAtTheLimit,
  restartsFollowThePolicy,
  delaysAreWithinTheBackoff,
  attemptsCountUp,
  delaysAreKept,
]
