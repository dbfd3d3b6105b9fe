import { createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect'
import { BehaviorSubject, type Observable } from 'rxjs'
import { stateName } from './state-name.ts'

/** One actor, as far as the relay has told. */
export interface WatchedActor {
  readonly name: string
  readonly parentId: string | undefined
  /** The chart it runs, as plain data. */
  readonly chart: unknown
  /** Every state it was seen in, the live one last: `starting.probing`. */
  readonly states: readonly string[]
}

export type WatchedActors = ReadonlyMap<string, WatchedActor>

/**
 * The receiving side, in this program or another: every actor by its session id, anew with each change. Ends when the
 * relay does.
 *
 * A message carries the time at which it was made, a turn after what it tells: what happened when is in the supervisor's
 * own events, not here.
 */
export function watchActors(url: string): Observable<WatchedActors> {
  const actors$ = new BehaviorSubject<WatchedActors>(new Map())
  createWebSocketReceiver({ server: url }).subscribe((event) => {
    const actor = learn(actors$.value.get(event.sessionId), event)
    if (actor !== undefined) actors$.next(new Map(actors$.value).set(event.sessionId, actor))
  })
  return actors$.asObservable()
}

function learn(known: WatchedActor | undefined, event: StatelyInspectionEvent): WatchedActor | undefined {
  switch (event.type) {
    case '@xstate.actor': {
      // Its snapshot is the one of the turn after, which the messages that follow have not come to yet: states come from
      // them alone.
      const { name, parentId, definition = 'null' } = event
      return { name, parentId, chart: JSON.parse(definition), states: known?.states ?? [] }
    }
    case '@xstate.snapshot': {
      const state = stateName(event.snapshot)
      return known === undefined || known.states.at(-1) === state
        ? undefined
        : { ...known, states: [...known.states, state] }
    }
    case '@xstate.event':
      return undefined
  }
}
