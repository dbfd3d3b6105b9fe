import type { EventData, Json } from '../events/event.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { normalizeChild } from '../spec/normalize-child.ts'

/** What a description says of the rules of a child; the rest (its command, its environment) decides nothing. */
const rules = ['after', 'stop', 'restart', 'readyTimeoutMs', 'runTimeoutMs', 'reloadSignal', 'significant'] as const
const supervisorRules = ['after', 'restart', 'significant', 'strategy', 'intensity', 'autoShutdown'] as const

const platform = { platformTether: true }

/** The spec of a child as its owner gave it, or a child of which nothing matters but its rules. */
export function specOf(options: unknown): ChildSpec {
  return normalizeChild(options, platform)
}

/**
 * The rules of a child as its `child.added` tells them, so that a log can be decided upon without the program that
 * wrote it. A callback is not in a log: there is none.
 */
export function specFromLog(id: string, added: EventData['child.added']): ChildSpec {
  const described = isRecord(added.spec) ? added.spec : {}
  const told: Record<string, unknown> = {}
  for (const name of added.kind === 'supervisor' ? supervisorRules : rules) {
    if (Object.hasOwn(described, name)) told[name] = endless(described[name] ?? null)
  }
  const restart = isRecord(told['restart']) ? { ...told['restart'] } : {}
  delete restart['onUnexpectedExit']
  told['restart'] = { ...restart, type: added.restart, limit: endless({ ...added.limit }) }
  told['significant'] = added.significant
  if (added.kind === 'supervisor') return specOf({ id, kind: 'supervisor', ...told })
  const spawned = described['ready'] === undefined
  return specOf({
    id,
    command: 'given',
    ...told,
    ...(added.oneShot ? { oneShot: true } : {}),
    ...(spawned ? {} : { ready: 'manual' }),
  })
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
