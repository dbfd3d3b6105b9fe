import type { RecordedEvent } from '../events/event.ts'
import { chartTable } from './chart-table.ts'
import type { ChildState } from './child-state.ts'
import { supervisorChart } from './supervisor-chart.ts'
import type { SupervisorState } from './supervisor-state.ts'
import type { SupervisorPhase } from './view.ts'

export const supervisorTable = chartTable<SupervisorPhase>(supervisorChart)

type OwnEvent =
  | RecordedEvent<'supervisor.started'>
  | RecordedEvent<'supervisor.stopping'>
  | RecordedEvent<'supervisor.stopped'>

/** The supervisor after one of its own events. */
export function foldSupervisor(supervisor: SupervisorState, event: OwnEvent): SupervisorState {
  const phase = supervisorTable.next(supervisor.phase, event.type) ?? supervisor.phase
  const moved = { ...supervisor, phase, since: phase === supervisor.phase ? supervisor.since : event.at }
  switch (event.type) {
    case 'supervisor.started': {
      const { id, strategy, autoShutdown, intensity = null, awaits, host = moved.host } = event.data
      const started = { ...moved, id, strategy, autoShutdown, intensity, host, recovered: null }
      return completed(
        { ...started, awaiting: awaits, startedSeq: event.seq, ran: false, outcome: null, ending: null },
        event.at,
      )
    }
    case 'supervisor.stopping': {
      const { now } = event.data
      // A second one only hurries: what it ends as was settled by the first.
      if (moved.ending !== null) return { ...moved, ending: { ...moved.ending, now: now || moved.ending.now } }
      return { ...moved, awaiting: 0, ending: event.data }
    }
    case 'supervisor.stopped':
      return { ...moved, outcome: event.data.outcome }
  }
}

/** The supervisor after a child that its start waited for has settled. */
export function foldAwaited(supervisor: SupervisorState, at: number): SupervisorState {
  return completed({ ...supervisor, awaiting: Math.max(supervisor.awaiting - 1, 0) }, at)
}

function completed(supervisor: SupervisorState, at: number): SupervisorState {
  if (supervisor.awaiting > 0 || supervisor.phase !== 'starting') return supervisor
  const phase = supervisorTable.next(supervisor.phase, 'startup.completed') ?? supervisor.phase
  return { ...supervisor, phase, ran: true, since: at }
}

/** Whether its supervisor's start no longer waits for a child: ready, or for a one-shot at rest, or out of the count. */
export function settled(child: ChildState, event: RecordedEvent): boolean {
  switch (event.type) {
    case 'child.ready':
      return !child.oneShot
    case 'child.stopped':
      // A failure settles nothing: it fails the whole start, which therefore never looks complete.
      return !failsStart(child)
    case 'child.removed':
    case 'child.released':
      return true
    default:
      return false
  }
}

/** Whether the rest a child came to fails the start that waits for it: a stop that somebody asked for never does. */
export function failsStart({ asked, view }: ChildState): boolean {
  switch (view.outcome) {
    case 'failed':
    case 'startFailed':
      return true
    case 'unkillable':
      return asked?.kind !== 'stop'
    default:
      return false
  }
}
