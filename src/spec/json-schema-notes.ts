import * as z from 'zod'

/**
 * What a JSON Schema is to say of a schema beyond what zod can tell by itself: the patterns behind refinements, and all
 * of a custom type. A note with an `id` gives the schema a place in `$defs`.
 */
export const inJsonSchema = z.registry<Readonly<Record<string, unknown>>>()
