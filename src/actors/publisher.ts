import type { RecordedEvent } from '../events/event.ts'
import type { LiveTree } from '../machines/live-tree.ts'
import { looksSame, supervisorViews, type SupervisorState } from '../machines/supervisor-state.ts'
import { ROOT } from '../machines/tree.ts'
import type { ChildView, SupervisorView } from '../machines/view.ts'
import { createChannel, type Channel } from '../streams/channel.ts'
import { messageOf } from '../streams/message-of.ts'
import { publishedLog, type PublishedLog } from '../streams/published-log.ts'
import type { Recorder } from './recorder.ts'
import type { Incarnations } from './incarnations.ts'
import type { OutputLine } from './output-line.ts'
import type { Place } from './place.ts'
import type { ReaperSink } from './reaper.ts'
import type { Waiters } from './waiters.ts'

export interface PublisherParts {
  readonly tree: LiveTree
  readonly recorder: Recorder
  readonly reaper: ReaperSink
  readonly waiters: Waiters
  readonly incarnations: Incarnations
  readonly present: (view: ChildView) => ChildView
  /** All was told of a child that has moved. */
  readonly released: (stream: string) => void
  /** A subscriber of one of these streams has failed and was unsubscribed. */
  readonly failed: (stream: string, source: string, message: string) => void
}

/** The public streams of one supervisor. */
export interface SupervisorStreams {
  readonly events: Channel<RecordedEvent>
  readonly exits: Channel<RecordedEvent<'process.exited'>>
  readonly lines: Channel<OutputLine>
  readonly state: Channel<SupervisorView>
}

export interface Publisher {
  /** The log as readers may see it. */
  readonly log: PublishedLog<RecordedEvent>
  publish(events: readonly RecordedEvent[]): void
  line(line: OutputLine): void
  supervisorView(stream: string): SupervisorView | undefined
  streamsOf(stream: string): SupervisorStreams
  stateOf(place: Place<PublisherHome>, view: () => ChildView): Channel<ChildView>
  /** Who is told of a child's views goes on to be told of them where it has moved. */
  leave(stream: string): Channel<ChildView> | undefined
  enter(stream: string, state: Channel<ChildView>): void
}

/** Whom a failing subscriber of a child is told to. */
export interface PublisherHome {
  subscriberFailed(stream: string, source: string, message: string): void
}

/**
 * Tells the world what became truth: events in journal order, then the changed children, then their supervisors, then
 * whoever waits. An exit reaches the reaper after its owner has committed it.
 */
