import type { ChildKind, Json, RecordedSpec } from '../events/event.ts'
import type { ChildSpec } from './child-spec.ts'
import { normalizeChild } from './normalize-child.ts'

/** What a description says of the rules of a child; the rest (its command, its environment) decides nothing. */
const rules = ['after', 'stop', 'restart', 'readyTimeoutMs', 'runTimeoutMs', 'reloadSignal', 'significant'] as const
const supervisorRules = ['after', 'restart', 'significant', 'strategy', 'intensity', 'autoShutdown'] as const

const platform = { platformTether: true }

/**
 * A spec with the rules of a child as a log tells them, so that it can be decided upon without the program that wrote
 * it. Its command is none, since a log need not hold the whole of one, and a callback is in no log.
 */
export function specFromLog(id: string, added: RecordedSpec & { readonly kind: ChildKind }): ChildSpec {
  const described = isRecord(added.spec) ? added.spec : {}
  const told: Record<string, unknown> = {}
  for (const name of added.kind === 'supervisor' ? supervisorRules : rules) {
    if (Object.hasOwn(described, name)) told[name] = endless(described[name] ?? null)
  }
  const restart = isRecord(told['restart']) ? { ...told['restart'] } : {}
  delete restart['onUnexpectedExit']
  told['restart'] = { ...restart, type: added.restart, limit: endless({ ...added.limit }) }
  told['significant'] = added.significant
  if (added.kind === 'supervisor') return normalizeChild({ id, kind: 'supervisor', ...told }, platform)
  const spawned = described['ready'] === undefined
  const process = { id, command: 'recorded', ...(added.oneShot ? { oneShot: true } : {}) }
  return normalizeChild({ ...process, ...told, ...(spawned ? {} : { ready: 'manual' }) }, platform)
}

/** A log holds null where the spec says `Infinity`. */
function endless(value: Json): unknown {
  if (value === null) return Infinity
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, endless(member)]))
}

function isRecord(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
