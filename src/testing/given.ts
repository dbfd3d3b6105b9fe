import { AssertionError } from 'node:assert'
import type { ErrorCode } from '../errors.ts'
import type { EventType, RecordedEvent } from '../events/event.ts'
import { supervisorViews } from '../machines/supervisor-state.ts'
import { ROOT } from '../machines/tree.ts'
import type { SupervisorView } from '../machines/view.ts'
import { normalizeSupervisor, type SupervisorOptions } from '../spec/supervisor-options.ts'
import { inputOf, type GivenCommand } from './given-command.ts'
import type { ShortEvent } from './given-event.ts'
import { tellHistory } from './given-history.ts'
import { specOf } from './given-spec.ts'
import { createStagedTree, type Added, type StagedTree } from './staged-tree.ts'

/** The rules under which is decided: of the supervisor, and of its children. */
export type GivenOptions = Pick<SupervisorOptions, 'id' | 'strategy' | 'intensity' | 'autoShutdown' | 'children'> & {
  /** In [0, 1): what splay and jitter are drawn with. Default: always 0, so nothing is left to chance. */
  readonly random?: (() => number) | undefined
}

/** A history, and what may happen next in it. It is never changed: the same one can be asked many times. */
export interface Given {
  /** The supervisor as it is at this point. */
  readonly view: SupervisorView
  /**
   * Lets one thing happen.
   * @throws {BroodError} ERR_CHILD_NOT_FOUND, ERR_INVALID_SPEC for a command that is none
   */
  when(command: GivenCommand): Decided
}

/** What was decided, and how the history goes on from there. */
export interface Decided extends Given {
  /** The whole batch, in order; empty where nothing follows. */
  readonly events: readonly RecordedEvent[]
  /** Why the command was not accepted; then there are no events. */
  readonly refused?: ErrorCode
  /** Claims that exactly these types of events are recorded, in this order. @throws {AssertionError} */
  then(types: readonly EventType[]): Given
  /** Claims that the command is refused with this code. @throws {AssertionError} */
  thenRefused(code: ErrorCode): Given
  /** Claims that it is accepted, or heard, and nothing is recorded. @throws {AssertionError} */
  thenNothing(): Given
}

/**
 * Tests a decision: after what is `given`, `when` this happens, `then` that is recorded. No process, no time, no promise:
 * it is the very function that decides in a running supervisor.
 *
 * `events` are recorded ones from seq 1 on (a whole log, or the beginning of one), short ones, or both. Short ones need
 * no `child.added` for `children`, which are registered first, and no `supervisor.started`: whatever follows the
 * registrations happens in a running supervisor. Without any event the supervisor is `initial`.
 *
 * What a log does not hold is taken as far as it follows from it; a strategy's restart under way does not: let it happen
 * by several `when`s instead.
 *
 * ```ts
 * given([{ type: 'start.requested' }, { type: 'spawn.requested' }], { children: [web] })
 *   .when({ spawned: 'web' })
 *   .then(['process.spawned', 'child.ready'])
 * ```
 *
 * @throws {BroodError} ERR_INVALID_SPEC, and what `createSupervisor` throws for `children`; ERR_INVALID_STATE for a
 * history that could not have been
 */
export function given(events: ReadonlyArray<RecordedEvent | ShortEvent> = [], options: GivenOptions = {}): Given {
  const { random = () => 0, ...rules } = options
  const { id, strategy, autoShutdown, intensity, children } = normalizeSupervisor(rules, { platformTether: true })
  const declared = new Set(children.map((child) => child.id))
  const policy = { id, strategy, autoShutdown, declared, ...(intensity === undefined ? {} : { intensity }) }
  return scene(() => {
    const staged = createStagedTree(policy, random)
    tellHistory(staged, events, children)
    return staged
  })
}

/** Steps are taken again for each question, so that no question changes what the next one is asked about. */
function scene(stage: () => StagedTree): Given {
  const views = supervisorViews()
  return {
    get view() {
      const root = stage().tree.supervisor(ROOT)
      if (root === undefined) throw new Error('A tree without a root')
      return views(root)
    },
    when(command) {
      const { events, refused } = happen(stage(), command)
      const next = scene(() => {
        const staged = stage()
        happen(staged, command)
        return staged
      })
      return decided(events, refused, next)
    },
  }
}

function decided(events: readonly RecordedEvent[], refused: ErrorCode | undefined, next: Given): Decided {
  const got = refused ?? events.map(({ type }) => type)
  const claim = (expected: string | readonly string[], holds: boolean): Given => {
    if (holds) return next
    const message = `Expected ${say(expected)}, got ${say(got)}`
    throw new AssertionError({ message, expected, actual: got, operator: 'then' })
  }
  return {
    get view() {
      return next.view
    },
    when: (command) => next.when(command),
    events,
    ...(refused === undefined ? {} : { refused }),
    // oxlint-disable-next-line unicorn/no-thenable -- `given, when, then` are the words; an `await` is told off below.
    then(types) {
      if (!Array.isArray(types)) throw new TypeError(`Expected the types of events, got ${typeof types}: do not await`)
      return claim(types, refused === undefined && types.join() === events.map(({ type }) => type).join())
    },
    thenRefused: (code) => claim(code, refused === code),
    thenNothing: () => claim([], refused === undefined && events.length === 0),
  }
}

const say = (what: string | readonly string[]): string =>
  typeof what === 'string' ? `a refusal with ${what}` : what.length === 0 ? 'no event' : what.join(', ')

function happen(staged: StagedTree, command: GivenCommand): Added {
  const { at, mono } = staged.now
  const { afterMs = 0 } = command
  staged.now = { at: at + afterMs, mono: mono + afterMs }
  if ('add' in command) return staged.add(ROOT, specOf(command.add))
  const { draft, refused } = staged.apply(inputOf(staged, command))
  return { events: draft.events, ...(refused === undefined ? {} : { refused }) }
}
