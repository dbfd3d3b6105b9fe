import type { RecordedEvent, StopStage } from '../../../src/events/event.ts'
import { at, isLate, walk } from './read-log.ts'

interface Climb {
  readonly stages: readonly StopStage[]
  /** When the splay was over, or the leader gone before. */
  since: number | undefined
  /** When there was a process to signal, where it was born into its ladder. */
  bornAt: number
  /** How many stages are behind it, sent or skipped. */
  next: number
  now: boolean
  isOver: boolean
}

/**
 * Stages come in their order and in time, to the millisecond where time is virtual; none is left out while there is
 * somebody to signal, and none comes after the SIGKILL or the proof.
 */
export function stagesComeInOrder(events: readonly RecordedEvent[]): string[] {
  const found: string[] = []
  const climbs = new Map<string, Climb>()
  const alive = new Set<string>()
  walk(events, (event, standing) => {
    const { type, stream, mono } = event
    const climb = climbs.get(stream)
    if (standing === undefined || isLate(event, standing)) return
    switch (type) {
      case 'spawn.requested':
        climbs.delete(stream)
        return
      case 'process.spawned':
        alive.add(stream)
        if (climb !== undefined) climb.bornAt = mono
        return
      case 'stop.requested':
      case 'restart.requested':
      case 'ready.timedOut':
      case 'run.timedOut': {
        const now = 'now' in event.data && event.data.now
        const stages = event.data.stages?.slice(0, -1)
        if (now && stages !== undefined) found.push(`${at(event)}: stages, although now`)
        if (climb !== undefined) climb.now ||= now
        // What is dead already, or never was, has no ladder.
        else if (stages !== undefined && (alive.has(stream) || standing.name === 'spawning')) {
          climbs.set(stream, { stages, since: undefined, bornAt: -Infinity, next: 0, now, isOver: false })
        }
        return
      }
      case 'process.exited':
        alive.delete(stream)
        if (climb !== undefined) climb.since ??= mono
        return
      case 'splay.elapsed':
        if (climb !== undefined) climb.since ??= mono
        return
      case 'killTimeout.elapsed':
        if (climb === undefined) return
        climb.isOver = true
        if (!climb.now && alive.has(stream)) found.push(...skipped(climb, climb.stages.length, event, true))
        return
      case 'child.stopped':
        if (climb !== undefined) climb.isOver = true
        return
      case 'signal.sent':
        if (event.data.stage === 'stop' && climb !== undefined) found.push(...sent(climb, event, alive.has(stream)))
        return
      default:
    }
  })
  return found
}

function sent(climb: Climb, event: RecordedEvent<'signal.sent'>, isAlive: boolean): string[] {
  if (climb.isOver) return [`${at(event)}: after the end of the ladder`]
  const { signal, to } = event.data
  const due = (stage: StopStage): number => Math.max((climb.since ?? Infinity) + stage.atMs, climb.bornAt)
  const index = climb.stages.findIndex(
    (stage, n) => n >= climb.next && stage.signal === signal && stage.to === to && due(stage) === event.mono,
  )
  if (index < 0) return [`${at(event)}: ${signal} to the ${to} at ${event.mono} is no stage that was due`]
  const found = skipped(climb, index, event, isAlive)
  climb.next = index + 1
  return found
}

/** Only a process that has gone is left out; and a tree, which is gone with the death that nobody was told of yet. */
function skipped(climb: Climb, until: number, event: RecordedEvent, isAlive: boolean): string[] {
  return climb.stages
    .slice(climb.next, until)
    .filter(({ to }) => to === 'group' || (to === 'process' && isAlive))
    .map(({ signal, to, atMs }) => `${at(event)}: ${signal} to the ${to} at ${atMs} was left out`)
}
