import type { RecordedEvent } from '../events/event.ts'
import type { Owed } from './child-actor.ts'

/** One tree, as far as its turns are concerned. */
export interface TurnParty {
  /** Sends an event to its actor; whatever that owes comes to `owe`. */
  evolve(event: RecordedEvent): void
  evolved(): void
  commit(): void
  /** Does what is owed, if it still is. */
  perform(owed: Owed): void
  publish(events: readonly RecordedEvent[]): void
  /** Issues queued spawns. */
  start(): void
}

/** The turns of all trees of this host: one at a time, whoever calls whom. */
export interface Turns {
  /** Runs `work` as a turn of this tree, or as part of the turn that is already under way. */
  run<T>(party: TurnParty, work: () => T): T
  record(party: TurnParty, events: readonly RecordedEvent[]): void
  owe(party: TurnParty, owed: Owed): void
  /** Brings the actors up to date, in the middle of a turn as well. */
  evolve(): void
}

type Queued<T> = readonly [party: TurnParty, item: T]

/**
 * One turn: work → evolve, until no event is left; then commit, then signals and timers, then publish, then starts; and
 * again, while anything has come of that. So an intent is durable before its effect, a mass operation costs one commit,
 * no exit waits behind a spawn, and every subscriber sees the order of the journal.
 *
 * The queues are those of all trees together. A child may go from one tree to another in the middle of a turn of either:
 * what its old tree still has to do and to tell of it comes first then, at every stage, without anybody waiting for it.
 */
export function createTurns(): Turns {
  let unevolved: Queued<RecordedEvent>[] = []
  let owed: Queued<Owed>[] = []
  let outbox: Queued<RecordedEvent>[] = []
  let touched = new Set<TurnParty>()
  let busy = false
  let evolving = false

  const evolve = (): void => {
    // An inspector that gives a command from within `evolve` ends here again: the outer loop takes its events up.
    if (evolving) return
    evolving = true
    try {
      while (unevolved.length > 0) {
        const queued = unevolved
        unevolved = []
        for (const [party, event] of queued) party.evolve(event)
      }
      for (const party of touched) party.evolved()
    } finally {
      evolving = false
    }
  }

  const pass = (): void => {
    evolve()
    const parties = touched
    touched = new Set()
    for (const party of parties) party.commit()
    // Only what is committed by now may have effects, and may be told; what effects bring up (a signal that was sent) waits
    // for the next pass.
    const due = owed
    const told = outbox
    owed = []
    outbox = []
    for (const [party, effect] of due) party.perform(effect)
    const quiet = new Set(parties)
    for (const [party, events] of runs(told)) {
      quiet.delete(party)
      party.publish(events)
    }
    for (const party of quiet) party.publish([])
    for (const party of parties) party.start()
  }

  return {
    evolve,
    run(party, work) {
      touched.add(party)
      if (busy) return work()
      busy = true
      try {
        const result = work()
        do pass()
        while (touched.size > 0)
        return result
      } finally {
        busy = false
      }
    },
    record(party, events) {
      touched.add(party)
      for (const event of events) {
        unevolved.push([party, event])
        outbox.push([party, event])
      }
    },
    owe(party, effect) {
      touched.add(party)
      owed.push([party, effect])
    },
  }
}

/** What follows each other in one tree, together. */
function* runs(queue: readonly Queued<RecordedEvent>[]): Generator<readonly [TurnParty, readonly RecordedEvent[]]> {
  let of: TurnParty | undefined
  let run: RecordedEvent[] = []
  for (const [party, event] of queue) {
    if (of !== undefined && party !== of) {
      yield [of, run]
      run = []
    }
    of = party
    run.push(event)
  }
  if (of !== undefined) yield [of, run]
}
