import type { ChildKind, EventData, Outcome, RecordedEvent, RecordedLimit } from '../../events/event.ts'
import type { Cause } from '../../events/exit.ts'
import type { ProcessIdentity } from '../../events/identity.ts'
import type { ChildState, ChildStateName } from '../../machines/child-state.ts'
import type { RestartType } from '../../machines/policy.ts'
import { parentOf } from '../../machines/stream-name.ts'
import { rulesOf, type Rules } from './rules.ts'

/**
 * One child as the events so far tell it: what the laws look at. Changed in place, unlike the fold's immutable nodes,
 * since nobody keeps an old one: a log is judged several times faster than it is folded.
 */
export interface Standing {
  readonly stream: string
  readonly id: string
  /** The stream of its supervisor. */
  readonly parent: string
  readonly kind: ChildKind
  readonly restart: RestartType
  readonly oneShot: boolean
  readonly limit: RecordedLimit
  /** Undefined where the log does not hold its spec, because it begins with a checkpoint. */
  readonly rules: Rules | undefined
  name: ChildStateName
  /** The number of the current or last life. */
  incarnation: number
  /** Where the current life is; a life that failed to begin has `ended`. */
  life: 'none' | 'intended' | 'begun' | 'ended'
  pid: number | null
  identity: ProcessIdentity | null
  /** The exit of the current life. */
  exit: Pick<EventData['process.exited'], 'code' | 'signal' | 'cause' | 'expected'> | undefined
  /** The last stop or restart of the current episode. */
  asked: { readonly kind: 'stop' | 'restart'; readonly cause: Cause; readonly now: boolean } | undefined
  /** It was late for being ready or done: its ladder began without anybody asking. */
  isOverdue: boolean
  /** Whether the current start is one attempt a caller waits for, or an automatic one that may be tried again. */
  startedBy: 'caller' | 'automatic'
  readyMono: number | undefined
  endedMono: number
  /** The number of its next automatic restart, for the backoff. */
  attempt: number
  /** Monotonic times of its automatic restarts that count, as far back as its limit can ask. */
  history: readonly number[]
  outcome: Outcome | undefined
  /** The current life began before the log did, or before a recovery: what happened in it is not all here. */
  isPartlyKnown: boolean
  /** The registrations to the left and right of it, where it has a place in the order. */
  left: Standing | undefined
  right: Standing | undefined
  /** Whose place it is to take, or who has taken its own: without a place it stands where that one stands. */
  beside: Standing | undefined
}

export function newStanding(event: RecordedEvent<'child.added'>): Standing {
  const { stream, child = '', data } = event
  const { kind, restart, oneShot, limit } = data
  return {
    stream,
    id: child,
    parent: parentOf(stream),
    kind,
    restart,
    oneShot,
    limit,
    rules: rulesOf(data),
    ...unborn,
  }
}

const unborn = {
  name: 'initial',
  incarnation: 0,
  life: 'none',
  pid: null,
  identity: null,
  exit: undefined,
  asked: undefined,
  isOverdue: false,
  startedBy: 'caller',
  readyMono: undefined,
  endedMono: 0,
  attempt: 0,
  history: [],
  outcome: undefined,
  isPartlyKnown: false,
  left: undefined,
  right: undefined,
  beside: undefined,
} satisfies Partial<Standing>

/** A child as a checkpoint (or an adoption) holds it. */
export function restoredStanding(child: ChildState, rules?: Rules): Standing {
  const { stream, parent, view, restart, oneShot, limit, name, pid, identity, ended, asked, attempt } = child
  return {
    ...unborn,
    stream,
    id: view.id,
    parent,
    kind: view.kind,
    restart,
    oneShot,
    limit,
    rules,
    name,
    incarnation: view.incarnation,
    life: lifeOf(child),
    pid,
    identity,
    exit: ended ?? undefined,
    asked: asked === null ? undefined : { ...asked, now: false },
    isOverdue: asked === null && child.ladder !== null,
    startedBy: child.startedBy,
    readyMono: child.readyMono ?? undefined,
    endedMono: child.endedMono,
    attempt,
    history: child.history,
    outcome: view.outcome,
    isPartlyKnown: true,
  }
}

function lifeOf({ exited, view, ended, spawnedMono }: ChildState): Standing['life'] {
  if (view.incarnation === 0) return 'none'
  if (exited || ended !== null) return 'ended'
  return spawnedMono === null ? 'intended' : 'begun'
}

/** It is on a ladder whose beginning the log may not hold: nothing follows from what is not seen. */
export const isOnUnknownLadder = (child: Standing | undefined): boolean =>
  child?.isPartlyKnown === true &&
  (child.name === 'splaying' || child.name === 'terminating' || child.name === 'killing' || child.name === 'settling')

/** At rest: nothing of it runs, and nothing will happen by itself. */
export const isAtRest = ({ name }: Standing): boolean => name === 'initial' || name === 'stopped' || name === 'removed'
