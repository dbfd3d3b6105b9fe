import type { SupervisorPolicy } from '../machines/live-tree.ts'
import type { SupervisorSpec } from '../spec/child-spec.ts'

/** The rules of a nested supervisor. */
export function nestedPolicy(spec: SupervisorSpec): SupervisorPolicy {
  const { id, strategy, autoShutdown, intensity, children } = spec
  const declared = new Set(children.map((child) => child.id))
  return { id, strategy, autoShutdown, declared, ...(intensity === undefined ? {} : { intensity }) }
}
