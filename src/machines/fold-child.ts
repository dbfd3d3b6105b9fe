import type { EventData, Failure, RecordedEvent } from '../events/event.ts'
import type { Exit } from '../events/exit.ts'
import { chartTable } from './chart-table.ts'
import { childChart } from './child-chart.ts'
import { noOrigins, placeOf, type ChildReport, type ChildState, type ChildStateName } from './child-state.ts'
import { remember } from './limit.ts'
import type { ChildView } from './view.ts'

type Next = { -readonly [K in keyof ChildState]: ChildState[K] }
/** Keys of a view that an event may take away are set to undefined and left out when it is built. */
type ViewPatch = { -readonly [K in keyof ChildView]?: ChildView[K] | undefined }

export const childTable = chartTable<ChildStateName>(childChart)

/** Facts about an earlier life (a late escapee) are recorded, but the chart lives in the current one. */
export function isLate(child: ChildState, event: RecordedEvent): boolean {
  return event.incarnation !== undefined && event.incarnation < child.view.incarnation
}

/** The child after `event`: the chart says where it is, the payload says the rest. */
export function foldChild(child: ChildState, event: RecordedEvent): ChildState {
  if (isLate(child, event)) return child
  const next: Next = { ...child }
  const name = childTable.next(child.name, event.type) ?? child.name
  const view: ViewPatch = {}
  if (name !== child.name) enter(child, name, event, next, view)
  absorb(child, event, next, view)
  if (Object.keys(view).length > 0) next.view = withView(child.view, view)
  return next
}

function enter(child: ChildState, name: ChildStateName, event: RecordedEvent, next: Next, view: ViewPatch): void {
  next.name = name
  next.movedBy = event.seq
  const { state, substate } = placeOf(name)
  if (state !== child.view.state) {
    view.state = state
    view.since = event.at
  }
  if (substate !== child.view.substate) view.substate = substate
  if (name === 'terminating' || (child.name === 'splaying' && name === 'settling')) next.graceMono = event.mono
  if (name === 'waiting') {
    next.asked = null
    next.ladder = null
    next.ladderMono = null
    next.graceMono = null
    next.stopsSent = 0
    next.escalated = false
    next.askedMono = null
    next.failure = null
    next.abandoned = false
    next.resumes = false
    view.desired = 'up'
    view.outcome = undefined
  }
}

function absorb(child: ChildState, event: RecordedEvent, next: Next, view: ViewPatch): void {
  switch (event.type) {
    case 'start.requested':
      next.startedBy = 'caller'
      return
    case 'spawn.requested':
      view.incarnation = event.incarnation ?? child.view.incarnation + 1
      next.exited = false
      next.drained = false
      next.ended = null
      next.identity = null
      next.pid = null
      next.spawnedMono = null
      next.readyMono = null
      return
    case 'process.spawned':
      next.pid = event.data.pid
      next.identity = event.data.identity
      next.spawnedMono = event.mono
      view.pid = event.data.pid ?? undefined
      view.identity = event.data.identity ?? undefined
      return
    case 'process.spawnFailed':
      next.exited = true
      next.endedMono = event.mono
      next.failure = event.data
      return
    case 'child.ready':
      next.readyMono = event.mono
      view.ready = true
      return
    case 'ready.timedOut':
    case 'run.timedOut': {
      const code = event.type === 'run.timedOut' ? 'ERR_RUN_TIMEOUT' : 'ERR_READY_TIMEOUT'
      const what = event.type === 'run.timedOut' ? 'run longer than' : 'not become ready within'
      next.failure = { code, message: `"${child.view.id}" has ${what} ${event.data.timeoutMs} ms` }
      next.ladder = event.data
      next.ladderMono = event.mono
      view.ready = false
      return
    }
    case 'stop.requested':
    case 'restart.requested': {
      const kind = event.type === 'stop.requested' ? 'stop' : 'restart'
      const { recovered } = event.data
      next.asked = { kind, cause: event.data.cause, ...(recovered === undefined ? {} : { recovered }) }
      if (child.name !== 'stopped') {
        next.ladder = child.ladder ?? event.data
        next.ladderMono = child.ladderMono ?? event.mono
        next.askedMono = child.askedMono ?? event.mono
      }
      if (event.data.cause === 'operator' || event.data.cause === 'reload') next.attempt = 0
      // A recovery only makes room for the next life of what it stops.
      view.desired = kind === 'stop' && recovered === undefined ? 'down' : 'up'
      view.ready = false
      return
    }
    case 'signal.sent':
      // A late SIGKILL to an escapee counts too: it is ours, and it was not asked for by name.
      if (event.data.signal === 'SIGKILL' && event.data.stage !== 'operator') next.escalated = true
      if (event.data.stage === 'stop') next.stopsSent = child.stopsSent + 1
      return
    case 'killTimeout.elapsed':
      // A task is aborted where a process would be sent a signal.
      if (child.view.kind === 'task') next.escalated = true
      return
    case 'process.exited':
      next.exited = true
      next.ended = exitOf(event)
      next.endedMono = event.mono
      next.failure = child.failure ?? failureOf(child, event)
      view.lastExit = next.ended
      view.pid = undefined
      view.identity = undefined
      view.ready = false
      return
    case 'process.drained':
      next.drained = true
      return
    case 'restart.abandoned':
      next.abandoned = true
      return
    case 'restart.scheduled':
      next.delayMs = event.data.delayMs
      next.attempt = event.data.attempt + 1
      if (isFailure(child, event.data.cause)) next.history = remember(child.history, child.limit, event.mono)
      return
    case 'restart.due':
      next.startedBy = startedBy(child)
      // A stop that a restart overtook ends here, as truthfully as any: the group is gone.
      if (child.name === 'settling') next.report = reportOf(child, event.mono, overtaken(child))
      view.restarts = child.view.restarts + 1
      return
    case 'child.stopped':
      next.report = reportOf(child, event.mono, event.data)
      if (event.data.error !== undefined) next.failure = event.data.error
      next.resumes = event.data.recovered === true
      if (event.data.outcome !== 'unkillable') next.earlier = noOrigins
      view.outcome = event.data.outcome
      view.desired = next.resumes ? 'up' : 'down'
      return
    default:
      return
  }
}

