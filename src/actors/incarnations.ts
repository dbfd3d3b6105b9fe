import type { Observable } from 'rxjs'
import type { RecordedEvent } from '../events/event.ts'
import type { ProcessLife } from '../ports.ts'
import { createChannel, type Channel } from '../streams/channel.ts'
import { messageOf } from '../streams/message-of.ts'
import { LiveIncarnation, type Incarnation } from './incarnation.ts'
import type { Place } from './place.ts'

/** What a life's handle, and those who wait for the next one, ask of the tree that owns the child by now. */
export interface IncarnationHome {
  lifeOf(stream: string, incarnation: number): ProcessLife | undefined
  ready(stream: string, incarnation: number): void
  subscriberFailed(stream: string, source: string, message: string): void
}

/** The current or last life of one child, and who is told of the next. It follows the child wherever it moves. */
export interface LifeLine {
  readonly place: Place<IncarnationHome>
  current: LiveIncarnation | undefined
  channel: Channel<Incarnation> | undefined
}

/** The current or last life of each child, as a handle. */
export interface Incarnations {
  current(stream: string): Incarnation | undefined
  of(stream: string): Observable<Incarnation>
  /** A life begins: told together with its event. */
  spawned(event: RecordedEvent<'process.spawned'>): void
  /** A life that began under an earlier host goes on under this one. */
  inherit(stream: string, life: Pick<Incarnation, 'number' | 'pid' | 'identity'>): void
  /** A life has ended: told when everybody has heard of it. */
  exited(event: RecordedEvent<'process.exited'>): void
  /** The line of a child that has moved; what is still to be told of it here is told to it. */
  leave(stream: string): LifeLine | undefined
  enter(stream: string, line: LifeLine): void
  /** All was told of a child that has moved. */
  left(stream: string): void
  forget(stream: string): void
}

/** `placeOf`: where a child lives, by a stream it has here. */
export function createIncarnations(placeOf: (stream: string) => Place<IncarnationHome> | undefined): Incarnations {
  const lines = new Map<string, LifeLine>()

  const lineOf = (stream: string): LifeLine | undefined => {
    const known = lines.get(stream)
    const place = known === undefined ? placeOf(stream) : undefined
    if (place === undefined) return known
    const line: LifeLine = { place, current: undefined, channel: undefined }
    lines.set(stream, line)
    return line
  }

  const begin = (stream: string, life: Pick<Incarnation, 'number' | 'pid' | 'identity'>): LifeLine | undefined => {
    const line = lineOf(stream)
    if (line === undefined) return undefined
    const { place } = line
    // What is no process tells by itself that it is ready.
    const tell = life.pid === null ? () => {} : () => place.home.ready(place.stream, life.number)
    line.current = new LiveIncarnation(life, place.home.lifeOf(place.stream, life.number), tell)
    return line
  }

  return {
    current: (stream) => lines.get(stream)?.current,
    of(stream) {
      const line = lineOf(stream)
      // Of a removed child there is nothing more to come.
      const channel = line?.channel ?? incarnationChannel(line)
      if (line === undefined) channel.complete()
      else line.channel = channel
      return channel.observable
    },
    spawned({ stream, incarnation = 0, data }) {
      const line = begin(stream, { number: incarnation, pid: data.pid, identity: data.identity })
      if (line?.current !== undefined) line.channel?.publish(line.current)
    },
    inherit: (stream, life) => void begin(stream, life),
    exited({ stream, at, data }) {
      const { code, signal, status, expected, cause } = data
      lines.get(stream)?.current?.end(Object.freeze({ code, signal, status, at, expected, cause }))
    },
    leave: lineOf,
    enter: (stream, line) => void lines.set(stream, line),
    left: (stream) => void lines.delete(stream),
    forget(stream) {
      lines.get(stream)?.channel?.complete()
      lines.delete(stream)
    },
  }
}

function incarnationChannel(line: LifeLine | undefined): Channel<Incarnation> {
  return createChannel<Incarnation>({
    name: 'child.incarnations$',
    onFailure: (error, source) => line?.place.home.subscriberFailed(line.place.stream, source, messageOf(error)),
    initial: () => line?.current,
  })
}
