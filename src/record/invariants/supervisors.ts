import type { RecordedEvent } from '../../events/event.ts'
import { countWithin } from '../../machines/limit.ts'
import { isFailure } from '../../machines/fold-child.ts'
import type { Law } from './law.ts'
import { isAtRest } from './standing.ts'

/** No window of a supervisor holds more automatic restarts below it than its intensity grants. */
const intensityHolds: Law = {
  invariant: 'intensity-holds',
  watch(scene, accuse) {
    return {
      'restart.scheduled'(event, child) {
        const company = child === undefined ? undefined : scene.companies.get(child.parent)
        const limit = company?.intensity
        if (child === undefined || company === undefined || limit === undefined || limit.restarts === null) return
        if (!isFailure(child, event.data.cause)) return
        if (countWithin(company.history, limit, event.mono) >= limit.restarts) {
          accuse(event, `one more than the ${limit.restarts} granted below ${company.stream}`)
        }
      },
    }
  },
}

/** A supervisor gives up only with the restart that is too many, and then it ends, `failed`. */
const givesUpOnlyBeyondTheIntensity: Law = {
  invariant: 'gives-up-only-beyond-the-intensity',
  watch(scene, accuse) {
    /** By supervisor, those whose end was not judged to its end yet: a callback answers, a group settles. */
    const open = new Map<string, Set<string>>()
    const exceeded = new Map<string, RecordedEvent>()
    const opened = (stream: string, parent: string): void => {
      const known = open.get(parent)
      if (known === undefined) open.set(parent, new Set([stream]))
      else known.add(stream)
    }
    return {
      each(event, child) {
        if (child === undefined) return
        if (event.type === 'process.spawnFailed' || (event.type === 'process.exited' && !event.data.expected)) {
          opened(child.stream, child.parent)
        } else if (
          event.type === 'restart.due' ||
          event.type === 'restart.scheduled' ||
          event.type === 'child.stopped'
        ) {
          open.get(child.parent)?.delete(child.stream)
        }
      },
      'intensity.exceeded'(event) {
        const company = scene.companies.get(event.stream)
        if (company === undefined) return
        exceeded.set(event.stream, event)
        const { restarts } = event.data
        if ([...company.members].some(({ isPartlyKnown }) => isPartlyKnown)) return
        const count = countWithin(company.history, event.data, event.mono) + (open.get(event.stream)?.size ?? 0)
        if (count <= (restarts ?? Infinity)) accuse(event, `after ${count} failures, granted are ${restarts}`)
      },
      'supervisor.stopping'(event) {
        if (
          exceeded.delete(event.stream) &&
          event.data.outcome !== 'failed' &&
          scene.companies.get(event.stream)?.ending === undefined
        ) {
          accuse(event, `gave up, and will end ${event.data.outcome}`)
        }
      },
      'supervisor.stopped'(event) {
        if (exceeded.delete(event.stream)) accuse(event, 'gave up, and never said that it is stopping')
      },
    }
  },
}

/** Everything below a supervisor is at rest when it has stopped. */
const supervisorsStopLast: Law = {
  invariant: 'supervisors-stop-last',
  watch(scene, accuse) {
    return {
      'supervisor.stopped'(event) {
        for (const child of scene.companies.get(event.stream)?.members ?? []) {
          if (!isAtRest(child)) accuse(event, `${child.stream} is ${child.name}`)
        }
      },
    }
  },
}

/** A supervisor ends as the first `supervisor.stopping` of that end has said. */
const supervisorsEndAsAnnounced: Law = {
  invariant: 'supervisors-end-as-announced',
  watch(scene, accuse) {
    return {
      'supervisor.stopped'(event) {
        const announced = scene.companies.get(event.stream)?.ending
        if (announced !== undefined && event.data.outcome !== announced) {
          accuse(event, `ended ${event.data.outcome}, announced was ${announced}`)
        }
      },
    }
  },
}

const between: ReadonlySet<string> = new Set([
  'child.added',
  'child.removed',
  'child.replaced',
  'child.released',
  'supervisor.started',
  'supervisor.recovered',
  'journal.checkpointed',
  'journal.degraded',
])

/** `supervisor.stopped` of the root is the last word of a run: until the next one starts, children only come and go. */
const nothingFollowsTheEnd: Law = {
  invariant: 'nothing-follows-the-end',
  watch(scene, accuse) {
    return {
      each(event) {
        if (scene.companies.get('/')?.phase === 'stopped' && !between.has(event.type)) accuse(event, 'after the end')
      },
    }
  },
}

/** Siblings are restarted together only by a supervisor whose strategy says so. */
const strategiesAreObeyed: Law = {
  invariant: 'strategies-are-obeyed',
  watch(scene, accuse) {
    return {
      'restart.requested'(event, child) {
        if (event.data.cause !== 'strategy' || child === undefined) return
        if (scene.companies.get(child.parent)?.strategy === 'one-for-one') accuse(event, 'under one-for-one')
      },
    }
  },
}

/** A start waits for as many children as it says: each is asked in the same batch, in answer to it. */
const startsAreAsAnnounced: Law = {
  invariant: 'starts-are-as-announced',
  watch(_scene, accuse) {
    const waiting = new Map<number, { readonly started: RecordedEvent; left: number }>()
    const count = (event: RecordedEvent): void => {
      const answered = waiting.get(event.causedBy ?? 0)
      if (answered !== undefined) answered.left -= 1
    }
    return {
      'supervisor.started'(event) {
        for (const [seq, { started, left }] of waiting) {
          if (started.stream === event.stream) waiting.delete(seq)
          if (started.stream === event.stream && left !== 0) accuse(started, `${left} of them were never asked`)
        }
        waiting.set(event.seq, { started: event, left: event.data.awaits })
      },
      'start.requested': count,
      'restart.due': count,
      'supervisor.stopped'(event) {
        for (const [seq, { started, left }] of waiting) {
          if (started.stream !== event.stream) continue
          waiting.delete(seq)
          if (left !== 0)
            accuse(
              started,
              `waits for ${started.type === 'supervisor.started' ? started.data.awaits : 0}, ${left} too many`,
            )
        }
      },
    }
  },
}

export const supervisorLaws: readonly Law[] = [
  intensityHolds,
  givesUpOnlyBeyondTheIntensity,
  supervisorsStopLast,
  supervisorsEndAsAnnounced,
  nothingFollowsTheEnd,
  strategiesAreObeyed,
  startsAreAsAnnounced,
]
