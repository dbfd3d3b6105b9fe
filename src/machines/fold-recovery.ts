import type { RecordedEvent, RecordedSpec } from '../events/event.ts'
import type { ChildState } from './child-state.ts'
import { supervisorTable } from './fold-supervisor.ts'
import { members, type SupervisorState } from './supervisor-state.ts'
import { ROOT, type TreeStore } from './tree.ts'
import { append, emptyVector, items, type Vector } from './vector.ts'
import type { ChildView } from './view.ts'

/**
 * A tree in the hands of another host: every supervisor is as before its start, those of its children that were given
 * again come first, in their order, and nobody is awaited. Monotonic times of an earlier boot mean nothing in this one.
 */
export function foldRecovery(store: TreeStore, event: RecordedEvent<'supervisor.recovered'>): void {
  const { id, strategy, autoShutdown, intensity = null, host } = event.data
  const places = new Map(event.data.order.map((stream, place) => [stream, place]))
  const changes = new Map(event.data.changed.map((change) => [change.stream, change]))
  const recover = (supervisor: SupervisorState): void => {
    const children = [...items(supervisor.roster)]
      .flatMap(({ stream }) => store.child(stream) ?? [])
      .toSorted((a, b) => (places.get(a.stream) ?? Infinity) - (places.get(b.stream) ?? Infinity) || a.slot - b.slot)
    let roster: Vector<ChildView> = emptyVector
    for (const child of children) {
      const now = recoverChild(child, roster.length, event.data.rebooted)
      store.setChild(child.stream, withRules(now, changes.get(child.stream)))
      roster = append(roster, child.view)
    }
    for (const stream of supervisor.beside) {
      const child = store.child(stream)
      if (child !== undefined) store.setChild(stream, recoverChild(child, child.slot, event.data.rebooted))
    }
    const { phase, since, recovered, history } = supervisor
    const next = supervisorTable.next(phase, event.type) ?? phase
    const isRoot = supervisor.stream === ROOT
    store.setSupervisor(supervisor.stream, {
      ...supervisor,
      strategy: changes.get(supervisor.stream)?.strategy ?? supervisor.strategy,
      ...(isRoot ? { id, strategy, autoShutdown, intensity, host } : {}),
      phase: next,
      outcome: null,
      since: next === phase ? since : event.at,
      roster,
      awaiting: 0,
      ran: false,
      // A host that ends between a recovery and the start it was for takes nothing away from that start.
      recovered: { seq: recovered?.seq ?? event.seq, all: event.data.ended === 'clean' || recovered?.all === true },
      history: event.data.rebooted ? [] : history,
      ending: null,
    })
    for (const stream of members(supervisor)) {
      const nested = store.supervisor(stream)
      if (nested !== undefined) recover(nested)
    }
  }
  const root = store.supervisor(ROOT)
  if (root !== undefined) recover(root)
}

function recoverChild(child: ChildState, slot: number, rebooted: boolean): ChildState {
  const here = { ...child, slot, awaited: false }
  if (!rebooted) return here
  return { ...here, history: [], readyMono: child.readyMono === null ? null : 0, askedMono: null, endedMono: 0 }
}

function withRules(child: ChildState, changed: RecordedSpec | undefined): ChildState {
  if (changed === undefined) return child
  const { restart, oneShot, significant, limit, spec, fingerprint = null } = changed
  return { ...child, restart, oneShot, significant, limit, spec, fingerprint }
}
