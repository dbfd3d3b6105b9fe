import type { RecordedEvent, RecordedLimit } from '../../../src/events/event.ts'
import { adoptedState, at, walk, type Standing } from './read-log.ts'

type Log = readonly RecordedEvent[]

const counts = ({ data }: RecordedEvent<'restart.scheduled'>, { rules }: Standing): boolean =>
  data.cause === 'crash' ||
  data.cause === 'timeout' ||
  data.cause === 'health' ||
  (data.cause === 'finished' && rules.restart === 'permanent')

/** How many of the times lie within the window that ends with `now`. */
const within = (times: readonly number[], limit: RecordedLimit, now: number): number =>
  times.filter((time) => limit.withinMs === null || time > now - limit.withinMs).length

function add(map: Map<string, number[]>, key: string, time: number): readonly number[] {
  const times = map.get(key) ?? []
  times.push(time)
  map.set(key, times)
  return times
}

/** No window of a child holds more automatic restarts than its limit grants; and it is given up only at the limit. */
export function restartsWithinLimits(events: Log): string[] {
  const found: string[] = []
  const restarts = new Map<string, number[]>()
  walk(events, (event, standing) => {
    if (standing === undefined) return
    const { limit } = standing.rules
    if (limit.restarts === null) return
    const adopted = adoptedState(event)
    if (adopted !== undefined) restarts.set(event.stream, [...adopted.history])
    if (event.type === 'restart.scheduled' && counts(event, standing)) {
      const count = within(add(restarts, event.stream, event.mono), limit, event.mono)
      if (count > limit.restarts) found.push(`${at(event)}: automatic restart ${count}, granted are ${limit.restarts}`)
    } else if (event.type === 'restart.abandoned') {
      const count = within(restarts.get(event.stream) ?? [], limit, event.mono)
      if (count < limit.restarts) found.push(`${at(event)}: given up after ${count} of ${limit.restarts}`)
    }
  })
  return found
}

/** The same for a supervisor and all of its children: with the one that is too many it gives up as a whole. */
export function intensityHolds(events: Log): string[] {
  const found: string[] = []
  const limits = new Map<string, RecordedLimit>()
  const restarts = new Map<string, number[]>()
  /** Those whose end was not judged to its end yet: a callback answers, a group settles. */
  const open = new Map<string, string>()
  walk(events, (event, standing) => {
    const { type, stream, mono } = event
    if (type === 'supervisor.started') {
      if (event.data.intensity === undefined) limits.delete(stream)
      else limits.set(stream, event.data.intensity)
    } else if (type === 'intensity.exceeded') {
      // Restarts that were decided and not yet scheduled count as well.
      const decided = [...open.values()].filter((parent) => parent === stream).length
      const count = within(restarts.get(stream) ?? [], event.data, mono) + decided
      if (count <= (event.data.restarts ?? Infinity)) found.push(`${at(event)}: after ${count} failures`)
    }
    if (standing === undefined) return
    const { parent } = standing.rules
    if (type === 'child.released') open.delete(stream)
    // Its end was told elsewhere, and is judged here.
    if (adoptedState(event)?.name === 'settling') open.set(stream, parent)
    if (type === 'process.spawnFailed' || (type === 'process.exited' && !event.data.expected)) open.set(stream, parent)
    if (type === 'restart.scheduled' || type === 'restart.due' || type === 'child.stopped') open.delete(stream)
    const limit = limits.get(parent)
    if (type !== 'restart.scheduled' || !counts(event, standing)) return
    const count = within(add(restarts, parent, mono), limit ?? { restarts: null, withinMs: null }, mono)
    if (limit !== undefined && limit.restarts !== null && count > limit.restarts) {
      found.push(`${at(event)}: restart ${count} below ${parent}, granted are ${limit.restarts}`)
    }
  })
  return found
}

/** Every wait before a restart is what backoff allows for its attempt, attempts count up or begin anew, and it is kept. */
export function delaysFollowTheBackoff(events: Log): string[] {
  const found: string[] = []
  const attempts = new Map<string, number>()
  const due = new Map<string, number>()
  walk(events, (event, standing) => {
    if (standing === undefined) return
    const { type, stream, mono } = event
    const adopted = adoptedState(event)
    if (adopted !== undefined && adopted.attempt > 0) attempts.set(stream, adopted.attempt - 1)
    if (type === 'restart.requested' || type === 'stop.requested') due.delete(stream)
    if (type === 'restart.due') {
      const time = due.get(stream)
      if (time !== undefined && mono < time) found.push(`${at(event)}: at ${mono}, due at ${time}`)
      due.delete(stream)
    }
    if (type !== 'restart.scheduled') return
    const { delayMs, attempt } = event.data
    const { minMs, maxMs, factor, jitter } = standing.rules.backoff
    const most = Math.min(maxMs, minMs === 0 ? 0 : minMs * factor ** attempt)
    if (delayMs < Math.round(most * (1 - jitter)) || delayMs > Math.round(most)) {
      found.push(`${at(event)}: ${delayMs} ms, allowed are ${most * (1 - jitter)} to ${most}`)
    }
    const before = attempts.get(stream)
    if (attempt !== 0 && attempt !== (before ?? -1) + 1) found.push(`${at(event)}: attempt ${attempt} after ${before}`)
    attempts.set(stream, attempt)
    due.set(stream, mono + delayMs)
  })
  return found
}
