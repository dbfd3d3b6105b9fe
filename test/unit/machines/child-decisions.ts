import type { ErrorCode } from '../../../src/errors.ts'
import type { EventType } from '../../../src/events/event.ts'
import type { ChildStateName } from '../../../src/machines/child-state.ts'
import type { ChildInput } from '../../../src/machines/input.ts'
import { inputs, type InputName } from './staging.ts'

/** What is recorded, in order; or the code of the refusal. */
type Expected = readonly EventType[] | ErrorCode

export interface DecisionRow {
  readonly state: ChildStateName
  /** How it came there: who asked, and what is still awaited. */
  readonly when: string
  readonly child?: object
  readonly path: readonly (InputName | ChildInput)[]
  /** The life that the inputs are about, where it is not the current one. */
  readonly about?: number
  readonly cells: Partial<Record<InputName, Expected>>
}

const refused = 'ERR_INVALID_STATE'
const nothing: Expected = []

/** Nothing follows from any observation, unless the row says otherwise. */
const deaf = {
  spawned: nothing,
  spawnFailed: nothing,
  ready: nothing,
  exited: nothing,
  drained: nothing,
  gone: nothing,
  swept: nothing,
  signalled: nothing,
  readyTimeout: nothing,
  runTimeout: nothing,
  splayElapsed: nothing,
  killTimeoutElapsed: nothing,
  backoffElapsed: nothing,
  unproven: nothing,
  answered: nothing,
} satisfies DecisionRow['cells']

/** A spawned process can be neither spawned nor fail to be: what that means in `stopping` is told by rows of its own. */
const { spawned: _spawned, spawnFailed: _spawnFailed, ...spawnedAlready } = deaf

const nextLife: Expected = ['restart.due', 'spawn.requested']
const toTheTop: Expected = ['splay.elapsed', 'killTimeout.elapsed']

const running: readonly InputName[] = ['start', 'spawned', 'ready']
const asking = { type: 'permanent', onUnexpectedExit: () => true }
const stopIt = { kind: 'stop', now: false, cause: 'operator' } as const
const byStrategy = { kind: 'restart', now: false, cause: 'strategy' } as const
const settled = ['drained', 'gone', 'swept'] as const

/**
 * Every state × every input, as lifecycle.md says it. The child splays (so that no rung is passed in the batch that asks
 * for it), is told when it is ready, and backs off before a restart (so that `restart.scheduled` rests there).
 */
