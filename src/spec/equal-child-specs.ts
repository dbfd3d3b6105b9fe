import type { ChildSpec } from './child-spec.ts'
import { normalizeCopy, type ChildContext } from './normalize-child.ts'
import { specOptions } from './spec-options.ts'
import { snapshot } from './snapshot.ts'

/**
 * Whether two specs (or the options of them) mean the same child. The order of properties does not matter, nor whether a
 * default is spelled out; of `after`, `success`, `prevent`, `force` and `secrets` not the order and not how often. Functions
 * are equal if they are the same function, loggers and writers if they are the same object, expressions if source and
 * flags are.
 *
 * @throws {BroodError} ERR_INVALID_SPEC and whatever else is wrong with either
 */
export function equalChildSpecs(a: unknown, b: unknown, context: ChildContext): boolean {
  const [first, second] = [a, b].map((each) => normalizeCopy(specOptions(snapshot(each)), context))
  return same(first, second, '')
}

/** The same for specs as they were built: complete and normal. */
export function sameSpec(a: ChildSpec, b: ChildSpec): boolean {
  return same(a, b, '')
}

/** Lists that say what is among them, not in which order. */
const sets: ReadonlySet<string> = new Set(['after', 'success', 'prevent', 'force', 'secrets'])

function same(a: unknown, b: unknown, key: string): boolean {
  if (key === 'logWriter') return a === b
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (a instanceof RegExp || b instanceof RegExp) {
    return a instanceof RegExp && b instanceof RegExp && a.source === b.source && a.flags === b.flags
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && (sets.has(key) ? sameSet(a, b) : sameList(a, b))
  }
  const [ours, theirs] = [Object.entries(a), new Map(Object.entries(b))]
  // A logger is nobody's to look into.
  const matches = (name: string, value: unknown): boolean =>
    key === 'log' ? value === theirs.get(name) : same(value, theirs.get(name), name)
  // Absent options are absent in a spec, never undefined.
  return ours.length === theirs.size && ours.every(([name, value]) => theirs.has(name) && matches(name, value))
}

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => same(item, b[index], ''))
}

function sameSet(a: readonly unknown[], b: readonly unknown[]): boolean {
  // Marks, texts and dependencies, whose two properties stand in the one order in which a spec is built.
  const [ours, theirs] = [a, b].map((items) => new Set(items.map((item) => JSON.stringify(item))))
  return ours?.size === theirs?.size && [...(ours ?? [])].every((item) => theirs?.has(item))
}
