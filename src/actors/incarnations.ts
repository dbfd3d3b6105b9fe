import type { Observable } from 'rxjs'
import type { RecordedEvent } from '../events/event.ts'
import type { ProcessLife } from '../ports.ts'
import { createChannel, type Channel } from '../streams/channel.ts'
import { LiveIncarnation, type Incarnation } from './incarnation.ts'

export interface IncarnationsParts {
  readonly lifeOf: (stream: string, incarnation: number) => ProcessLife | undefined
  readonly ready: (stream: string, incarnation: number) => void
  readonly failed: (stream: string, error: unknown) => void
}

/** The current or last life of each child, as a handle. */
export interface Incarnations {
  current(stream: string): Incarnation | undefined
  of(stream: string): Observable<Incarnation>
  /** A life begins: told together with its event. */
  spawned(event: RecordedEvent<'process.spawned'>): void
  /** A life has ended: told when everybody has heard of it. */
  exited(event: RecordedEvent<'process.exited'>): void
  forget(stream: string): void
}

export function createIncarnations({ lifeOf, ready, failed }: IncarnationsParts): Incarnations {
  const lives = new Map<string, LiveIncarnation>()
  const channels = new Map<string, Channel<Incarnation>>()

  return {
    current: (stream) => lives.get(stream),
    of(stream) {
      const known = channels.get(stream)
      if (known !== undefined) return known.observable
      const channel = createChannel<Incarnation>({
        name: 'child.incarnations$',
        onFailure: (error) => failed(stream, error),
        initial: () => lives.get(stream),
      })
      channels.set(stream, channel)
      return channel.observable
    },
    spawned(event) {
      const { stream, incarnation = 0 } = event
      // What is no process tells by itself that it is ready.
      const tell = event.data.pid === null ? () => {} : () => ready(stream, incarnation)
      const life = new LiveIncarnation(event, lifeOf(stream, incarnation), tell)
      lives.set(stream, life)
      channels.get(stream)?.publish(life)
    },
    exited({ stream, at, data }) {
      const { code, signal, status, expected, cause } = data
      lives.get(stream)?.end(Object.freeze({ code, signal, status, at, expected, cause }))
    },
    forget(stream) {
      channels.get(stream)?.complete()
      channels.delete(stream)
      lives.delete(stream)
    },
  }
}
