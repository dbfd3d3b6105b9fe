import type { EventData, EventType, RecordedEvent } from '../../src/events/event.ts'

/** One recorded fact, with numbers that follow from its place. */
export function recorded<T extends EventType>(
  seq: number,
  type: T,
  data: EventData[T],
  envelope: Partial<RecordedEvent> = {},
): RecordedEvent {
  const { stream = '/web', revision = seq, ...more } = envelope
  return {
    seq,
    stream,
    revision,
    at: 1_700_000_000_000 + seq,
    mono: seq + 0.25,
    type,
    v: 1,
    ...more,
    data,
  } as RecordedEvent
}

/** Events of many shapes, from one number to another: texts of all kinds, absent and present parts, long payloads. */
export function history(from: number, to: number): RecordedEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const seq = from + index
    switch (seq % 4) {
      case 0:
        return recorded(seq, 'child.ready', {}, { child: `zoë \u0000 ${seq}`, incarnation: seq })
      case 1:
        return recorded(seq, 'restart.scheduled', { delayMs: seq, attempt: 1, cause: 'crash' }, { cause: 'crash' })
      case 2:
        return recorded(seq, 'process.spawnFailed', { code: 'ERR_SPAWN_FAILED', message: 'x'.repeat(seq % 700) })
      default:
        return recorded(
          seq,
          'process.drained',
          { cut: true },
          { stream: `/db%2F${seq}`, revision: 1, causedBy: seq - 1 },
        )
    }
  })
}
