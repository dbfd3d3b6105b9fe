import type { RecordedEvent } from '../events/event.ts'
import { placeOf, type ChildState, type ChildStateName } from '../machines/child-state.ts'
import { childTable } from '../machines/fold-child.ts'
import type { PublicState } from '../machines/view.ts'

/** What an event means for a promise: kept, broken, or nothing yet. */
export type Judge = (event: RecordedEvent) => 'kept' | 'broken' | undefined

/** At rest for good, until somebody asks for more. */
export const isStopped = (name: ChildStateName): boolean => name === 'stopped' || name === 'removed'

/** A start is over when the child is ready; a one-shot's when it has succeeded. Whatever else brings it to rest fails it. */
export function settlesStart(oneShot: boolean): Judge {
  return (event) => {
    switch (event.type) {
      case 'child.ready':
        return oneShot ? undefined : 'kept'
      case 'child.stopped':
        return oneShot && event.data.outcome === 'exited' ? 'kept' : 'broken'
      case 'child.removed':
        return 'broken'
      default:
        return undefined
    }
  }
}

/** The same, for one who has no use for a child that has moved: what it becomes elsewhere is its new owner's. */
export function settlesStartHere(oneShot: boolean): Judge {
  const settles = settlesStart(oneShot)
  return (event) => (event.type === 'child.released' ? 'broken' : settles(event))
}

/** Follows the chart event by event, so that a state which lasts only within one batch is not missed. */
export function reachesState(from: ChildState, wanted: PublicState): Judge {
  let { name } = from
  return (event) => {
    // Whoever moved is neither removed nor gone.
    if (event.type === 'child.released') return undefined
    name = childTable.next(name, event.type) ?? name
    if (placeOf(name).state === wanted) return 'kept'
    return isStopped(name) ? 'broken' : undefined
  }
}
