import type { SupervisorPolicy } from '../machines/live-tree.ts'
import type { ChildSpec } from '../spec/child-spec.ts'

/** The rules of a nested supervisor, from its spec. */
export function nestedPolicy(spec: Extract<ChildSpec, { kind: 'supervisor' }>): SupervisorPolicy {
  const { id, strategy, autoShutdown, intensity, children } = spec
  const declared = new Set(children.map((child) => child.id))
  return { id, strategy, autoShutdown, declared, ...(intensity === undefined ? {} : { intensity }) }
}
