/** The state in a snapshot as a path; where an actor has no states, what its status is. */
export function stateName(snapshot: unknown): string {
  const { value, status } = Object(snapshot) as { readonly value?: unknown; readonly status?: unknown }
  return value === undefined ? String(status) : path(value)
}

function path(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([parent, child]) => `${parent}.${path(child)}`)
    .join(' & ')
}
