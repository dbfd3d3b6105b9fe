import type { Dependency } from '../machines/policy.ts'
import type { AfterData } from './child-schema.ts'
import { noDependencies } from './defaults.ts'

/** What a child waits for, each sibling once. `ready` for a one-shot is judged as `completed`: only siblings know of it. */
export function dependencies(after: AfterData | undefined): readonly Dependency[] {
  if (after === undefined) return noDependencies
  const conditions: readonly Dependency[] = Array.isArray(after)
    ? [...new Set(after)].map((id) => Object.freeze({ id, condition: 'ready' }))
    : Object.entries(after).map(([id, condition]) => Object.freeze({ id, condition }))
  return conditions.length === 0 ? noDependencies : Object.freeze(conditions)
}
