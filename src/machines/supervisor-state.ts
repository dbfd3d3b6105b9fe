import type { AutoShutdown, HostRecord, Outcome, RecordedLimit, Strategy } from '../events/event.ts'
import type { Cause } from '../events/exit.ts'
import { emptyVector, items, type Vector } from './vector.ts'
import type { ChildView, SupervisorPhase, SupervisorView } from './view.ts'

/** One supervisor, as its own events and its children's tell it. Immutable: each event makes a new one. */
export interface SupervisorState {
  readonly stream: string
  readonly id: string
  /** The stream of the supervisor above; null for the root. */
  readonly parent: string | null
  readonly phase: SupervisorPhase
  readonly outcome: Outcome | null
  readonly strategy: Strategy
  readonly autoShutdown: AutoShutdown
  readonly intensity: RecordedLimit | null
  readonly since: number
  /** Its children in start order, as they look: a view of the supervisor is this and nothing more. */
  readonly roster: Vector<ChildView>
  /** Children without a place in it: on their way into another's, or out of one that was taken over. */
  readonly beside: readonly string[]
  /** Filled slots of the roster. */
  readonly count: number
  /** Children that are not at rest. */
  readonly active: number
  /** Children the current start still waits for. */
  readonly awaiting: number
  readonly startedSeq: number
  /** Of the root: the host that its processes run on. */
  readonly host: HostRecord | null
  /** It was recovered, by that event, and not started since: the start begins `all` of its children, or what resumes. */
  readonly recovered: { readonly seq: number; readonly all: boolean } | null
  /** Its current life got as far as `running`. */
  readonly ran: boolean
  /** Monotonic times of automatic restarts below it that count, as far back as the intensity can ask. */
  readonly history: readonly number[]
  /** What it is stopping for, from `supervisor.stopping` on. */
  readonly ending: {
    readonly cause: Cause
    readonly now: boolean
    readonly outcome: Outcome
    readonly by?: string
    readonly reason?: string
  } | null
}

const nobody: readonly string[] = Object.freeze([])

/** The streams of all its children: those in the roster, in start order, and those beside it. */
export function members({ roster, beside }: SupervisorState): readonly string[] {
  const streams = [...items(roster)].map(({ stream }) => stream)
  return beside.length === 0 ? streams : [...streams, ...beside]
}

export function newSupervisor(
  stream: string,
  id: string,
  parent: string | null,
  strategy: Strategy,
  at: number,
): SupervisorState {
  return {
    stream,
    id,
    parent,
    phase: 'initial',
    outcome: null,
    strategy,
    autoShutdown: 'never',
    intensity: null,
    since: at,
    roster: emptyVector,
    beside: nobody,
    count: 0,
    active: 0,
    awaiting: 0,
    startedSeq: 0,
    host: null,
    recovered: null,
    ran: false,
    history: [],
    ending: null,
  }
}

/**
 * Makes views of supervisors, one per state. The children are laid out when they are read, and stay as they were at
 * this moment; `present` may add to a child what no log holds.
 */
export function supervisorViews(
  present: (view: ChildView) => ChildView = (view) => view,
): (supervisor: SupervisorState) => SupervisorView {
  const views = new WeakMap<SupervisorState, SupervisorView>()
  return (supervisor) => {
    const known = views.get(supervisor)
    if (known !== undefined) return known
    const { id, phase, outcome, strategy, since, roster } = supervisor
    let children: readonly ChildView[] | undefined
    const view: SupervisorView = Object.freeze({
      id,
      state: phase,
      ...(outcome === null ? {} : { outcome }),
      strategy,
      get children() {
        return (children ??= Object.freeze([...items(roster)].map(present)))
      },
      since,
    })
    views.set(supervisor, view)
    return view
  }
}

/** Whether two states of a supervisor look the same. */
export function looksSame(a: SupervisorState, b: SupervisorState): boolean {
  return a.roster === b.roster && a.phase === b.phase && a.outcome === b.outcome && a.id === b.id && a.since === b.since
}