export function createPublisher(parts: PublisherParts): Publisher {
  const { tree, recorder, reaper, waiters, incarnations, present, failed } = parts
  const log = publishedLog<RecordedEvent>(recorder)
  const views = supervisorViews(present)
  const supervisors = new Map<string, SupervisorStreams>()
  const states = new Map<string, Channel<ChildView>>()
  const shownChildren = new Map<string, ChildView>()
  const shownSupervisors = new Map<string, SupervisorState>()

  const supervisorView = (stream: string): SupervisorView | undefined => {
    const supervisor = tree.supervisor(stream)
    return supervisor === undefined ? undefined : views(supervisor)
  }

  const streamsOf = (stream: string): SupervisorStreams => {
    const known = supervisors.get(stream)
    if (known !== undefined) return known
    const toldTo = (source: string, message: string): void => failed(stream, source, message)
    const streams: SupervisorStreams = {
      events: channel('events$', toldTo),
      exits: channel('exits$', toldTo),
      lines: channel('lines$', toldTo),
      state: channel('state$', toldTo, () => supervisorView(stream)),
    }
    supervisors.set(stream, streams)
    return streams
  }

  const tell = (event: RecordedEvent): void => {
    // First the handle: whoever hears of a life can have it.
    if (event.type === 'process.spawned') incarnations.spawned(event)
    for (const [stream, { events, exits }] of supervisors) {
      if (!covers(stream, event.stream)) continue
      events.publish(event)
      // A nested supervisor's end is no exit of a process.
      if (event.type === 'process.exited' && event.data.pid !== null) exits.publish(event)
    }
    if (event.type === 'process.exited') report(event)
  }

  const report = ({ stream, at, incarnation = 0, data }: RecordedEvent<'process.exited'>): void => {
    const { pid, identity, code, signal, status } = data
    // What an earlier host had started was no child of this one, and no exit that its reaper could see.
    const { origin = null } = tree.child(stream) ?? {}
    if (pid === null || (origin !== null && origin.hostId !== tree.supervisor(ROOT)?.host?.hostId)) return
    const supervisor = tree.supervisor(ROOT)?.id ?? 'root'
    reaper.publish({
      at,
      pid,
      identity,
      code,
      signal,
      status,
      origin: { kind: 'child', supervisor, stream, incarnation },
    })
  }

  const showChildren = (events: readonly RecordedEvent[]): void => {
    if (states.size === 0) return
    for (const { stream, type } of events) {
      const state = states.get(stream)
      if (state === undefined) continue
      const view = tree.child(stream)?.view
      if (view !== undefined && shownChildren.get(stream) !== view) {
        shownChildren.set(stream, view)
        state.publish(present(view))
      }
      if (type === 'child.removed') {
        state.complete()
        states.delete(stream)
        shownChildren.delete(stream)
      }
    }
  }

  const showSupervisors = (): void => {
    for (const [stream, { state }] of supervisors) {
      const now = tree.supervisor(stream)
      const shown = shownSupervisors.get(stream)
      if (now === undefined || (shown !== undefined && looksSame(now, shown))) continue
      shownSupervisors.set(stream, now)
      if (state.observed) state.publish(views(now))
    }
  }

  const end = (stream: string): void => {
    const streams = supervisors.get(stream)
    if (streams === undefined) return
    for (const each of [streams.events, streams.exits, streams.lines, streams.state]) each.complete()
    supervisors.delete(stream)
  }

  return {
    log,
    supervisorView,
    streamsOf,
    stateOf(place, view) {
      const known = states.get(place.stream)
      if (known !== undefined) return known
      const toldTo = (source: string, message: string): void =>
        place.home.subscriberFailed(place.stream, source, message)
      const state = channel<ChildView>('child.state$', toldTo, view)
      if (tree.child(place.stream) === undefined) state.complete()
      else states.set(place.stream, state)
      return state
    },
    leave(stream) {
      const state = states.get(stream)
      states.delete(stream)
      shownChildren.delete(stream)
      return state
    },
    enter: (stream, state) => void states.set(stream, state),
    publish(events) {
      const last = events.at(-1)
      if (last !== undefined) log.publish(last.seq)
      for (const event of events) tell(event)
      if (last !== undefined) {
        showChildren(events)
        showSupervisors()
      }
      for (const event of events) if (event.type === 'process.exited') incarnations.exited(event)
      waiters.notify(events)
      for (const { type, stream } of events) {
        if (type === 'child.removed') {
          end(stream)
          incarnations.forget(stream)
        } else if (type === 'child.released') {
          incarnations.left(stream)
          parts.released(stream)
        } else if (type === 'supervisor.stopped' && stream === ROOT) {
          finish()
        }
      }
    },
    line(line) {
      for (const [stream, { lines }] of supervisors) if (covers(stream, line.stream)) lines.publish(line)
    },
  }

  /** A stopped root is final: streams and readers end, and the journal is free. */
  function finish(): void {
    for (const stream of supervisors.keys()) end(stream)
    for (const state of states.values()) state.complete()
    states.clear()
    waiters.end()
    log.end()
    recorder.close()
  }
}

function covers(supervisor: string, stream: string): boolean {
  return supervisor === ROOT || stream === supervisor || stream.startsWith(`${supervisor}/`)
}

function channel<T>(
  name: string,
  toldTo: (source: string, message: string) => void,
  initial?: () => T | undefined,
): Channel<T> {
  return createChannel<T>({
    name,
    onFailure: (error, source) => toldTo(source, messageOf(error)),
    ...(initial === undefined ? {} : { initial }),
  })
}
