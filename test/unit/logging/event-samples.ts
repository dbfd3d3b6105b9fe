import type { EventType, NewEvent } from '../../../src/events/event.ts'

const ladder = { signal: 'SIGTERM', splayMs: 0, killTimeoutMs: 5_000 } as const
const asked = { ...ladder, cause: 'operator', now: false } as const
const limit = { restarts: 5, withinMs: 300_000 }
const identity = { pid: 42, startTicks: 7, bootId: 'b' }
const exit = { pid: 42, identity, code: 1, signal: null, status: 1, expected: false, cause: 'crash' } as const

/** One event of every type: a type without one does not compile. */
const byType: { readonly [T in EventType]: NewEvent<T> } = {
  'supervisor.started': {
    type: 'supervisor.started',
    data: { id: 'root', strategy: 'one-for-one', autoShutdown: 'never', awaits: 1 },
  },
  'supervisor.recovered': {
    type: 'supervisor.recovered',
    data: {
      id: 'root',
      strategy: 'one-for-one',
      autoShutdown: 'never',
      host: { hostId: 'a', treeId: 'b', bootId: 'c', pid: 1 },
      ended: 'open',
      rebooted: false,
      order: ['/api'],
      changed: [],
    },
  },
  'supervisor.stopping': { type: 'supervisor.stopping', data: { cause: 'shutdown', now: false, outcome: 'stopped' } },
  'supervisor.stopped': { type: 'supervisor.stopped', data: { outcome: 'stopped' } },
  'intensity.exceeded': { type: 'intensity.exceeded', data: { ...limit, by: '/api' } },
  'journal.checkpointed': { type: 'journal.checkpointed', data: { state: null } },
  'journal.degraded': { type: 'journal.degraded', data: { droppedEvents: 2, from: 3, to: 4 } },
  'child.added': {
    type: 'child.added',
    data: { kind: 'process', restart: 'permanent', oneShot: false, significant: false, limit, spec: {} },
  },
  'child.released': { type: 'child.released', data: {} },
  'child.replaced': { type: 'child.replaced', data: { by: '/api@2' } },
  'child.removed': { type: 'child.removed', data: {} },
  'start.requested': { type: 'start.requested', data: {} },
  'spawn.requested': { type: 'spawn.requested', data: {} },
  'process.spawned': { type: 'process.spawned', data: { pid: 42, identity, spawnMs: 1.5 } },
  'process.spawnFailed': {
    type: 'process.spawnFailed',
    data: { code: 'ERR_SPAWN_FAILED', message: 'spawn nope ENOENT', errno: 'ENOENT' },
  },
  'child.ready': { type: 'child.ready', data: {} },
  'ready.timedOut': { type: 'ready.timedOut', data: { ...ladder, timeoutMs: 90_000 } },
  'run.timedOut': { type: 'run.timedOut', data: { ...ladder, timeoutMs: 90_000 } },
  'process.exited': { type: 'process.exited', data: exit },
  'process.drained': { type: 'process.drained', data: { cut: false } },
  'stop.requested': { type: 'stop.requested', data: asked },
  'restart.requested': { type: 'restart.requested', data: asked },
  'splay.elapsed': { type: 'splay.elapsed', data: {} },
  'killTimeout.elapsed': { type: 'killTimeout.elapsed', data: {} },
  'signal.sent': { type: 'signal.sent', data: { signal: 'SIGTERM', to: 'group', stage: 'stop', pid: 42 } },
  'restart.scheduled': { type: 'restart.scheduled', data: { delayMs: 1_000, attempt: 1, cause: 'crash' } },
  'restart.due': { type: 'restart.due', data: { cause: 'crash' } },
  'restart.abandoned': { type: 'restart.abandoned', data: limit },
  'child.stopped': { type: 'child.stopped', data: { outcome: 'stopped' } },
  'orphan.adopted': { type: 'orphan.adopted', data: { pid: 42, identity } },
  'orphan.reaped': {
    type: 'orphan.reaped',
    data: { pid: 42, identity, code: 3, signal: null, status: 3 },
  },
  'callback.failed': {
    type: 'callback.failed',
    data: { callback: 'onUnexpectedExit', problem: 'threw', message: 'no' },
  },
  'subscriber.failed': { type: 'subscriber.failed', data: { source: 'events$', message: 'no' } },
  'containment.reported': { type: 'containment.reported', data: { subject: 'guard', message: 'it was replaced' } },
}

/** Every event of the vocabulary once, as `decide` would state it. */
export const samples: readonly NewEvent[] = Object.values(byType)
