import { isDeepStrictEqual } from 'node:util'
import type { RecordedEvent } from '../../../src/events/event.ts'
import { childTable } from '../../../src/machines/fold-child.ts'
import { supervisorTable } from '../../../src/machines/fold-supervisor.ts'
import type { SupervisorPhase } from '../../../src/machines/view.ts'
import { adoptedState, at, isLate, isSupervisors, walk } from './read-log.ts'

type Log = readonly RecordedEvent[]

/** `seq` is gapless from 1, `revision` within each stream, and what an event answers is older than it. */
export function numbersAreGapless(events: Log): string[] {
  const found: string[] = []
  const revisions = new Map<string, number>()
  let mono = -Infinity
  for (const [index, event] of events.entries()) {
    const revision = (revisions.get(event.stream) ?? 0) + 1
    revisions.set(event.stream, event.revision)
    if (event.seq !== index + 1) found.push(`${at(event)}: in place ${index + 1}`)
    if (event.revision !== revision) found.push(`${at(event)}: revision ${event.revision}, not ${revision}`)
    const { causedBy = 0 } = event
    if (causedBy >= event.seq || causedBy < 0) found.push(`${at(event)}: caused by ${causedBy}`)
    if (event.mono < mono) found.push(`${at(event)}: time runs backwards`)
    mono = event.mono
  }
  return found
}

/** Every event of a current life was acceptable to its chart when its turn came. */
export function eventsAreAcceptable(events: Log): string[] {
  const found: string[] = []
  const phases = new Map<string, SupervisorPhase>()
  walk(events, (event, standing) => {
    if (isSupervisors(event)) {
      const phase = phases.get(event.stream) ?? 'initial'
      // `startup.completed` is no recorded event, so a supervisor that started may be running.
      const next =
        supervisorTable.next(phase, event.type) ??
        (phase === 'starting' ? supervisorTable.next('running', event.type) : undefined)
      if (next === undefined) found.push(`${at(event)}: impossible in ${phase}`)
      else phases.set(event.stream, next)
    } else if (adoptedState(event) !== undefined) {
      // Where an adopted child is was led to elsewhere.
      return
    } else if (standing !== undefined && !isLate(event, standing)) {
      if (childTable.next(standing.name, event.type) === undefined)
        found.push(`${at(event)}: impossible in ${standing.name}`)
    } else if (standing === undefined && event.stream !== '/') {
      found.push(`${at(event)}: of nobody`)
    }
  })
  return found
}

/** Events are JSON, and nobody can change one. */
export function eventsAreFrozenJson(events: Log): string[] {
  const found: string[] = []
  for (const event of events) {
    if (!isDeepStrictEqual(JSON.parse(JSON.stringify(event)), event)) found.push(`${at(event)}: is not JSON`)
    const loose = looseIn(event, 'event')
    if (loose !== undefined) found.push(`${at(event)}: ${loose} is not frozen`)
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
