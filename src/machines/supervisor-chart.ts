import { setup } from 'xstate'

const noted = { actions: 'noted' } as const

/**
 * The life of a supervisor. `startup.completed` is no recorded event: the fold derives it when the last child that
 * `supervisor.started` waits for has settled, so a log and a live tree reach `running` at the same event.
 * A nested supervisor starts again from `stopped`; for a root that state is the last.
 */
export const supervisorChart = setup({
  types: {
    events: {} as {
      type:
        | 'supervisor.started'
        | 'supervisor.recovered'
        | 'startup.completed'
        | 'supervisor.stopping'
        | 'supervisor.stopped'
        | 'intensity.exceeded'
        | 'journal.checkpointed'
        | 'journal.degraded'
        | 'callback.failed'
        | 'orphan.adopted'
        | 'orphan.reaped'
        | 'subscriber.failed'
        | 'containment.reported'
    },
  },
  actions: { noted: () => {} },
}).createMachine({
  id: 'supervisor',
  initial: 'initial',
  on: {
    'journal.checkpointed': noted,
    'journal.degraded': noted,
    'callback.failed': noted,
    'orphan.adopted': noted,
    'orphan.reaped': noted,
    'subscriber.failed': noted,
    'containment.reported': noted,
    // Another host took over: wherever the tree was, nothing of it runs before the next start.
    'supervisor.recovered': '.initial',
  },
  states: {
    initial: { on: { 'supervisor.started': 'starting', 'supervisor.stopping': 'stopping' } },
    starting: {
      on: { 'startup.completed': 'running', 'supervisor.stopping': 'stopping', 'intensity.exceeded': noted },
    },
    running: { on: { 'supervisor.stopping': 'stopping', 'intensity.exceeded': noted } },
    stopping: { on: { 'supervisor.stopping': noted, 'supervisor.stopped': 'stopped' } },
    stopped: { on: { 'supervisor.started': 'starting' } },
  },
})
