import { deaf, nextLife, nothing, refused, running, settled, stopIt, type DecisionRow } from './decision-row.ts'

export const restingRows: readonly DecisionRow[] = [
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
      // A fact is recorded, however late it comes, and once.
      drained: path.some((input) => input === 'drained') ? nothing : ['process.drained'],
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
]
