import {
  createActor,
  type ActorRefFrom,
  type AnyActorRef,
  type SnapshotFrom,
  type StateValue,
  type StateValueMap,
} from 'xstate'
import type { RecordedEvent } from '../events/event.ts'
import { childChart, type ChildContext } from '../machines/child-chart.ts'
import type { ChildStateName } from '../machines/child-state.ts'
import { childTable } from '../machines/fold-child.ts'

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

type ChildSnapshot = SnapshotFrom<typeof childChart>

/** Where an event leads from a state, and what that owes. */
interface Cell {
  readonly to: ChildSnapshot
  readonly owes: readonly OwedKind[]
}

/**
 * The live chart of one tree: the bare one, whose named actions now enqueue what is owed. Made once per tree, because
 * `provide` copies the machine.
 *
 * A chart without guards is a table, so each cell is asked of the machine once and remembered: its macrostep was almost
 * half of what a recorded event cost. Whoever is `watched` by an inspector has the machine itself, with the microsteps
 * and actions that an inspector is told of.
 */
export function childLogic(owe: (owed: Owed) => void, watched: boolean): typeof childChart {
  // While a cell is asked for, what its actions state is written down for the next time.
  let asked: OwedKind[] = []
  const actions = Object.fromEntries(
    kinds.map((kind) => [
      kind,
      ({ context, event }: { context: { stream: string }; event: RecordedEvent }) => {
        asked.push(kind)
        owe({ kind, stream: context.stream, event })
      },
    ]),
  )
  const logic = childChart.provide({ actions })
  if (watched) return logic

  const ask = logic.transition.bind(logic)
  const flat = new Map<string, Map<string, Cell>>()
  // Weak: a restored actor brings a value of its own for where it begins.
  const nested = new WeakMap<StateValueMap, Map<string, Cell>>()
  const rowOf = (value: StateValue): Map<string, Cell> => {
    const known = typeof value === 'string' ? flat.get(value) : nested.get(value)
    if (known !== undefined) return known
    const row = new Map<string, Cell>()
    if (typeof value === 'string') flat.set(value, row)
    else nested.set(value, row)
    return row
  }
  logic.transition = (snapshot, event, scope) => {
    // Where it is, is one of the few values that the cells hold: to be told apart by identity is enough.
    const row = rowOf(snapshot.value)
    const cell = row.get(event.type)
    if (cell === undefined) {
      asked = []
      const to = ask(snapshot, event, scope)
      row.set(event.type, { to, owes: asked })
      return to
    }
    const { context, children } = snapshot
    for (const kind of cell.owes) owe({ kind, stream: context.stream, event })
    return { ...cell.to, context, children }
  }
  return logic
}

/**
 * Brings a child's actor to life below its supervisor's. XState's own `spawnChild` copies the map of all children for
 * each one it adds, which is quadratic; an actor that is created with a parent is as much a child, and costs the same
 * however many there are. `name`: where in its life it is. The id is the stream: URI-encoded and led by a slash, so that no id can be `__proto__`.
 */
export function startChildActor(
  logic: typeof childChart,
  context: ChildContext,
  parent: AnyActorRef,
  name: ChildStateName,
): ChildActor {
  const { stream: id } = context
  if (name === 'initial') return createActor(logic, { parent, id, input: context }).start()
  // Restored rather than led there: what a state owes on entry was done, or is owed still, where it was entered.
  const snapshot = logic.resolveState({ value: childTable.value(name), context })
  return createActor(logic, { parent, id, input: context, snapshot }).start()
}
