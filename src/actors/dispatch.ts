import type { ErrorCode } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { ChildState } from '../machines/child-state.ts'
import { decide } from '../machines/decide.ts'
import type { Input } from '../machines/input.ts'
import type { LiveTree } from '../machines/live-tree.ts'
import type { Clock, Random } from '../ports.ts'
import type { Owed } from './child-actor.ts'
import type { Recorder } from './recorder.ts'
import type { TurnParty, Turns } from './turns.ts'

/** What a turn does with the parts of a tree. */
export interface DispatchParts extends Omit<TurnParty, 'commit'> {
  readonly turns: Turns
  readonly tree: LiveTree
  readonly clock: Clock
  readonly random: Random
  readonly recorder: Recorder
  /** Called for each batch that became truth, before anything else sees it: keeps who-is-who up to date. */
  adopted(events: readonly RecordedEvent[], dropped: readonly ChildState[]): void
}

/** The single door into a tree. */
export interface Dispatch {
  /**
   * Decides on one input and makes the decision truth, at once: when this returns, a command was accepted or refused.
   * What follows from it happens in this call too, or in the turn that is already under way.
   */
  apply(input: Input): ErrorCode | undefined
  /** Several inputs as one turn. */
  turn<T>(work: () => T): T
  owe(owed: Owed): void
  /** Brings the actors up to date at once, also where a turn is under way. */
  evolve(): void
  /** Runs a turn for what has come up outside of one. */
  resume(): void
}

/**
 * Decides and records, one input at a time; the turn does the rest.
 *
 * Re-entrant inputs — of subscribers, inspectors, callbacks — are decided upon at once, because at any point of a turn
 * the tree is whole; but their events stand behind all earlier ones in every queue.
 */
export function createDispatch(parts: DispatchParts): Dispatch {
  const { tree, clock, random, recorder, turns } = parts
  const party: TurnParty = {
    evolve: (event) => parts.evolve(event),
    evolved: () => parts.evolved(),
    commit: () => recorder.commit(),
    perform: (owed) => parts.perform(owed),
    publish: (events) => parts.publish(events),
    start: () => parts.start(),
  }

  const draw = (): number => random.next()

  const accept = (input: Input): ErrorCode | undefined => {
    const { draft, refused } = decide(tree, input, { at: clock.at(), mono: clock.mono() }, draw)
    if (refused !== undefined || draft.events.length === 0) {
      // Nothing to tell, but a note may have been taken.
      if (refused === undefined) draft.adopt()
      return refused
    }
    recorder.append(draft.events)
    draft.adopt()
    parts.adopted(draft.events, draft.dropped)
    turns.record(party, draft.events)
    const due = recorder.due()
    if (due !== undefined) accept(due)
    return undefined
  }

  const turn = <T>(work: () => T): T => turns.run(party, work)

  return {
    apply: (input) => turn(() => accept(input)),
    turn,
    owe: (effect) => turns.owe(party, effect),
    evolve: () => turns.evolve(),
    resume: () => turn(() => undefined),
  }
}
