import { createActor, type ActorRefFrom, type AnyActorRef } from 'xstate'
import type { RecordedEvent } from '../events/event.ts'
import { childChart } from '../machines/child-chart.ts'
import type { ChildState } from '../machines/child-state.ts'

/** What the chart's actions ask for. Each is owed until the live state says otherwise. */
export type OwedKind =
  | 'spawn'
  | 'signalStop'
  | 'signalKill'
  | 'killRemnants'
  | 'askPolicy'
  | 'withdrawQuestion'
  | 'armReadyTimeout'
  | 'armRunTimeout'
  | 'armSplay'
  | 'armKillTimeout'
  | 'armVerify'
  | 'armBackoff'
  | 'disarmReadyTimeout'
  | 'disarmSplay'
  | 'disarmBackoff'
  | 'disarmLife'

const kinds: readonly OwedKind[] = [
  'spawn',
  'signalStop',
  'signalKill',
  'killRemnants',
  'askPolicy',
  'withdrawQuestion',
  'armReadyTimeout',
  'armRunTimeout',
  'armSplay',
  'armKillTimeout',
  'armVerify',
  'armBackoff',
  'disarmReadyTimeout',
  'disarmSplay',
  'disarmBackoff',
  'disarmLife',
]

/** Something a state owes the world, as the chart's action stated it. */
export interface Owed {
  readonly kind: OwedKind
  readonly stream: string
  /** The event whose transition owes it. */
  readonly event: RecordedEvent
}

export type ChildActor = ActorRefFrom<typeof childChart>

/**
 * The live chart of one tree: the bare one, whose named actions now enqueue what is owed. Made once per tree, because
 * `provide` copies the machine.
 */
export function childLogic(owe: (owed: Owed) => void): typeof childChart {
  const actions = Object.fromEntries(
    kinds.map((kind) => [
      kind,
      ({ context, event }: { context: { stream: string }; event: RecordedEvent }) =>
        owe({ kind, stream: context.stream, event }),
    ]),
  )
  return childChart.provide({ actions })
}

/**
 * Brings a child's actor to life below its supervisor's. XState's own `spawnChild` copies the map of all children for
 * each one it adds, which is quadratic; an actor that is created with a parent is as much a child, and costs the same
 * however many there are. The id is the stream: URI-encoded and led by a slash, so that no id can be `__proto__`.
 */
export function startChildActor(logic: typeof childChart, child: ChildState, parent: AnyActorRef): ChildActor {
  const { stream, view } = child
  const actor = createActor(logic, { parent, id: stream, input: { stream, id: view.id, kind: view.kind } })
  return actor.start()
}
