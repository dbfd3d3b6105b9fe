import type { ErrorCode } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { ChildState } from '../machines/child-state.ts'
import { decide } from '../machines/decide.ts'
import type { Input } from '../machines/input.ts'
import type { LiveTree } from '../machines/live-tree.ts'
import type { Clock, Random } from '../ports.ts'
import type { Owed } from './child-actor.ts'
import type { Recorder } from './recorder.ts'

/** What a turn does with the parts of a tree, in this order. */
export interface DispatchParts {
  readonly tree: LiveTree
  readonly clock: Clock
  readonly random: Random
  readonly recorder: Recorder
  /** Called for each batch that became truth, before anything else sees it: keeps who-is-who up to date. */
  adopted(events: readonly RecordedEvent[], dropped: readonly ChildState[]): void
  /** Sends an event to its actor; whatever that owes comes to `owe`. */
  evolve(event: RecordedEvent): void
  evolved(): void
  /** Does what is owed, if it still is. */
  perform(owed: Owed): void
  publish(events: readonly RecordedEvent[]): void
  /** Issues queued spawns. */
  start(): void
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
  /** Runs a turn for what has come up outside of one. */
  resume(): void
}

/**
 * One turn: decide → append → evolve, until no input is left; then commit, then signals and timers, then publish, then
 * starts; and again, while anything has come of that. So an intent is durable before its effect, a mass operation costs
 * one commit, no exit waits behind a spawn, and every subscriber sees the order of the journal.
 *
 * Re-entrant inputs — of subscribers, inspectors, callbacks — are decided upon at once, because at any point of a turn
 * the tree is whole; but their events stand behind all earlier ones in every queue below.
 */
export function createDispatch(parts: DispatchParts): Dispatch {
  const { tree, clock, random, recorder } = parts
  let unevolved: RecordedEvent[] = []
  let owed: Owed[] = []
  let outbox: RecordedEvent[] = []
  let busy = false
  let evolving = false

  const draw = (): number => random.next()

  const evolveAll = (): void => {
    // An inspector that gives a command from within `evolve` ends here again: the outer loop takes its events up.
    if (evolving) return
    evolving = true
    try {
      while (unevolved.length > 0) {
        const events = unevolved
        unevolved = []
        for (const event of events) parts.evolve(event)
      }
      parts.evolved()
    } finally {
      evolving = false
    }
  }

  const pass = (): void => {
    evolveAll()
    recorder.commit()
    // Only what is committed by now may have effects; what they bring up waits for the next pass.
    const due = owed
    owed = []
    for (const effect of due) parts.perform(effect)
    const events = outbox
    outbox = []
    parts.publish(events)
    parts.start()
  }

  const settle = (): void => {
    do pass()
    while (unevolved.length > 0 || owed.length > 0 || outbox.length > 0)
  }

  const turn = <T>(work: () => T): T => {
    if (busy) return work()
    busy = true
    try {
      const result = work()
      settle()
      return result
    } finally {
      busy = false
    }
  }

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
    for (const event of draft.events) {
      unevolved.push(event)
      outbox.push(event)
    }
    const due = recorder.due()
    if (due !== undefined) accept(due)
    return undefined
  }

  return {
    apply: (input) => turn(() => accept(input)),
    turn,
    owe: (effect) => void owed.push(effect),
    resume: () => turn(() => undefined),
  }
}
