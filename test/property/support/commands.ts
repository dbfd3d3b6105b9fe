import type { RecordedEvent } from '../../../src/events/event.ts'
import type { Cause } from '../../../src/events/exit.ts'
import { adoptedState, at, parentOf, walk } from './read-log.ts'

type Log = readonly RecordedEvent[]

/** After a stop nothing is spawned before somebody asks for a life again; a strategy is not somebody. */
export function nothingSpawnsAfterAStop(events: Log): string[] {
  const found: string[] = []
  const stopped = new Map<string, RecordedEvent>()
  for (const event of events) {
    const { type, stream } = event
    const stop = stopped.get(stream)
    switch (type) {
      case 'stop.requested':
        stopped.set(stream, event)
        break
      case 'start.requested':
        stopped.delete(stream)
        break
      case 'restart.requested':
        if (stop !== undefined && event.data.cause === 'strategy')
          found.push(`${at(event)}: revives it after ${at(stop)}`)
        stopped.delete(stream)
        break
      case 'supervisor.started':
        for (const child of stopped.keys()) if (parentOf(child) === stream && child !== stream) stopped.delete(child)
        break
      case 'spawn.requested':
        if (stop !== undefined) found.push(`${at(event)}: after ${at(stop)}`)
        break
      default:
    }
  }
  return found
}

/** While a supervisor stops, and after, none of its children is spawned. A nested one goes on until its turn has come. */
export function nothingSpawnsUnderAStoppingSupervisor(events: Log): string[] {
  const found: string[] = []
  const ending = new Set<string>()
  for (const event of events) {
    const { type, stream } = event
    if (type === 'supervisor.stopping') ending.add(stream)
    if (type === 'supervisor.started') ending.delete(stream)
    if (type !== 'spawn.requested') continue
    const parent = parentOf(stream)
    if (ending.has(parent)) found.push(`${at(event)}: ${parent} is stopping`)
  }
  return found
}

/** `expected` and `cause` of every exit follow from what was recorded before it in its life (lifecycle.md, section 4). */
export function exitsTellTheirCause(events: Log): string[] {
  const found: string[] = []
  const asked = new Map<string, Cause>()
  const late = new Set<string>()
  walk(events, (event, standing) => {
    const { type, stream } = event
    const adopted = adoptedState(event)
    if (adopted?.asked != null) asked.set(stream, adopted.asked.cause)
    else if (adopted?.ladder != null) late.add(stream)
    if (type === 'spawn.requested') {
      asked.delete(stream)
      late.delete(stream)
    } else if (type === 'stop.requested' || type === 'restart.requested') asked.set(stream, event.data.cause)
    else if (type === 'ready.timedOut' || type === 'run.timedOut') late.add(stream)
    if (type !== 'process.exited' || standing === undefined) return
    const { code, signal, expected, cause } = event.data
    const { success, oneShot } = standing.rules
    const succeeded = success.some((mark) => mark === code || mark === signal)
    const request = asked.get(stream)
    const ownCause = late.has(stream) ? 'timeout' : succeeded ? 'finished' : 'crash'
    const isExpected = request !== undefined || (ownCause === 'finished' && oneShot)
    if (cause !== (request ?? ownCause)) found.push(`${at(event)}: cause ${cause}, not ${request ?? ownCause}`)
    if (expected !== isExpected) found.push(`${at(event)}: expected ${expected}`)
  })
  return found
}

/** How a child came to rest agrees with what was asked of it and with how its last life ended. */
export function outcomesTellTheTruth(events: Log): string[] {
  const found: string[] = []
  const asked = new Map<string, { readonly kind: 'stop' | 'restart'; readonly cause: Cause }>()
  const ended = new Map<string, boolean>()
  const unkillable = new Set<string>()
  walk(events, (event, standing) => {
    const { type, stream } = event
    const adopted = adoptedState(event)
    if (adopted?.asked != null) asked.set(stream, adopted.asked)
    if (adopted?.ended != null) {
      const { code, signal } = adopted.ended
      ended.set(stream, standing?.rules.success.some((mark) => mark === code || mark === signal) ?? false)
    }
    if (adopted?.view.outcome === 'unkillable') unkillable.add(stream)
    if (type === 'start.requested' || type === 'restart.due') {
      asked.delete(stream)
      ended.delete(stream)
    } else if (type === 'stop.requested') asked.set(stream, { kind: 'stop', cause: event.data.cause })
    else if (type === 'restart.requested') asked.set(stream, { kind: 'restart', cause: event.data.cause })
    else if (type === 'process.exited') {
      const { code, signal } = event.data
      ended.set(stream, standing?.rules.success.some((mark) => mark === code || mark === signal) ?? false)
    }
    if (type !== 'child.stopped' || standing?.name === 'stopped') return
    const { outcome } = event.data
    const stop = asked.get(stream)?.kind === 'stop' ? asked.get(stream) : undefined
    // The late death of what could not be killed is told as `stopped`, whatever had been asked.
    if (outcome === 'unkillable') return void unkillable.add(stream)
    if (unkillable.delete(stream) && outcome === 'stopped') return
    const byStop = outcome === 'stopped' || outcome === 'aborted'
    if (byStop !== (stop !== undefined))
      found.push(`${at(event)}: ${outcome}, ${stop === undefined ? 'not' : 'though'} asked to stop`)
    if (byStop && (outcome === 'aborted') !== (stop?.cause === 'abort')) {
      found.push(`${at(event)}: ${outcome}, asked by ${stop?.cause ?? 'nobody'}`)
    }
    if (outcome === 'exited' && ended.get(stream) !== true) found.push(`${at(event)}: exited, without a success`)
  })
  return found
}
