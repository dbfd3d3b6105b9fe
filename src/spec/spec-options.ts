import { isCopiedRecord, type CopiedRecord } from './copied-record.ts'

/**
 * The options that say what a normalised spec says, so that a spec can stand wherever options can; what is no normalised
 * spec is given back as it is. Nothing is trusted: whatever is wrong with a spec that was made by hand is wrong with the
 * options, too.
 */
export function specOptions(raw: unknown): unknown {
  // Options never say it: it is derived.
  if (!isCopiedRecord(raw) || raw['readiness'] === undefined) return raw
  const { readiness: _derived, stdin, stdout, stderr, children, ...rest } = raw
  const after = afterOptions(raw['after'])
  if (raw['kind'] === 'task') return taskOptions({ ...rest, after })
  if (raw['kind'] !== 'supervisor') {
    return record({ ...rest, after, stop: stopOptions(raw['stop']), stdio: record({ stdin, stdout, stderr }) })
  }
  // Of these a supervisor has no choice.
  const { stop: _stop, oneShot: _oneShot, readyTimeoutMs: _ready, runTimeoutMs: _run, ...own } = rest
  const below = Array.isArray(children) ? children.map((child) => specOptions(child)) : children
  return record({ ...own, after, children: below })
}

function stopOptions(stop: unknown): unknown {
  if (!isCopiedRecord(stop) || stop['stages'] === undefined) return stop
  // Of stages these are derived.
  const { signal: _first, killTimeoutMs: _last, ...staged } = stop
  return record(staged)
}

/** Of these a task has no choice. */
function taskOptions({ oneShot: _oneShot, runTimeoutMs: _run, stop, ...own }: CopiedRecord): unknown {
  if (!isCopiedRecord(stop)) return record({ ...own, stop })
  const { signal: _signal, ...ladder } = stop
  return record({ ...own, stop: record(ladder) })
}

function afterOptions(after: unknown): unknown {
  if (!Array.isArray(after) || !after.every((one) => isCopiedRecord(one))) return after
  if (after.every(({ condition }) => condition === 'ready')) return after.map(({ id }) => id)
  return record(Object.fromEntries(after.map(({ id, condition }) => [String(id), condition])))
}

function record(members: object): CopiedRecord {
  return Object.assign(Object.create(null), members)
}
