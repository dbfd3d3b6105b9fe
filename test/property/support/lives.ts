import type { RecordedEvent } from '../../../src/events/event.ts'
import { adoptedState, at, hasEnded, isSpawned, isUnended, parentOf, walk } from './read-log.ts'

type Log = readonly RecordedEvent[]

/** No life begins before the one before it in its stream was seen to end. */
export function neverTwoLivesAtATime(events: Log): string[] {
  const found: string[] = []
  const alive = new Map<string, number>()
  for (const event of events) {
    const { stream, incarnation = 0 } = event
    const other = alive.get(stream)
    if (event.type === 'process.exited' || event.type === 'process.spawnFailed') alive.delete(stream)
    if (isSpawned(adoptedState(event))) alive.set(stream, incarnation)
    if (event.type !== 'process.spawned') continue
    if (other !== undefined) found.push(`${at(event)}: life ${incarnation} beside life ${other}`)
    alive.set(stream, incarnation)
  }
  return found
}

/** Lives are numbered 1, 2, 3 …: a number is given once, by the intent, and never again. */
export function incarnationsCountUp(events: Log): string[] {
  const found: string[] = []
  const last = new Map<string, number>()
  for (const event of events) {
    const { type, stream, incarnation } = event
    const adopted = adoptedState(event)
    if (adopted !== undefined) last.set(stream, adopted.view.incarnation)
    const current = last.get(stream) ?? 0
    if (type === 'spawn.requested') {
      if (incarnation !== current + 1) found.push(`${at(event)}: life ${incarnation} after life ${current}`)
      last.set(stream, incarnation ?? current + 1)
    } else if ((incarnation ?? 0) > current) {
      found.push(`${at(event)}: tells of life ${incarnation}, before its spawn was requested`)
    }
  }
  return found
}

/** Each intent is answered by exactly one `process.spawned` or `process.spawnFailed`, before the next intent. */
export function everySpawnIsAnsweredOnce(events: Log): string[] {
  const found: string[] = []
  const open = new Map<string, RecordedEvent>()
  /** Lives of adopted tasks, of which a log need not tell whether they had begun. */
  const answered = new Set<string>()
  for (const event of events) {
    const { type, stream, incarnation } = event
    const adopted = adoptedState(event)
    if (isUnended(adopted) && !isSpawned(adopted)) open.set(stream, event)
    if (isSpawned(adopted)) answered.add(`${stream} ${incarnation}`)
    if (type === 'child.released') open.delete(stream)
    if (type === 'spawn.requested') {
      const unanswered = open.get(stream)
      if (unanswered !== undefined) found.push(`${at(event)}: ${at(unanswered)} is not answered yet`)
      open.set(stream, event)
    } else if (type === 'process.spawned' || type === 'process.spawnFailed') {
      const isKnown = open.get(stream)?.incarnation === incarnation || answered.has(`${stream} ${incarnation}`)
      if (!isKnown) found.push(`${at(event)}: answers no open intent`)
      open.delete(stream)
    }
  }
  if (hasEnded(events)) for (const event of open.values()) found.push(`${at(event)}: never answered`)
  return found
}

/** Each life has one exit, no exit is without a life; at the end only what could not be killed may be alive. */
export function everyLifeEndsOnce(events: Log): string[] {
  const found: string[] = []
  const alive = new Map<string, RecordedEvent>()
  const unkillable = new Set<string>()
  for (const event of events) {
    const { type, stream, incarnation } = event
    const adopted = adoptedState(event)
    if (type === 'process.spawned' || isSpawned(adopted)) alive.set(stream, event)
    if (type === 'child.released' || type === 'process.spawnFailed') alive.delete(stream)
    if (adopted?.view.outcome === 'unkillable') unkillable.add(stream)
    if (type === 'child.stopped' && event.data.outcome === 'unkillable') unkillable.add(stream)
    if (type !== 'process.exited') continue
    if (alive.get(stream)?.incarnation !== incarnation) found.push(`${at(event)}: the exit of no life`)
    alive.delete(stream)
  }
  if (!hasEnded(events)) return found
  for (const event of alive.values()) {
    const isHeld = [...unkillable].some((stream) => stream === event.stream || parentOf(stream) === event.stream)
    if (!isHeld) found.push(`${at(event)}: has no exit`)
  }
  return found
}

/** After each exit of a process its output is complete, or cut, exactly once, and before anything follows. */
export function everyExitDrainsOnce(events: Log): string[] {
  const found: string[] = []
  const began = new Map<string, number>()
  const drained = new Map<string, number>()
  walk(events, (event, standing) => {
    if (standing?.rules.kind !== 'process') return
    const { type, stream, incarnation = 0 } = event
    if (type === 'process.drained') {
      if (drained.get(stream) === incarnation) found.push(`${at(event)}: drained twice`)
      drained.set(stream, incarnation)
    }
    const goesOn =
      type === 'restart.scheduled' ||
      (type === 'restart.due' && standing.name === 'settling') ||
      (type === 'child.stopped' && standing.name === 'settling' && event.data.outcome !== 'unkillable')
    if (type === 'process.spawned') began.set(stream, incarnation)
    if (goesOn && began.get(stream) === incarnation && drained.get(stream) !== incarnation) {
      found.push(`${at(event)}: before the output was complete`)
    }
  })
  return found
}

/** `child.stopped` means that no life is left, or says `unkillable` and names who is. */
export function stoppedMeansGone(events: Log): string[] {
  const found: string[] = []
  const alive = new Set<string>()
  const unkillable = new Set<string>()
  walk(events, (event, standing) => {
    const { type, stream } = event
    const adopted = adoptedState(event)
    if (type === 'process.spawned' || isSpawned(adopted)) alive.add(stream)
    if (adopted?.view.outcome === 'unkillable') unkillable.add(stream)
    if (type === 'process.exited' || type === 'process.spawnFailed' || type === 'child.released') alive.delete(stream)
    // Whoever removes what could not be killed was told who is left.
    if (type === 'child.removed') alive.delete(stream)
    if (type !== 'child.stopped') return
    const below = (other: string): boolean => other === stream || other.startsWith(`${stream}/`)
    if (event.data.outcome !== 'unkillable') {
      for (const other of alive) if (below(other)) found.push(`${at(event)}: ${other} is alive`)
      unkillable.delete(stream)
      return
    }
    const named = (event.data.survivors ?? []).length > 0
    const isNested = standing?.rules.kind === 'supervisor' && [...unkillable].some(below)
    // A run has no identity to be named by.
    const isTask = standing?.rules.kind === 'task'
    if (!named && !isNested && !isTask) found.push(`${at(event)}: names no survivor`)
    unkillable.add(stream)
  })
  return found
}
