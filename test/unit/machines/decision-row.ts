import type { ErrorCode } from '../../../src/errors.ts'
import type { EventType } from '../../../src/events/event.ts'
import type { ChildStateName } from '../../../src/machines/child-state.ts'
import type { ChildInput } from '../../../src/machines/input.ts'
import type { InputName } from './staging.ts'

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

export const refused = 'ERR_INVALID_STATE'
export const nothing: readonly EventType[] = []

/** Nothing follows from any observation, unless the row says otherwise. */
export const deaf = {
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
export const { spawned: _spawned, spawnFailed: _spawnFailed, ...spawnedAlready } = deaf

export const nextLife: readonly EventType[] = ['restart.due', 'spawn.requested']
export const toTheTop: readonly EventType[] = ['splay.elapsed', 'killTimeout.elapsed']

export const running: readonly InputName[] = ['start', 'spawned', 'ready']
export const asking = { type: 'permanent', onUnexpectedExit: () => true }
export const stopIt = { kind: 'stop', now: false, cause: 'operator' } as const
export const byStrategy = { kind: 'restart', now: false, cause: 'strategy' } as const
export const settled = ['drained', 'gone', 'swept'] as const
