import { ROOT } from '../machines/tree.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { ChildHandle } from './child-handle.ts'
import { withInside } from './inside.ts'
import type { Supervisor } from './handles.ts'
import { createSupervision, type MakeHandle, type Supervision } from './supervision.ts'
import type { SupervisionOptions } from './supervision-options.ts'
import { SupervisorHandle } from './supervisor-handle.ts'

/** Makes a tree with its first children registered, and gives the handle of its root. */
export function createTree(options: SupervisionOptions, children: readonly ChildSpec[]): Supervisor {
  const supervision = createSupervision(options, makeHandle)
  supervision.dispatch.turn(() => {
    for (const child of children) supervision.add(ROOT, child)
  })
  // It may have been made within a turn of another tree, and its actors are there all the same.
  supervision.dispatch.evolve()
  return makeSupervisor(supervision, options.policy.id, ROOT)
}

export const makeHandle: MakeHandle = (place, spec) => {
  const nested = spec.kind === 'supervisor' ? makeSupervisor(place.home, spec.id, place.stream) : undefined
  return new ChildHandle(place, spec, nested)
}

/** The handle of a supervisor, the root's or a nested one's. */
export function makeSupervisor(supervision: Supervision, id: string, stream: string): SupervisorHandle {
  const { ports, dispatch } = supervision
  return withInside(new SupervisorHandle(supervision, id, stream), {
    clock: ports.clock,
    platformTether: ports.host.support.tether,
    callbackFailed: (failure) => void dispatch.apply({ of: 'callbackFailed', stream, failure }),
  })
}
