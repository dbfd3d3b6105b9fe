import type { SupervisorPolicy } from '../machines/live-tree.ts'
import type { SupervisorSpec } from './child-spec.ts'

/** The rules of a nested supervisor, as its spec tells them. */
export function nestedPolicy({ id, strategy, autoShutdown, intensity, children }: SupervisorSpec): SupervisorPolicy {
  const declared = new Set(children.map((child) => child.id))
  return { id, strategy, autoShutdown, declared, ...(intensity === undefined ? {} : { intensity }) }
}
