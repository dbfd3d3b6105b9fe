import type { RecordedEvent } from '../../../src/events/event.ts'
import { adoptedState, at, isSpawned, walk } from './read-log.ts'

type Log = readonly RecordedEvent[]

interface Climb {
  killTimeoutMs: number | null
  /** When the grace began: with the stop signal, or with an exit during the splay. */
  since: number | undefined
  splayMs: number
  asked: number
  now: boolean
  elapsed: boolean
}

/** SIGKILL meets a living leader only after the grace, or where it was asked for at once. */
export function killsOnlyAfterTheGrace(events: Log): string[] {
  const found: string[] = []
  const climbs = new Map<string, Climb>()
  const alive = new Set<string>()
  const begin = (event: RecordedEvent, killTimeoutMs: number | null, splayMs: number, now: boolean): void => {
    const climb = climbs.get(event.stream)
    if (climb === undefined) {
      climbs.set(event.stream, { killTimeoutMs, splayMs, since: undefined, asked: event.mono, now, elapsed: false })
    } else climb.now ||= now
  }
  walk(events, (event, standing) => {
    const { type, stream, mono } = event
    const climb = climbs.get(stream)
    switch (type) {
      case 'child.added': {
        const adopted = adoptedState(event)
        if (isSpawned(adopted)) alive.add(stream)
        if (adopted?.ladder == null) return
        // When its rungs were reached is told elsewhere: here it is only known that they were.
        const elapsed = adopted.name === 'killing' || adopted.escalated
        climbs.set(stream, { ...adopted.ladder, since: -Infinity, asked: -Infinity, now: true, elapsed })
        return
      }
      case 'spawn.requested':
        climbs.delete(stream)
        return
      case 'process.spawned':
        alive.add(stream)
        return
      case 'stop.requested':
      case 'restart.requested':
        return begin(event, event.data.killTimeoutMs, event.data.splayMs, event.data.now)
      case 'ready.timedOut':
      case 'run.timedOut':
        return begin(event, event.data.killTimeoutMs, event.data.splayMs, false)
      case 'splay.elapsed':
        if (climb === undefined) found.push(`${at(event)}: nothing was asked`)
        else {
          if (!climb.now && mono < climb.asked + climb.splayMs) found.push(`${at(event)}: too early`)
          climb.since ??= mono
        }
        return
      case 'process.exited':
        alive.delete(stream)
        if (climb !== undefined) climb.since ??= mono
        return
      case 'killTimeout.elapsed': {
        const due =
          climb?.since === undefined || climb.killTimeoutMs === null ? Infinity : climb.since + climb.killTimeoutMs
        if (climb?.now !== true && mono < due) found.push(`${at(event)}: at ${mono}, due at ${due}`)
        if (climb !== undefined) climb.elapsed = true
        return
      }
      case 'signal.sent': {
        const { signal, stage } = event.data
        const isLate = (event.incarnation ?? 0) < (standing?.incarnation ?? 0)
        // A rule may name SIGKILL as its stop signal.
        if (signal !== 'SIGKILL' || (stage !== 'kill' && stage !== 'remnants') || isLate || !alive.has(stream)) return
        if (climb?.elapsed !== true) found.push(`${at(event)}: SIGKILL before the grace was over`)
        return
      }
      default:
    }
  })
  return found
}

/** What is left of a group after an unasked exit gets SIGKILL; after an asked one it keeps the grace. */
export function remnantsKeepTheGrace(events: Log): string[] {
  const found: string[] = []
  const asked = new Map<string, 'graceful' | 'elapsed'>()
  // A rule may name SIGKILL as its stop signal.
  const ladder = new Map<string, NodeJS.Signals>()
  walk(events, (event, standing) => {
    const { type, stream } = event
    if (type === 'spawn.requested') asked.delete(stream)
    else if ((type === 'stop.requested' || type === 'restart.requested') && standing?.name !== 'settling') {
      asked.set(stream, event.data.now ? 'elapsed' : (asked.get(stream) ?? 'graceful'))
      ladder.set(stream, event.data.signal)
    } else if (type === 'killTimeout.elapsed') asked.set(stream, 'elapsed')
    else if (type === 'signal.sent' && event.data.stage === 'remnants' && event.data.signal === 'SIGKILL') {
      if (asked.get(stream) === 'graceful' && ladder.get(stream) !== 'SIGKILL') {
        found.push(`${at(event)}: SIGKILL within the grace`)
      }
    }
  })
  return found
}

/** A drawn splay lies within the rules, and there is none where everything must go at once. */
export function splaysWithinBounds(events: Log): string[] {
  const found: string[] = []
  walk(events, (event, standing) => {
    switch (event.type) {
      case 'stop.requested':
      case 'restart.requested':
      case 'ready.timedOut':
      case 'run.timedOut': {
        const { splayMs } = event.data
        const most = 'now' in event.data && event.data.now ? 0 : (standing?.rules.splayMs ?? 0)
        if (!(Number.isInteger(splayMs) && splayMs >= 0 && splayMs <= most)) {
          found.push(`${at(event)}: a splay of ${splayMs}, allowed are 0 to ${most}`)
        }
        return
      }
      default:
    }
  })
  return found
}
