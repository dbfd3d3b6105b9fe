import { expect, onTestFinished } from 'vitest'
import {
  checkInvariants,
  createSupervisor,
  replay,
  type Child,
  type ChildView,
  type EventType,
  type OutputLine,
  type RecordedEvent,
  type Supervisor,
  type SupervisorOptions,
  type SupervisorView,
} from '../../../src/index.ts'
import { until } from './until.ts'

/** A supervisor of real processes, with all that it tells. */
export interface Observed {
  readonly supervisor: Supervisor
  readonly events: readonly RecordedEvent[]
  readonly lines: readonly OutputLine[]
  readonly child: (id: string) => Child
  /** The events of one type so far, of one child where it is named. */
  readonly of: <T extends EventType>(type: T, id?: string) => readonly EventOf<T>[]
  /** The n-th event of a type (the first by default), there already or yet to come. */
  readonly event: <T extends EventType>(type: T, id?: string, n?: number) => Promise<EventOf<T>>
  /** Calls `look` within the publication of each event of that type. */
  readonly at: <T extends EventType>(type: T, look: (event: EventOf<T>) => void) => void
  /** The texts of a child's lines so far. */
  readonly said: (id: string, source?: OutputLine['source']) => readonly string[]
  /** The first line of a child that matches, of one of its lives where that is given. */
  readonly line: (id: string, pattern: RegExp, incarnation?: number) => Promise<RegExpExecArray>
  /** Waits for `count` lines `pid N`, and gives the numbers. */
  readonly pids: (id: string, count: number) => Promise<readonly number[]>
}

type EventOf<T extends EventType> = Extract<RecordedEvent, { readonly type: T }>

/**
 * Makes a supervisor for one test. When the test is over it is stopped at once, nothing may be left alive, its record
 * must break no invariant, and a replay of the record must end where the supervisor did.
 */
export function supervise(options: SupervisorOptions): Observed {
  const supervisor = createSupervisor(options)
  onTestFinished(async () => {
    const { survivors } = await supervisor.stop({ now: true })
    expect(survivors).toEqual([])
    const record = await recordOf(supervisor)
    expect(checkInvariants(record)).toEqual([])
    expect(replay(record)).toEqual(withoutTails(supervisor.view))
  })
  return observe(supervisor)
}

/** Listens to a supervisor that somebody else stops. */
export function observe(supervisor: Supervisor): Observed {
  const events: RecordedEvent[] = []
  const lines: OutputLine[] = []
  supervisor.events$.subscribe((event) => events.push(event))
  supervisor.lines$.subscribe((line) => lines.push(line))

  const of = <T extends EventType>(type: T, id?: string): EventOf<T>[] =>
    events.filter((event): event is EventOf<T> => event.type === type && (id === undefined || event.child === id))

  return {
    supervisor,
    events,
    lines,
    of,
    child(id) {
      const child = supervisor.child(id)
      if (child === undefined) throw new Error(`There is no child "${id}"`)
      return child
    },
    event: <T extends EventType>(type: T, id?: string, n = 1) =>
      until(`${type} ${id} ${n}`, () => of<T>(type, id)[n - 1]),
    at(type, look) {
      supervisor.events$.subscribe((event) => {
        if (isOf(event, type)) look(event)
      })
    },
    said: (id, source = 'stdout') =>
      lines.filter((line) => line.child === id && line.source === source).map(({ text }) => text),
    line: (id, pattern, incarnation) =>
      until(`${id} says ${pattern}`, () => {
        for (const line of lines) {
          if (line.child !== id || (incarnation !== undefined && line.incarnation !== incarnation)) continue
          const match = pattern.exec(line.text)
          if (match !== null) return match
        }
        return undefined
      }),
    pids: (id, count) =>
      until(`${id} has said ${count} pids`, () => {
        const pids = lines.flatMap((line) => (line.child === id ? (/^pid (\d+)$/.exec(line.text)?.slice(1) ?? []) : []))
        return pids.length >= count && pids.map(Number)
      }),
  }
}

const isOf = <T extends EventType>(event: RecordedEvent, type: T): event is EventOf<T> => event.type === type

/** Everything a supervisor has recorded so far. */
export async function recordOf(supervisor: Supervisor): Promise<readonly RecordedEvent[]> {
  const record: RecordedEvent[] = []
  for await (const event of supervisor.read({ live: false })) if (event.type !== 'gap') record.push(event)
  return record
}

/** A view as a log can tell it. */
function withoutTails(view: SupervisorView): SupervisorView {
  return { ...view, children: view.children.map(withoutTail) }
}

function withoutTail(view: ChildView): ChildView {
  const { stderrTail: _tail, ...rest } = view
  return rest
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`Expected a rejection, got ${String(value)}`)
    },
    (error: unknown) => error,
  )
}
