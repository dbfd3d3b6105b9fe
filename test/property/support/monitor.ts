import { isDeepStrictEqual } from 'node:util'
import { checkInvariants, type RecordedEvent } from '../../../src/index.ts'
import { stagesAreOnTime } from './stages.ts'

/** Everything that is wrong with a log, in words: what `checkInvariants` finds, and what only a live one can show. */
export function monitor(events: readonly RecordedEvent[]): string[] {
  const found = checkInvariants(events).map(({ invariant, seq, message }) => `${invariant}: seq ${seq} ${message}`)
  return [...found, ...eventsAreFrozenJson(events), ...stagesAreOnTime(events)]
}

/** Events are JSON, and nobody can change one. */
function eventsAreFrozenJson(events: readonly RecordedEvent[]): string[] {
  const found: string[] = []
  for (const event of events) {
    const which = `seq ${event.seq} ${event.type} of ${event.stream}`
    if (!isDeepStrictEqual(JSON.parse(JSON.stringify(event)), event)) {
      found.push(`events-are-frozen-json: ${which}: is not JSON`)
    }
    const loose = looseIn(event, 'event')
    if (loose !== undefined) found.push(`events-are-frozen-json: ${which}: ${loose} is not frozen`)
  }
  return found
}

function looseIn(value: unknown, path: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (!Object.isFrozen(value)) return path
  for (const [key, member] of Object.entries(value)) {
    const loose = looseIn(member, `${path}.${key}`)
    if (loose !== undefined) return loose
  }
  return undefined
}