/**
 * Only failures count in a limit: a crash, a timeout, a failed health check; and any end of a child that must not end.
 */
export function isFailure(child: Pick<ChildState, 'restart'>, cause: Exit['cause']): boolean {
  return (
    cause === 'crash' ||
    cause === 'timeout' ||
    cause === 'health' ||
    (cause === 'finished' && child.restart === 'permanent')
  )
}

/** A life begun because somebody asked is one attempt; one begun by policy or strategy may be tried again. */
function startedBy(child: ChildState): 'caller' | 'automatic' {
  if (child.name === 'stopped') return 'caller'
  return child.asked !== null && child.asked.cause !== 'strategy' ? 'caller' : 'automatic'
}

const overtaken = (child: ChildState): EventData['child.stopped'] => ({
  outcome: 'stopped',
  ...(child.ended === null ? {} : { exit: child.ended }),
})

function reportOf(
  child: ChildState,
  mono: number,
  { outcome, exit, survivors = [] }: EventData['child.stopped'],
): ChildReport {
  const durationMs = child.askedMono === null ? 0 : Math.round(mono - child.askedMono)
  return { outcome, ...(exit === undefined ? {} : { exit }), escalated: child.escalated, durationMs, survivors }
}

/** Of a failed task the error that tells what it threw. */
function failureOf({ view, readyMono }: ChildState, { data }: RecordedEvent<'process.exited'>): Failure | null {
  const { message } = data
  if (message === undefined) return null
  return readyMono === null
    ? { code: 'ERR_EXITED_BEFORE_READY', message: `"${view.id}" failed before it was ready: ${message}` }
    : { code: 'ERR_NONZERO_EXIT', message: `"${view.id}" failed: ${message}` }
}

function exitOf({ data, at }: RecordedEvent<'process.exited'>): Exit {
  const { code, signal, status, expected, cause } = data
  return Object.freeze({ code, signal, status, at, expected, cause })
}

/**
 * Built key by key: deleting one would turn the object into a slow and large dictionary, and to leave some out with a
 * rest pattern took longer than all the rest of the fold.
 */
function withView(view: ChildView, patch: ViewPatch): ChildView {
  const merged = { ...view, ...patch }
  const { id, stream, kind, state, desired, incarnation, restarts, ready, since } = merged
  const next: ViewPatch = { id, stream, kind, state, desired, incarnation, restarts, ready, since }
  const { substate, outcome, pid, identity, lastExit } = merged
  if (substate !== undefined) next.substate = substate
  if (outcome !== undefined) next.outcome = outcome
  if (pid !== undefined) next.pid = pid
  if (identity !== undefined) next.identity = identity
  if (lastExit !== undefined) next.lastExit = lastExit
  return Object.freeze(next) as ChildView
}
