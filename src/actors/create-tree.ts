import { ROOT } from '../machines/tree.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { ChildHandle } from './child-handle.ts'
import { createSupervision, type Supervision, type SupervisionOptions } from './supervision.ts'
import { SupervisorHandle } from './supervisor-handle.ts'
import type { Supervisor } from './handles.ts'

/** Makes a tree with its first children registered, and gives the handle of its root. */
export function createTree(options: SupervisionOptions, children: readonly ChildSpec[]): Supervisor {
  const supervision = createSupervision(options, makeHandle)
  supervision.dispatch.turn(() => {
    for (const child of children) supervision.add(ROOT, child)
  })
  return new SupervisorHandle(supervision, options.policy.id, ROOT)
}

function makeHandle(supervision: Supervision, stream: string, spec: ChildSpec): ChildHandle {
  const nested = spec.kind === 'supervisor' ? new SupervisorHandle(supervision, spec.id, stream) : undefined
  return new ChildHandle(supervision, stream, spec, nested)
}
