import * as z from 'zod'
import { jsonSchemas } from './child-schema.ts'
import { inJsonSchema } from './json-schema-notes.ts'

const child = z
  .union([jsonSchemas.process, jsonSchemas.supervisor])
  .register(inJsonSchema, { title: 'A child of a brood supervisor' })

/**
 * The JSON Schema (draft 2020-12) of what `parseChildSpec` takes, made of the schemas it is checked by; frozen. What the
 * schema refuses, `parseChildSpec` refuses. Beyond it are what must hold between options and between siblings, whether an
 * expression compiles, how deep supervisors nest, and that an id's length is counted in UTF-16 units. The names of
 * signals are this platform's.
 */
export const childSpecJsonSchema: Readonly<Record<string, unknown>> = frozen({
  // zod says nothing of a custom or transformed type; its note says what is written there.
  ...z.toJSONSchema(child, { metadata: inJsonSchema, target: 'draft-2020-12', unrepresentable: 'any' }),
})

/** Everybody who imports it has the same one. */
function frozen<Value extends object>(value: Value): Value {
  for (const member of Object.values(value)) if (typeof member === 'object' && member !== null) frozen(member)
  return Object.freeze(value)
}
