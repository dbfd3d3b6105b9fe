import type { RecordedEvent, StopStage } from '../../../src/events/event.ts'

interface Climb {
  readonly stages: readonly StopStage[]
  since: number | undefined
  bornAt: number
}

/** Where time is virtual, stages come to the millisecond. On a real system the law only says: not before. */
export function stagesAreOnTime(events: readonly RecordedEvent[]): string[] {
  const found: string[] = []
  const climbs = new Map<string, Climb>()
  for (const event of events) {
    const climb = climbs.get(event.stream)
    switch (event.type) {
      case 'spawn.requested':
        climbs.delete(event.stream)
        break
      case 'process.spawned':
        if (climb !== undefined) climb.bornAt = event.mono
        break
      case 'stop.requested':
      case 'restart.requested':
      case 'ready.timedOut':
      case 'run.timedOut': {
        const { stages } = event.data
        if (climb === undefined && stages !== undefined) {
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
