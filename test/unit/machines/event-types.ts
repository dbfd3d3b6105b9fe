import type { EventType } from '../../../src/events/event.ts'

const all = {
  'supervisor.started': true,
  'supervisor.stopping': true,
  'supervisor.stopped': true,
  'intensity.exceeded': true,
  'journal.checkpointed': true,
  'journal.degraded': true,
  'child.added': true,
  'child.released': true,
  'child.replaced': true,
  'child.removed': true,
  'start.requested': true,
  'spawn.requested': true,
  'process.spawned': true,
  'process.spawnFailed': true,
  'child.ready': true,
  'ready.timedOut': true,
  'run.timedOut': true,
  'process.exited': true,
  'process.drained': true,
  'stop.requested': true,
  'restart.requested': true,
  'splay.elapsed': true,
  'killTimeout.elapsed': true,
  'signal.sent': true,
  'restart.scheduled': true,
  'restart.due': true,
  'restart.abandoned': true,
  'child.stopped': true,
  'callback.failed': true,
  'subscriber.failed': true,
  'containment.reported': true,
} as const satisfies Record<EventType, true>

/** Every type of event there is; the compiler sees to it that none is missing. */
export const eventTypes = Object.keys(all) as readonly EventType[]
