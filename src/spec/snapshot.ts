import { types } from 'node:util'
import { isBuiltSpec } from './built-specs.ts'
import { specOptions } from './spec-options.ts'

/** Deep enough for 64 supervisors, each an object with an array, and what the innermost child holds: `stop.stages[0]`. */
const deepest = 2 * 64 + 4

/** Of a child's options those whose objects are used as they are. */
export const handedOn: ReadonlySet<string> = new Set(['logWriter', 'log.stdout', 'log.stderr'])

/**
 * Reads a caller's value once and copies it, so that getters run once, later changes do not matter, and nothing that
 * follows can meet a hostile object. Arrays and plain objects are copied deeply (own enumerable properties), expressions
 * without their state; functions and primitives stay. Of a complete spec come the options that say the same. Whatever
 * cannot be copied becomes a symbol that describes it: no option is a symbol, so every schema refuses it and the
 * description is what the message shows.
 *
 * `byReference` names the properties whose objects are handed on as they are, where need be with that of their owner
 * before a dot.
 */
export function snapshot(input: unknown, byReference: ReadonlySet<string> = handedOn): unknown {
  const trail: object[] = []

  const copy = (read: () => unknown, key: string, owner: string): unknown => {
    try {
      const value = read()
      if (typeof value === 'symbol') return Symbol('a symbol')
      // Minus zero means nothing else to any option, and JSON does not hold it.
      if (value === 0) return 0
      if (typeof value !== 'object' || value === null) return value
      if (byReference.has(key) || byReference.has(`${owner}.${key}`)) return value
      if (types.isRegExp(value)) return withoutState(value)
      if (trail.includes(value)) return Symbol('an object that contains itself')
      if (trail.length >= deepest) return Symbol('an object that is nested too deeply')
      trail.push(value)
      try {
        return Array.isArray(value) ? copyArray(value) : isPlain(value) ? copyRecord(value, key) : Symbol(nameOf(value))
      } finally {
        trail.pop()
      }
    } catch {
      // A getter or a proxy's trap threw. Its exception is the caller's and may itself be hostile: it is not looked at.
      return Symbol('a value that cannot be read')
    }
  }

  const copyArray = (array: readonly unknown[]): unknown[] =>
    // By length and index: an array's own iterator may have been replaced, and holes are to be seen as undefined.
    Array.from({ length: array.length }, (_, index) => copy(() => array[index], '', ''))

  const copyRecord = (record: object, name: string): unknown => {
    // An assignment to `__proto__` makes a property only where there is no prototype that turns it into a setter.
    const copied: Record<string, unknown> = Object.create(null)
    for (const key of Object.keys(record)) copied[key] = copy(() => Reflect.get(record, key), key, name)
    return isBuiltSpec(record) ? specOptions(copied) : copied
  }

  return copy(() => input, '', '')
}

/**
 * Whether own properties are all there is to an object: no prototype between it and the root (of any realm: test runners
 * have several) holds anything. A Map or URLSearchParams as `env` would be copied as empty, an `Object.create(base)`
 * without its base. `process.env`, whose prototype is an empty object, is plain.
 */
function isPlain(value: object): boolean {
  let prototype: unknown = Object.getPrototypeOf(value)
  while (typeof prototype === 'object' && prototype !== null && prototype !== Object.prototype) {
    const next: unknown = Object.getPrototypeOf(prototype)
    if (next === null) return Object.hasOwn(prototype, 'isPrototypeOf')
    if (Reflect.ownKeys(prototype).some((key) => key !== 'constructor')) return false
    prototype = next
  }
  return true
}

function nameOf(value: object): string {
  const maker: unknown = Reflect.get(value, 'constructor')
  return typeof maker === 'function' && typeof maker.name === 'string' && maker.name !== ''
    ? `an instance of ${maker.name}`
    : 'an object that is not plain'
}

/** With `g` or `y` an expression remembers where it was, and finds the same line only every other time. */
function withoutState(expression: RegExp): RegExp {
  return new RegExp(expression.source, expression.flags.replaceAll(/[gy]/g, ''))
}
