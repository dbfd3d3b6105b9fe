import type { AnyActorRef } from 'xstate'
import type { RecordedEvent } from '../events/event.ts'
import type { ChildContext } from '../machines/child-chart.ts'
import type { ChildState } from '../machines/child-state.ts'
import type { LiveTree } from '../machines/live-tree.ts'
import { parentOf } from '../machines/stream-name.ts'
import { ROOT } from '../machines/tree.ts'
import { messageOf } from '../streams/message-of.ts'
import { childLogic, startChildActor, type ChildActor, type Owed } from './child-actor.ts'
import { guardedInspect, startSupervisorActor, type Inspect } from './supervisor-actor.ts'

export interface ActorsParts {
  readonly tree: LiveTree
  readonly owe: (owed: Owed) => void
  readonly inspect?: Inspect
  /** The inspector has thrown. */
  readonly failed: (message: string) => void
}

/** The XState side of a tree: the supervisor's actor, below it the children's, below a nested supervisor's its own. */
export interface Actors {
  evolve(event: RecordedEvent): void
  /** Called when every event so far has been evolved. */
  evolved(): void
  /** Brings a child to life where its log leaves it, owing nothing. */
  inherit(child: ChildState): void
  /** A child's chart, or a supervisor's (the root's, and with a trailing slash a nested one's). */
  of(stream: string): AnyActorRef | undefined
  supervisor(stream: string): AnyActorRef | undefined
}

interface Cast {
  readonly actor: ChildActor
  /** The life its chart is in: events of an earlier one are no longer its own. */
  incarnation: number
}

export function createActors({ tree, owe, inspect, failed }: ActorsParts): Actors {
  const logic = childLogic(owe, inspect !== undefined)
  const children = new Map<string, Cast>()
  const supervisors = new Map<string, AnyActorRef>()
  const starting = new Set<string>()
  const rootId = tree.links.get(ROOT)?.policy.id ?? 'root'
  const guarded = inspect === undefined ? {} : { inspect: guardedInspect(inspect, (error) => failed(messageOf(error))) }
  supervisors.set(ROOT, startSupervisorActor({ id: rootId, stream: ROOT, ...guarded }))

  const cast = (context: ChildContext, name: ChildState['name'], incarnation: number): void => {
    const { stream, id, kind } = context
    const parent = supervisors.get(parentOf(stream))
    if (parent === undefined) return
    const actor = startChildActor(logic, context, parent, name)
    children.set(stream, { actor, incarnation })
    if (kind === 'supervisor') supervisors.set(stream, startSupervisorActor({ id, stream, parent: actor }))
  }

  // By the event alone. The tree may be further by now than what is told: it may even have dropped the child, which has
  // moved and takes along what it still comes to owe here.
  const appear = ({ stream, child: id = stream, data, incarnation = 0 }: RecordedEvent<'child.added'>): void => {
    const { kind, adopted } = data
    const name = adopted === undefined ? 'initial' : (adopted as unknown as ChildState).name
    cast({ stream, id, kind }, name, incarnation)
  }

  const evolve = (event: RecordedEvent): void => {
    if (event.type === 'child.added') appear(event)
    if (isSupervisors(event)) {
      supervisors.get(event.stream)?.send(event)
      if (event.type === 'supervisor.started') starting.add(event.stream)
      return
    }
    const acting = children.get(event.stream)
    if (acting === undefined) {
      supervisors.get(event.stream)?.send(event)
      return
    }
    if (event.incarnation !== undefined) {
      if (event.incarnation < acting.incarnation) return
      acting.incarnation = event.incarnation
    }
    // What was adopted is where it is, whatever led there.
    if (event.type === 'child.added' && event.data.adopted !== undefined) return
    acting.actor.send(event)
    if (event.type === 'child.removed' || event.type === 'child.released') {
      children.delete(event.stream)
      supervisors.delete(event.stream)
    }
  }

  return {
    evolve,
    evolved() {
      for (const stream of starting) {
        if (tree.supervisor(stream)?.phase === 'starting') continue
        starting.delete(stream)
        supervisors.get(stream)?.send({ type: 'startup.completed' })
      }
    },
    inherit: ({ stream, name, view: { id, kind, incarnation } }) => cast({ stream, id, kind }, name, incarnation),
    of: (stream) => children.get(stream)?.actor,
    supervisor: (stream) => supervisors.get(stream),
  }
}

function isSupervisors({ type }: RecordedEvent): boolean {
  return type.startsWith('supervisor.') || type === 'intensity.exceeded' || type.startsWith('journal.')
}