export const decisionRows: readonly DecisionRow[] = [
  {
    state: 'initial',
    when: 'registered',
    path: [],
    cells: {
      ...deaf,
      start: ['start.requested', 'spawn.requested'],
      restart: ['start.requested', 'spawn.requested'],
      restartNow: ['start.requested', 'spawn.requested'],
      stop: ['stop.requested', 'child.stopped'],
      stopNow: ['stop.requested', 'child.stopped'],
    },
  },
  {
    state: 'waiting',
    when: 'for a sibling that has not started',
    child: { after: ['db'] },
    path: ['start'],
    cells: {
      ...deaf,
      start: refused,
      stop: ['stop.requested', 'child.stopped'],
      stopNow: ['stop.requested', 'child.stopped'],
      restart: ['restart.requested', 'restart.due'],
      restartNow: ['restart.requested', 'restart.due'],
      // Of an earlier life: to an escapee that its sweep has found.
      signalled: ['signal.sent'],
    },
  },
  {
    state: 'spawning',
    when: 'for the first time',
    path: ['start'],
    cells: {
      ...deaf,
      start: refused,
      stop: ['stop.requested'],
      stopNow: ['stop.requested', ...toTheTop],
      restart: ['restart.requested'],
      restartNow: ['restart.requested', ...toTheTop],
      spawned: ['process.spawned'],
      spawnFailed: ['process.spawnFailed', 'child.stopped'],
    },
  },
  {
    state: 'spawning',
    when: 'automatically again: a failure is a crash like any other',
    path: [...running, 'exited', 'drained', 'gone', 'backoffElapsed'],
    cells: { spawnFailed: ['process.spawnFailed', 'restart.scheduled'] },
  },
  {
    state: 'spawning',
    when: 'again, and the sweep of the life before has found an escapee',
    path: [...running, 'restart', 'exited', 'drained', 'gone'],
    about: 1,
    cells: { signalled: ['signal.sent'], swept: nothing, exited: nothing, drained: nothing, gone: nothing },
  },
  {
    state: 'probing',
    when: 'not ready yet',
    path: ['start', 'spawned'],
    cells: {
      ...spawnedAlready,
      start: refused,
      stop: ['stop.requested'],
      stopNow: ['stop.requested', ...toTheTop],
      restart: ['restart.requested'],
      restartNow: ['restart.requested', ...toTheTop],
      ready: ['child.ready'],
      exited: ['process.exited'],
      signalled: ['signal.sent'],
      readyTimeout: ['ready.timedOut'],
      runTimeout: ['run.timedOut'],
      spawned: nothing,
      spawnFailed: nothing,
    },
  },
  {
    state: 'running',
    when: 'ready',
    path: running,
    cells: {
      ...deaf,
      start: refused,
      stop: ['stop.requested'],
      stopNow: ['stop.requested', ...toTheTop],
      restart: ['restart.requested'],
      restartNow: ['restart.requested', ...toTheTop],
      exited: ['process.exited'],
      signalled: ['signal.sent'],
      runTimeout: ['run.timedOut'],
    },
  },

  {
    state: 'splaying',
    when: 'asked to stop',
    path: [...running, 'stop'],
    cells: {
      ...spawnedAlready,
      start: refused,
      stop: nothing,
      stopNow: ['stop.requested', ...toTheTop],
      restart: ['restart.requested'],
      restartNow: ['restart.requested', ...toTheTop],
      exited: ['process.exited'],
      signalled: ['signal.sent'],
      splayElapsed: ['splay.elapsed'],
    },
  },
  {
    state: 'splaying',
    when: 'asked to restart',
    path: [...running, 'restart'],
    cells: {
      start: refused,
      stop: ['stop.requested'],
      stopNow: ['stop.requested', ...toTheTop],
      restart: nothing,
      restartNow: ['restart.requested', ...toTheTop],
    },
  },
  {
    state: 'splaying',
    when: 'late, and nobody asked',
    path: [...running, 'runTimeout'],
    cells: {
      start: refused,
      stop: ['stop.requested'],
      stopNow: ['stop.requested', ...toTheTop],
      restart: ['restart.requested'],
      restartNow: ['restart.requested', ...toTheTop],
    },
  },
  {
    state: 'splaying',
    when: 'asked to stop while its spawn is under way',
    path: ['start', 'stop'],
    cells: { spawned: ['process.spawned'], spawnFailed: ['process.spawnFailed', 'child.stopped'] },
  },
  {
    state: 'splaying',
    when: 'asked to restart while its spawn is under way',
    path: ['start', 'restart'],
    cells: { spawned: ['process.spawned'], spawnFailed: ['process.spawnFailed', ...nextLife] },
  },

  {
    state: 'terminating',
    when: 'asked to stop',
    path: [...running, 'stop', 'splayElapsed'],
    cells: {
      ...spawnedAlready,
      start: refused,
      stop: nothing,
      stopNow: ['stop.requested', 'killTimeout.elapsed'],
      restart: ['restart.requested'],
      restartNow: ['restart.requested', 'killTimeout.elapsed'],
      exited: ['process.exited'],
      signalled: ['signal.sent'],
      killTimeoutElapsed: ['killTimeout.elapsed'],
    },
  },
  {
    state: 'terminating',
    when: 'asked to restart',
    path: [...running, 'restart', 'splayElapsed'],
    cells: {
      start: refused,
      stop: ['stop.requested'],
      stopNow: ['stop.requested', 'killTimeout.elapsed'],
      restart: nothing,
      restartNow: ['restart.requested', 'killTimeout.elapsed'],
    },
  },
  {
    state: 'terminating',
    when: 'late, and nobody asked',
    path: [...running, 'runTimeout', 'splayElapsed'],
    cells: {
      start: refused,
      stop: ['stop.requested'],
      stopNow: ['stop.requested', 'killTimeout.elapsed'],
      restart: ['restart.requested'],
      restartNow: ['restart.requested', 'killTimeout.elapsed'],
    },
  },
  {
    state: 'terminating',
    when: 'asked to stop while its spawn is under way',
    path: ['start', 'stop', 'splayElapsed'],
    cells: { spawned: ['process.spawned'], spawnFailed: ['process.spawnFailed', 'child.stopped'] },
  },

  {
    state: 'killing',
    when: 'asked to stop',
    path: [...running, 'stopNow'],
    cells: {
      ...spawnedAlready,
      start: refused,
      stop: nothing,
      stopNow: nothing,
      restart: ['restart.requested'],
      restartNow: ['restart.requested'],
      exited: ['process.exited'],
      signalled: ['signal.sent'],
      unproven: ['child.stopped'],
    },
  },
  {
    state: 'killing',
    when: 'asked to restart',
    path: [...running, 'restartNow'],
    cells: {
      start: refused,
      stop: ['stop.requested'],
      stopNow: ['stop.requested'],
      restart: nothing,
      restartNow: nothing,
      unproven: ['child.stopped'],
    },
  },
  {
    state: 'killing',
    when: 'late, and nobody asked',
    path: [...running, 'runTimeout', 'splayElapsed', 'killTimeoutElapsed'],
    cells: {
      start: refused,
      stop: ['stop.requested'],
      stopNow: ['stop.requested'],
      restart: ['restart.requested'],
      restartNow: ['restart.requested'],
      unproven: ['child.stopped'],
    },
  },
  {
    state: 'killing',
    when: 'asked to stop at once while its spawn is under way',
    path: ['start', 'stopNow'],
    cells: { spawned: ['process.spawned'], spawnFailed: ['process.spawnFailed', 'child.stopped'] },
  },

  {
    state: 'settling',
    when: 'asked to stop, everything awaited',
    path: [...running, 'stop', 'exited'],
    cells: {
      ...deaf,
      start: refused,
      stop: nothing,
      stopNow: ['stop.requested', 'killTimeout.elapsed'],
      restart: ['restart.requested'],
      restartNow: ['restart.requested', 'killTimeout.elapsed'],
      drained: ['process.drained'],
      signalled: ['signal.sent'],
      killTimeoutElapsed: ['killTimeout.elapsed'],
      unproven: ['child.stopped'],
    },
  },
  {
    state: 'settling',
    when: 'asked to stop, only the output awaited',
    path: [...running, 'stop', 'exited', 'gone', 'swept'],
    cells: {
      drained: ['process.drained', 'child.stopped'],
      // There is nothing left to hurry, or to kill for being slow.
      stopNow: nothing,
      killTimeoutElapsed: nothing,
    },
  },
  {
    state: 'settling',
    when: 'asked to stop, only the group awaited',
    path: [...running, 'stop', 'exited', 'drained', 'swept'],
    cells: { gone: ['child.stopped'] },
  },
  {
    state: 'settling',
    when: 'asked to stop, only the sweep awaited',
    path: [...running, 'stop', 'exited', 'drained', 'gone'],
    cells: {
      swept: ['child.stopped'],
      stop: nothing,
      stopNow: nothing,
      restart: ['restart.requested', ...nextLife],
      restartNow: ['restart.requested', ...nextLife],
      unproven: ['child.stopped'],
    },
  },
  {
    state: 'settling',
    when: 'asked to restart, everything awaited',
    path: [...running, 'restart', 'exited'],
    cells: {
      ...deaf,
      start: refused,
      stop: ['stop.requested'],
      stopNow: ['stop.requested', 'killTimeout.elapsed'],
      restart: nothing,
      restartNow: ['restart.requested', 'killTimeout.elapsed'],
      drained: ['process.drained'],
      signalled: ['signal.sent'],
      killTimeoutElapsed: ['killTimeout.elapsed'],
      unproven: ['child.stopped'],
    },
  },
  {
    state: 'settling',
    when: 'asked to restart, only the output awaited (a restart does not wait for the sweep)',
    path: [...running, 'restart', 'exited', 'gone'],
    cells: { drained: ['process.drained', ...nextLife] },
  },
  {
    state: 'settling',
    when: 'asked to restart, only the group awaited',
    path: [...running, 'restart', 'exited', 'drained'],
    cells: { gone: nextLife },
  },
  {
    state: 'settling',
    when: 'crashed and to be restarted, everything awaited',
    path: [...running, 'exited'],
    cells: {
      ...deaf,
      start: refused,
      stop: ['stop.requested'],
      stopNow: ['stop.requested', 'killTimeout.elapsed'],
      restart: ['restart.requested'],
      restartNow: ['restart.requested', 'killTimeout.elapsed'],
      drained: ['process.drained'],
      signalled: ['signal.sent'],
      killTimeoutElapsed: ['killTimeout.elapsed'],
      unproven: ['child.stopped'],
    },
  },
  {
    state: 'settling',
    when: 'crashed and to be restarted, only the group awaited',
    path: [...running, 'exited', 'drained'],
    cells: { gone: ['restart.scheduled'] },
  },
  {
    state: 'settling',
    when: 'crashed for good, only the sweep awaited',
    child: { restart: 'temporary' },
    path: [...running, 'exited', 'drained', 'gone'],
    cells: {
      swept: ['child.stopped'],
      stop: ['stop.requested'],
      restart: ['restart.requested', ...nextLife],
    },
  },
  {
    state: 'settling',
    when: 'crashed, and the verdict is asked for',
    child: { restart: asking },
    path: [...running, 'exited', ...settled],
    cells: {
      start: refused,
      stop: ['stop.requested', 'child.stopped'],
      restart: ['restart.requested', ...nextLife],
      answered: ['restart.scheduled'],
    },
  },
  {
    state: 'settling',
    when: 'crashed, the verdict asked for and the group awaited',
    child: { restart: asking },
    path: [...running, 'exited'],
    cells: { answered: nothing, gone: nothing, drained: ['process.drained'] },
  },

  {
    state: 'backingOff',
    when: 'after a crash',
    path: [...running, 'exited', ...settled],
    cells: {
      ...deaf,
      start: refused,
      stop: ['stop.requested', 'child.stopped'],
      stopNow: ['stop.requested', 'child.stopped'],
      restart: ['restart.requested', ...nextLife],
      restartNow: ['restart.requested', ...nextLife],
      backoffElapsed: nextLife,
      signalled: ['signal.sent'],
    },
  },
  {
    state: 'backingOff',
    when: 'while the sweep still runs',
    path: [...running, 'exited', 'drained', 'gone'],
    cells: { stop: ['stop.requested'], stopNow: ['stop.requested'], backoffElapsed: nextLife },
  },

  ...(
    [
      ['stopped by a caller', {}, [...running, stopIt, 'exited', ...settled]],
      ['stopped before it began', {}, ['stop']],
      ['finished', { restart: 'temporary' }, [...running, { kind: 'exited', code: 0, signal: null }, ...settled]],
      ['failed', { restart: 'temporary' }, [...running, 'exited', ...settled]],
      ['failed to start', {}, ['start', 'spawnFailed']],
    ] as const
  ).map(([when, child, path]): DecisionRow => ({
    state: 'stopped',
    when,
    child,
    path,
    cells: {
      ...deaf,
      start: refused,
      stop: nothing,
      stopNow: nothing,
      restart: ['restart.requested', ...nextLife],
      restartNow: ['restart.requested', ...nextLife],
      // A fact is recorded, however late it comes.
      drained: ['process.drained'],
      signalled: ['signal.sent'],
    },
  })),
  {
    state: 'stopped',
    when: 'unkillable, its process alive',
    path: [...running, 'stopNow', 'unproven'],
    cells: {
      ...deaf,
      start: refused,
      stop: ['stop.requested'],
      stopNow: ['stop.requested'],
      restart: refused,
      restartNow: refused,
      exited: ['process.exited'],
      drained: ['process.drained'],
      signalled: ['signal.sent'],
      // The proof that was promised to one more stop.
      unproven: ['child.stopped'],
    },
  },
  {
    state: 'stopped',
    when: 'unkillable, its process dead and its group alive',
    path: [...running, 'stopNow', 'exited', 'drained', 'swept', 'unproven'],
    cells: { exited: nothing, restart: refused, stop: ['stop.requested'], gone: ['child.stopped'] },
  },
  ...(
    [
      ['asked to stop', ['stopNow']],
      ['asked to restart', ['restartNow']],
      ['asked to restart by a strategy', [byStrategy, 'splayElapsed', 'killTimeoutElapsed']],
      ['late, and nobody asked', ['runTimeout', 'splayElapsed', 'killTimeoutElapsed']],
    ] as const
  ).map(([who, path]): DecisionRow => ({
    state: 'settling',
    when: `unkillable (${who}), and dead after all, only the group awaited`,
    path: [...running, ...path, 'unproven', 'exited', 'drained', 'swept'],
    cells: { gone: ['child.stopped'], start: refused, restart: refused },
  })),
]

/** In `removed` there is no child any more: the verbs answer for what it was. */
export const removedCells: DecisionRow['cells'] = {
  ...deaf,
  start: refused,
  stop: nothing,
  stopNow: nothing,
  restart: refused,
  restartNow: refused,
}

export const inputNames = Object.keys(inputs) as readonly InputName[]
