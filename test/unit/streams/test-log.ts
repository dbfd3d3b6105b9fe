import { publishedLog } from '../../../src/streams/published-log.ts'
import { retainedEvents } from '../../../src/streams/retained-events.ts'

export interface Fact {
  readonly seq: number
  readonly type: string
}

/** A published log of facts, whose listeners are counted. */
export function testLog() {
  const events = retainedEvents<Fact>()
  const log = publishedLog<Fact>(events)
  let listeners = 0
  return {
    log: {
      get first() {
        return log.first
      },
      get last() {
        return log.last
      },
      get ended() {
        return log.ended
      },
      read: (from: number, limit: number) => log.read(from, limit),
      onChange(listener: () => void) {
        listeners += 1
        const stop = log.onChange(listener)
        return () => {
          listeners -= 1
          stop()
        }
      },
    },
    listeners: () => listeners,
    /** Records so many facts (of these types, in turn) and publishes them at once. */
    publish(count: number, types: readonly string[] = ['fact']) {
      for (let index = 0; index < count; index += 1) {
        events.append({ seq: events.last + 1, type: types[index % types.length] ?? 'fact' })
      }
      log.publish(events.last)
    },
    trimBefore: (seq: number) => events.dropBefore(seq),
    end: () => log.end(),
  }
}

export type TestLog = ReturnType<typeof testLog>
