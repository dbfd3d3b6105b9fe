import type { RecordedEvent, StopStage } from '../../../src/events/event.ts'
import type { ChildState } from '../../../src/machines/child-state.ts'

interface Climb {
  readonly stages: readonly StopStage[]
  since: number | undefined
  bornAt: number
}

/** Where time is virtual, stages come to the millisecond. On a real system the law only says: not before. */
export function stagesAreOnTime(events: readonly RecordedEvent[]): string[] {
  const found: string[] = []
  const climbs = new Map<string, Climb>()
  /** Those that came on a ladder, or were on one where the log begins: when it began is not said. */
  const midway = new Set<string>()
  for (const event of events) {
    const climb = climbs.get(event.stream)
    switch (event.type) {
      case 'journal.checkpointed':
        for (const child of childrenIn(event.data.state)) {
          if (isOnLadder(child) && !climbs.has(child.stream)) midway.add(child.stream)
        }
        break
      case 'child.added':
        if (isOnLadder(event.data.adopted)) midway.add(event.stream)
        break
      case 'spawn.requested':
        climbs.delete(event.stream)
        midway.delete(event.stream)
        break
      case 'process.spawned':
        if (climb !== undefined) climb.bornAt = event.mono
        break
      case 'stop.requested':
      case 'restart.requested':
      case 'ready.timedOut':
      case 'run.timedOut': {
        const { stages } = event.data
        if (climb === undefined && stages !== undefined && !midway.has(event.stream)) {
          climbs.set(event.stream, { stages, since: undefined, bornAt: -Infinity })
        }
        break
      }
      case 'process.exited':
      case 'splay.elapsed':
        if (climb !== undefined) climb.since ??= event.mono
        break
      case 'signal.sent': {
        if (event.data.stage !== 'stop' || climb === undefined) break
        const { since = Infinity, bornAt, stages } = climb
        const isOnTime = stages.some(({ atMs }) => Math.max(since + atMs, bornAt) === event.mono)
        if (!isOnTime) found.push(`stages-are-on-time: seq ${event.seq} ${event.data.signal} at ${event.mono}`)
        break
      }
      default:
    }
  }
  return found
}

const isOnLadder = (child: unknown): boolean => (child as Pick<ChildState, 'ladder'> | undefined)?.ladder != null

const childrenIn = (checkpoint: unknown): readonly ChildState[] =>
  (checkpoint as { readonly children: readonly ChildState[] }).children
