import {
  createActor,
  type ActorLogic,
  type AnyActorRef,
  type EventObject,
  type InspectionEvent,
  type Observer,
  type Snapshot,
  type StateValue,
} from 'xstate'
import { supervisorTable } from '../machines/fold-supervisor.ts'
import { supervisorChart } from '../machines/supervisor-chart.ts'
import type { SupervisorPhase } from '../machines/view.ts'

/** What an inspector, or `actor.getSnapshot()`, sees of a supervisor: shaped like the snapshot of a machine. */
export type SupervisorSnapshot = Snapshot<undefined> & {
  readonly value: StateValue
  readonly context: { readonly id: string; readonly stream: string }
}

type SupervisorLogic = ActorLogic<SupervisorSnapshot, EventObject, undefined> & { readonly config: unknown }

/**
 * Custom logic that folds the supervisor chart. A machine as parent would die of a child's error and copy the map of
 * its children for each of them; this one has neither map nor error. Inspectors draw a logic that has a `config`.
 */
function supervisorLogic(id: string, stream: string): SupervisorLogic {
  return {
    config: supervisorChart.config,
    getInitialSnapshot: () => ({
      status: 'active',
      output: undefined,
      error: undefined,
      value: 'initial',
      context: { id, stream },
    }),
    // Children report here when they are done; that is no event of the supervisor, and leads nowhere in its table.
    transition(snapshot, event) {
      const next = supervisorTable.next(snapshot.value as SupervisorPhase, event.type)
      return next === undefined ? snapshot : { ...snapshot, value: next }
    },
    getPersistedSnapshot: (snapshot) => snapshot,
  }
}

export type Inspect = Observer<InspectionEvent> | ((event: InspectionEvent) => void)

interface SupervisorActorOptions {
  readonly id: string
  readonly stream: string
  readonly parent?: AnyActorRef
  readonly inspect?: (event: InspectionEvent) => void
}

export function startSupervisorActor({ id, stream, parent, inspect }: SupervisorActorOptions): AnyActorRef {
  const actor = createActor(supervisorLogic(id, stream), {
    id: parent === undefined ? id : `${stream}/`,
    ...(parent === undefined ? {} : { parent }),
    ...(inspect === undefined ? {} : { inspect }),
  })
  return actor.start()
}

/**
 * A guarded inspector: XState lets a throw of it through into `send`, where it would end up in the middle of a turn.
 * The first throw is told, and ends the inspection.
 */
export function guardedInspect(inspect: Inspect, failed: (error: unknown) => void): (event: InspectionEvent) => void {
  let broken = false
  return (event) => {
    if (broken) return
    try {
      if (typeof inspect === 'function') inspect(event)
      else inspect.next?.(event)
    } catch (error) {
      broken = true
      failed(error)
    }
  }
}
