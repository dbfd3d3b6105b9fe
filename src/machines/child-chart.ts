import { setup } from 'xstate'
import type { ChildKind, RecordedEvent } from '../events/event.ts'

/**
 * What an action finds in the chart's context. Everything else a child is lies in the fold: the chart holds where in
 * its life the child is, and nothing that a guard could ask about.
 */
export interface ChildContext {
  readonly stream: string
  readonly id: string
  readonly kind: ChildKind
}

// Accepted here, and nothing follows from it. Naming it makes an absent cell mean one thing only: impossible.
const noted = { actions: 'noted' } as const

// Facts about the surroundings of a child, which may be recorded in its stream at any time.
const remarks = {
  'orphan.adopted': noted,
  'orphan.reaped': noted,
  'callback.failed': noted,
  'subscriber.failed': noted,
  'containment.reported': noted,
  // Who stands in a place, and who owns a child, is nothing that its life depends on.
  'child.replaced': noted,
  'child.released': '.removed',
} as const

/**
 * The life of a child. No guards, no timers, no invocations: the same event in the same state always leads to the same
 * state, and whatever was chosen, drawn or measured is in the event. The actions name what a state owes the world; live
 * they only enqueue it, in a replay they are not there.
 *
 * XState's `after` is lost on restore (statelyai/xstate#5331) and `invoke` runs again, so neither is used.
 */
export const childChart = setup({
  types: {
    context: {} as ChildContext,
    input: {} as ChildContext,
    events: {} as RecordedEvent,
  },
  actions: {
    noted: () => {},
    spawn: () => {},
    signalStop: () => {},
    signalKill: () => {},
    killRemnants: () => {},
    askPolicy: () => {},
    withdrawQuestion: () => {},
    armReadyTimeout: () => {},
    armRunTimeout: () => {},
    armSplay: () => {},
    armKillTimeout: () => {},
    armVerify: () => {},
    armBackoff: () => {},
    disarmReadyTimeout: () => {},
    disarmSplay: () => {},
    disarmBackoff: () => {},
    disarmLife: () => {},
  },
}).createMachine({
  id: 'child',
  context: ({ input }) => input,
  initial: 'initial',
  on: remarks,
  states: {
    initial: {
      on: {
        'child.added': noted,
        'start.requested': 'starting',
        'stop.requested': 'settling',
        'child.removed': 'removed',
      },
    },
    starting: {
      initial: 'waiting',
      states: {
        waiting: {
          on: {
            'spawn.requested': 'spawning',
            // The sweep of the life before still finds escapees, and the next life has no number yet.
            'signal.sent': noted,
            // Of an earlier life something may be left that was killed and cannot be.
            'stop.requested': { target: '#child.settling', actions: 'armVerify' },
            'restart.requested': { target: '#child.settling', actions: 'armVerify' },
            'child.stopped': '#child.stopped',
          },
        },
        spawning: {
          entry: 'spawn',
          on: {
            'process.spawned': 'probing',
            'process.spawnFailed': { target: '#child.settling', actions: 'armVerify' },
            'stop.requested': '#child.stopping',
            'restart.requested': '#child.stopping',
          },
        },
        probing: {
          entry: ['armReadyTimeout', 'armRunTimeout'],
          exit: 'disarmReadyTimeout',
          on: {
            'child.ready': '#child.running',
            'signal.sent': noted,
            'process.exited': { target: '#child.settling', actions: ['killRemnants', 'askPolicy'] },
            'ready.timedOut': '#child.stopping',
            'run.timedOut': '#child.stopping',
            'stop.requested': '#child.stopping',
            'restart.requested': '#child.stopping',
          },
        },
      },
    },
    running: {
      on: {
        'signal.sent': noted,
        'process.exited': { target: 'settling', actions: ['killRemnants', 'askPolicy'] },
        'run.timedOut': 'stopping',
        'stop.requested': 'stopping',
        'restart.requested': 'stopping',
      },
    },
    stopping: {
      initial: 'splaying',
      on: {
        'process.spawnFailed': { target: 'settling', actions: 'armVerify' },
        'signal.sent': noted,
        // The last command wins, and only the fold needs to know which that was.
        'stop.requested': noted,
        'restart.requested': noted,
      },
      states: {
        splaying: {
          entry: 'armSplay',
          exit: 'disarmSplay',
          on: {
            'process.spawned': noted,
            'splay.elapsed': 'terminating',
            // The leader went by itself before its signal: what it left in the group still gets the whole ladder.
            'process.exited': { target: '#child.settling', actions: ['signalStop', 'armKillTimeout', 'askPolicy'] },
          },
        },
        terminating: {
          entry: ['signalStop', 'armKillTimeout'],
          on: {
            'process.spawned': { actions: 'signalStop' },
            'killTimeout.elapsed': 'killing',
            // The kill timer stays armed: the group keeps the rest of the grace.
            'process.exited': { target: '#child.settling', actions: 'askPolicy' },
          },
        },
        killing: {
          entry: ['signalKill', 'armVerify'],
          on: {
            'process.spawned': { actions: ['signalKill', 'armVerify'] },
            // The whole group has had its SIGKILL, and the kernel lets nobody fork past one (copy_process, kernel/fork.c).
            'process.exited': { target: '#child.settling', actions: 'askPolicy' },
            'child.stopped': '#child.stopped',
          },
        },
      },
    },
    settling: {
      on: {
        'process.drained': noted,
        'signal.sent': noted,
        'stop.requested': { actions: 'withdrawQuestion' },
        'restart.requested': { actions: 'withdrawQuestion' },
        'restart.abandoned': noted,
        'splay.elapsed': noted,
        'killTimeout.elapsed': { actions: ['signalKill', 'armVerify'] },
        'restart.scheduled': 'backingOff',
        'restart.due': 'starting',
        'child.stopped': 'stopped',
      },
      exit: 'disarmLife',
    },
    backingOff: {
      entry: 'armBackoff',
      exit: 'disarmBackoff',
      on: {
        'signal.sent': noted,
        'restart.due': 'starting',
        'restart.requested': { target: 'settling', actions: 'armVerify' },
        'stop.requested': { target: 'settling', actions: 'armVerify' },
        // Its host ended before the next life began.
        'child.stopped': 'stopped',
      },
    },
    stopped: {
      entry: 'disarmLife',
      on: {
        'signal.sent': noted,
        'process.drained': noted,
        // Only an unkillable child is asked once more, dies late, or is stopped a second time.
        'stop.requested': { actions: 'signalKill' },
        'process.exited': { target: 'settling', actions: 'killRemnants' },
        'child.stopped': noted,
        'restart.requested': noted,
        'restart.due': 'starting',
        'child.removed': 'removed',
      },
    },
    removed: { type: 'final' },
  },
})
