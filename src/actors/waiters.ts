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
  /** The child has moved. Those who wait for it hear what is still to be told of it here, and then no more. */
  leave(stream: string): readonly Waiter[]
  /** Those who waited for it elsewhere hear whatever is told of it here. */
  join(stream: string, waiters: readonly Waiter[]): void
  /** The tree is over: whoever waits for one of its streams is told so. */
  end(): void
}

export interface Waiter {
  readonly since: number
  readonly onEvent: OnEvent
  readonly onEnd: () => void
  /** The same for one who waits in two trees, because the child has moved. */
  readonly patience: { isOver: boolean; leave: () => void }
}

export function createWaiters(): Waiters {
  const streams = new Map<string, Set<Waiter>>()
  /** Of moved children, until their `child.released` was told. */
  const leaving = new Map<string, readonly Waiter[]>()
  const watchers = new Set<() => boolean>()

  const add = (stream: string, waiter: Waiter): void => {
    const own = streams.get(stream)
    if (own === undefined) streams.set(stream, new Set([waiter]))
    else own.add(waiter)
    waiter.patience.leave = () => remove(stream, waiter)
  }

  const remove = (stream: string, waiter: Waiter): void => {
    const own = streams.get(stream)
    own?.delete(waiter)
    if (own?.size === 0) streams.delete(stream)
  }

  const tell = (event: RecordedEvent): void => {
    const { stream, seq, type } = event
    for (const { since, onEvent, patience } of leaving.get(stream) ?? streams.get(stream) ?? []) {
      if (patience.isOver || seq <= since || !onEvent(event)) continue
      patience.isOver = true
      patience.leave()
    }
    if (type === 'child.released') leaving.delete(stream)
  }

  return {
    wait(stream, since, onEvent, onEnd) {
      const patience: Waiter['patience'] = { isOver: false, leave: () => {} }
      add(stream, { since, onEvent, onEnd, patience })
      return () => {
        patience.isOver = true
        patience.leave()
      }
    },
    watch(onTurn) {
      watchers.add(onTurn)
      return () => void watchers.delete(onTurn)
    },
    notify(events) {
      for (const event of streams.size === 0 && leaving.size === 0 ? [] : events) tell(event)
      for (const onTurn of watchers) if (onTurn()) watchers.delete(onTurn)
    },
    leave(stream) {
      const waiters = [...(streams.get(stream) ?? [])]
      streams.delete(stream)
      if (waiters.length > 0) leaving.set(stream, waiters)
      return waiters
    },
    join(stream, waiters) {
      for (const waiter of waiters) add(stream, { ...waiter, since: 0 })
    },
    end() {
      const left = [...streams.values()]
      streams.clear()
      for (const own of left) for (const { onEnd } of own) onEnd()
    },
  }
}
