import type { RecordedEvent } from '../events/event.ts'

/** Somebody who waits for what becomes of one stream. `true`: it was what they waited for. */
export type OnEvent = (event: RecordedEvent) => boolean

export interface Waiters {
  /**
   * Hears every event of the stream after `since`, after subscribers have; gives back how to wait no longer. `onEnd`:
   * the tree is over, and nothing will ever come.
   */
  wait(stream: string, since: number, onEvent: OnEvent, onEnd: () => void): () => void
  /** Called after every turn in which anything happened. */
  watch(onTurn: () => boolean): () => void
  notify(events: readonly RecordedEvent[]): void
  /** The tree is over: whoever waits for one of its streams is told so. */
  end(): void
}

interface Waiter {
  readonly since: number
  readonly onEvent: OnEvent
  readonly onEnd: () => void
}

export function createWaiters(): Waiters {
  const streams = new Map<string, Set<Waiter>>()
  const watchers = new Set<() => boolean>()

  const leave = (stream: string, waiter: Waiter): void => {
    const own = streams.get(stream)
    own?.delete(waiter)
    if (own?.size === 0) streams.delete(stream)
  }

  return {
    wait(stream, since, onEvent, onEnd) {
      const waiter: Waiter = { since, onEvent, onEnd }
      const own = streams.get(stream)
      if (own === undefined) streams.set(stream, new Set([waiter]))
      else own.add(waiter)
      return () => leave(stream, waiter)
    },
    watch(onTurn) {
      watchers.add(onTurn)
      return () => void watchers.delete(onTurn)
    },
    notify(events) {
      for (const event of streams.size === 0 ? [] : events) {
        for (const waiter of streams.get(event.stream) ?? []) {
          if (event.seq > waiter.since && waiter.onEvent(event)) leave(event.stream, waiter)
        }
      }
      for (const onTurn of watchers) if (onTurn()) watchers.delete(onTurn)
    },
    end() {
      const left = [...streams.values()]
      streams.clear()
      for (const own of left) for (const { onEnd } of own) onEnd()
    },
  }
}
