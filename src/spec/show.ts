const longest = 60

/**
 * A value as a message may quote it: short, on one line, never throwing. With `kindOnly` nothing of its content is
 * shown, which is how values of the environment and secrets are spoken of.
 */
export function show(value: unknown, kindOnly = false): string {
  if (typeof value === 'object') return value === null ? 'null' : nameOf(value)
  if (typeof value === 'function') return 'a function'
  // The snapshot's word for what it could not copy.
  if (typeof value === 'symbol') return value.description ?? 'a symbol'
  if (value === undefined) return 'undefined'
  if (kindOnly) return `a ${typeof value}`
  if (typeof value === 'string') return `'${printable(value)}'`
  if (typeof value === 'bigint') return shorten(`${value}n`)
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  return value === true ? 'true' : 'false'
}

function nameOf(value: object): string {
  try {
    if (value instanceof RegExp) return 'a regular expression'
    return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
  } catch {
    // Both throw for a revoked proxy.
    return 'an object'
  }
}

/** A text on one line and of bearable length. */
export function printable(text: string): string {
  return JSON.stringify(shorten(text))
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
}

function shorten(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`
}
