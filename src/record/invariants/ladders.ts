import type { RecordedEvent } from '../../events/event.ts'
import { isNow, onLadder, type LadderEvent } from './ladder-events.ts'
import type { Law } from './law.ts'
import { isOnUnknownLadder, type Standing } from './standing.ts'

/** The ladder of the current life: begun by the first event that asks for one, hurried by any that says `now`. */
interface Climb {
  readonly splayMs: number
  readonly killTimeoutMs: number | null
  readonly asked: number
  isNow: boolean
  /** When the grace began: with the stop signal, or with an exit during the splay. */
  since: number | undefined
  isOver: boolean
}

function beginClimb(climbs: Map<string, Climb>, event: LadderEvent, child: Standing | undefined): void {
  const { stream, mono, data } = event
  const climb = climbs.get(stream)
  if (climb !== undefined) {
    climb.isNow ||= isNow(event)
    return
  }
  if (isOnUnknownLadder(child)) return
  const { splayMs, killTimeoutMs } = data
  climbs.set(stream, {
    splayMs,
    killTimeoutMs,
    asked: mono,
    isNow: isNow(event),
    since: undefined,
    // What could not be killed is sent one more SIGKILL, whatever ladder it was on when it was still somebody else's.
    isOver: child?.name === 'stopped',
  })
}

/** What all laws about a ladder watch: its beginning, and the next life, which has its own. */
const climbing = (climbs: Map<string, Climb>) => ({
  ...onLadder((event, child) => beginClimb(climbs, event, child)),
  'spawn.requested': (event: RecordedEvent): void => void climbs.delete(event.stream),
})

/** The stop signal is not sent before the splay is over. */
const splayIsKept: Law = {
  invariant: 'splay-is-kept',
  watch(_scene, accuse) {
    const climbs = new Map<string, Climb>()
    return {
      ...climbing(climbs),
      'splay.elapsed'(event, child) {
        const climb = climbs.get(event.stream)
        if (climb === undefined) {
          if (child?.isPartlyKnown === false) accuse(event, 'nothing was asked')
        } else if (!climb.isNow && event.mono < climb.asked + climb.splayMs) {
          accuse(event, `after ${event.mono - climb.asked} ms of ${climb.splayMs}`)
        }
      },
    }
  },
}

/** A drawn splay lies within the rules, and there is none where everything must go at once. */
const splayIsWithinBounds: Law = {
  invariant: 'splay-is-within-bounds',
  watch(_scene, accuse) {
    const judge = (event: LadderEvent, child: Standing | undefined): void => {
      const { splayMs } = event.data
      const most = isNow(event) ? 0 : (child?.rules?.splayMs ?? Infinity)
      if (!(Number.isInteger(splayMs) && splayMs >= 0 && splayMs <= most)) {
        accuse(event, `a splay of ${splayMs} ms, allowed are 0 to ${most}`)
      }
    }
    return onLadder(judge)
  },
}

/** The grace is over when it is over: `killTimeoutMs` after the stop signal, or at once for `now`. */
const graceIsKept: Law = {
  invariant: 'grace-is-kept',
  watch(_scene, accuse) {
    const climbs = new Map<string, Climb>()
    return {
      ...climbing(climbs),
      'splay.elapsed'(event) {
        const climb = climbs.get(event.stream)
        if (climb !== undefined) climb.since ??= event.mono
      },
      'process.exited'(event) {
        const climb = climbs.get(event.stream)
        if (climb !== undefined) climb.since ??= event.mono
      },
      'killTimeout.elapsed'(event, child) {
        const climb = climbs.get(event.stream)
        if (climb === undefined) {
          if (child?.isPartlyKnown === false) accuse(event, 'nothing was asked')
          return
        }
        if (climb.isNow) return
        const due =
          climb.since === undefined || climb.killTimeoutMs === null ? Infinity : climb.since + climb.killTimeoutMs
        if (event.mono < due) accuse(event, `${due - event.mono} ms too early`)
      },
    }
  },
}

/** SIGKILL meets a living leader only after its grace, or where it was asked for at once. */
const killsComeAfterTheGrace: Law = {
  invariant: 'kills-come-after-the-grace',
  watch(_scene, accuse) {
    const climbs = new Map<string, Climb>()
    return {
      ...climbing(climbs),
      'killTimeout.elapsed'(event) {
        const climb = climbs.get(event.stream)
        if (climb !== undefined) climb.isOver = true
      },
      'signal.sent'(event, child) {
        const { signal, stage } = event.data
        // A rule may name SIGKILL as its stop signal, and a caller may send one by name.
        if (signal !== 'SIGKILL' || (stage !== 'kill' && stage !== 'remnants')) return
        const climb = climbs.get(event.stream)
        if (child?.life !== 'begun' || (climb === undefined && child.isPartlyKnown)) return
        if (climb?.isOver !== true) accuse(event, 'before the grace was over')
      },
    }
  },
}

/** What an asked exit leaves of its group keeps the rest of the grace; only what nobody asked for is killed at once. */
const remnantsKeepTheGrace: Law = {
  invariant: 'remnants-keep-the-grace',
  watch(_scene, accuse) {
    /** Whether a ladder that was asked for has come to its end; and its stop signal, which may be SIGKILL. */
    const graces = new Map<string, { isOver: boolean; readonly signal: NodeJS.Signals }>()
    const ask = (event: RecordedEvent<'stop.requested' | 'restart.requested'>, child: Standing | undefined): void => {
      if (child?.name === 'settling' || isOnUnknownLadder(child)) return
      const { now, signal } = event.data
      const known = graces.get(event.stream)
      if (known === undefined) graces.set(event.stream, { isOver: now, signal })
      else known.isOver ||= now
    }
    return {
      'spawn.requested': (event) => void graces.delete(event.stream),
      'stop.requested': ask,
      'restart.requested': ask,
      'killTimeout.elapsed'(event) {
        const grace = graces.get(event.stream)
        if (grace !== undefined) grace.isOver = true
      },
      'signal.sent'(event) {
        const grace = graces.get(event.stream)
        const { stage, signal } = event.data
        if (stage !== 'remnants' || signal !== 'SIGKILL' || grace === undefined) return
        if (!grace.isOver && grace.signal !== 'SIGKILL') accuse(event, 'within the grace of what the leader left')
      },
    }
  },
}

export const ladderLaws: readonly Law[] = [
  splayIsWithinBounds,
  splayIsKept,
  graceIsKept,
  killsComeAfterTheGrace,
  remnantsKeepTheGrace,
]
