import type { ErrorCode } from '../errors.ts'
import type { ChildState, ChildStateName } from './child-state.ts'
import { recordOf, type Draft } from './draft.ts'
import type { ChildInput, ChildInputKind } from './input.ts'
import { canBeKilled, graceOver } from './ladder.ts'
import * as life from './life.ts'
import { readyToBegin } from './regroup.ts'
import * as verbs from './verbs.ts'

/**
 * What an input means in a state. A command may be refused with a code; an observation that comes too late for the
 * state it is about means nothing, and says so by name.
 */
export type Cell<K extends ChildInputKind> = (
  draft: Draft,
  child: ChildState,
  input: Extract<ChildInput, { readonly kind: K }>,
  incarnation: number,
) => ErrorCode | undefined | void

export type Row = { readonly [K in ChildInputKind]: Cell<K> }

/** Nothing follows: the wish is fulfilled already, or the news is old. */
export const nothing = (): void => {}
/** The verb does not exist in this state. */
export const refused = (): ErrorCode => 'ERR_INVALID_STATE'

const splayElapsed: Cell<'splayElapsed'> = (draft, child) => recordOf(draft, child, 'splay.elapsed', {})
const killTimeoutElapsed: Cell<'killTimeoutElapsed'> = graceOver
const remnantsOutlived: Cell<'killTimeoutElapsed'> = (draft, child) => {
  if (canBeKilled(draft, child.stream)) graceOver(draft, child)
}
const readyTimeout: Cell<'readyTimeout'> = (draft, child) => life.timedOut(draft, child, 'ready.timedOut')
const runTimeout: Cell<'runTimeout'> = (draft, child) => life.timedOut(draft, child, 'run.timedOut')
const backoffElapsed: Cell<'backoffElapsed'> = (draft, child) => {
  if (readyToBegin(draft, child)) recordOf(draft, child, 'restart.due', { cause: child.ended?.cause ?? 'crash' })
}

/** Before a life and after it: there is nothing to observe but the ends of earlier lives. */
const lifeless: Row = {
  start: refused,
  stop: verbs.stop,
  restart: verbs.restart,
  spawned: nothing,
  spawnFailed: nothing,
  ready: nothing,
  exited: nothing,
  drained: nothing,
  gone: nothing,
  swept: life.swept,
  signalled: life.signalled,
  readyTimeout: nothing,
  runTimeout: nothing,
  splayElapsed: nothing,
  killTimeoutElapsed: nothing,
  backoffElapsed: nothing,
  unproven: nothing,
  answered: nothing,
}

/** Of a life that has no process yet nothing was signalled: it is an earlier one's escapee, or no news at all. */
const signalledBefore: Cell<'signalled'> = (draft, child, input, incarnation) =>
  incarnation < child.view.incarnation ? life.signalled(draft, child, input, incarnation) : undefined

/** While a process lives, or might: an exit is believed. What comes after an exit cannot come before it. */
const living: Row = { ...lifeless, exited: life.exited }

const stopping: Row = {
  ...living,
  stop: verbs.stopAgain,
  restart: verbs.restartAgain,
  // A spawn that was under way when the stop came: born into its ladder, or dropped.
  spawned: life.spawned,
  spawnFailed: life.spawnFailed,
}

/** Every state × every input. The unit tests go through it cell by cell. */
export const childDecisions: { readonly [S in ChildStateName]: Row } = {
  initial: { ...lifeless, start: verbs.start, restart: verbs.start, signalled: nothing },
  waiting: lifeless,
  spawning: { ...lifeless, spawned: life.spawned, spawnFailed: life.spawnFailed, signalled: signalledBefore },
  probing: { ...living, ready: life.ready, readyTimeout, runTimeout },
  running: { ...living, runTimeout },
  splaying: { ...stopping, splayElapsed },
  terminating: { ...stopping, killTimeoutElapsed },
  killing: { ...stopping, unproven: life.unproven },
  settling: {
    ...lifeless,
    stop: verbs.stopSettling,
    restart: verbs.restartSettling,
    drained: life.drained,
    gone: life.gone,
    killTimeoutElapsed: remnantsOutlived,
    unproven: life.unproven,
    answered: life.answered,
  },
  backingOff: { ...lifeless, backoffElapsed },
  stopped: {
    ...lifeless,
    stop: verbs.stopResting,
    restart: verbs.restartResting,
    exited: life.exitedLate,
    drained: life.drained,
    gone: life.gone,
    unproven: life.stillUnproven,
  },
  removed: { ...lifeless, stop: nothing, restart: refused, swept: nothing, signalled: nothing },
}
