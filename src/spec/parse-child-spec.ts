import { jsonSchemas } from './child-schema.ts'
import type { ChildSpec } from './child-spec.ts'
import { normalizeChild, type ChildContext } from './normalize-child.ts'
import { readJsonText } from './read-json-text.ts'

/**
 * Turns the JSON form of a child, as text or as the value that a text holds, into its spec. It is written as options are,
 * but for `'Infinity'` in the place of `Infinity` and `{ line: { regex, flags? } }` in the place of an expression;
 * functions it has none. Everything else is as with options, errors and defaults included.
 *
 * @throws {BroodError} ERR_INVALID_SPEC with all `issues`, also for a text that is not JSON; and what else
 * `normalizeChild` throws
 */
export function parseChildSpec(json: unknown, context: ChildContext): ChildSpec {
  const value = typeof json === 'string' ? readJsonText(json) : json
  return normalizeChild(value, { ...context, schemas: jsonSchemas })
}
