import type * as z from 'zod'
import {
  optionsSchemas,
  type ChildSchemas,
  type ProcessData,
  type SupervisorChildData,
  type TaskData,
} from './child-schema.ts'
import { findings, unexpected, type Finding } from './findings.ts'
import { nearestName } from './nearest-name.ts'
import { pathTo, type Place } from './place.ts'
import { processRules, supervisorRules, taskRules, type Rule } from './rules.ts'
import { show } from './show.ts'
import { isCopiedRecord } from './copied-record.ts'

/** Sound data of a child and of all below it. */
export type ChildData =
  | { readonly kind: 'process'; readonly data: ProcessData }
  | { readonly kind: 'task'; readonly data: TaskData }
  | { readonly kind: 'supervisor'; readonly data: SupervisorChildData; readonly children: readonly ChildData[] }

/**
 * Checks a snapshot, every field of it and of its children. `schemas` are those of the form it is written in. Undefined:
 * something was added to `found`.
 */
export function checkChild(
  raw: unknown,
  place: Place,
  found: Finding[],
  schemas: ChildSchemas = optionsSchemas,
): ChildData | undefined {
  const kind = isCopiedRecord(raw) ? raw['kind'] : undefined
  switch (kind) {
    case undefined:
    case 'process': {
      const data = checkFields(schemas.process, processRules, raw, place, found)
      return data && { kind: 'process', data }
    }
    case 'task': {
      const data = checkFields(schemas.task, taskRules, raw, place, found)
      return data && { kind: 'task', data }
    }
    case 'supervisor': {
      const data = checkFields(schemas.supervisor, supervisorRules, raw, place, found)
      const below = isCopiedRecord(raw) ? raw['children'] : undefined
      const children = checkChildren(below, { ...place, path: pathTo(place.path, ['children']) }, found, schemas)
      return data && children && { kind: 'supervisor', data, children }
    }
    default: {
      // Without its kind nothing else of it can be judged.
      const near = typeof kind === 'string' ? nearestName(kind, ['process', 'task', 'supervisor']) : undefined
      found.push(
        unexpected(
          place,
          ['kind'],
          "'process', 'task' or 'supervisor'",
          show(typeof kind === 'string' ? place.hide(kind) : kind),
          near,
        ),
      )
      return undefined
    }
  }
}

/** Checks each child of a list. That it is a list is for its owner's schema to say. */
export function checkChildren(
  raw: unknown,
  place: Place,
  found: Finding[],
  schemas: ChildSchemas = optionsSchemas,
): readonly ChildData[] | undefined {
  if (!Array.isArray(raw)) return []
  const sound: ChildData[] = []
  for (const [index, child] of raw.entries()) {
    const data = checkChild(child, { ...place, path: pathTo(place.path, [index]) }, found, schemas)
    if (data !== undefined) sound.push(data)
  }
  return sound.length === raw.length ? sound : undefined
}

/** Checks an options object field by field, then what must hold between the fields that are sound. */
export function checkFields<Schema extends z.ZodType>(
  schema: Schema,
  rules: readonly Rule<z.output<Schema>>[],
  raw: unknown,
  place: Place,
  found: Finding[],
): z.output<Schema> | undefined {
  const before = found.length
  const parsed = schema.safeParse(raw)
  const unsound = new Set<PropertyKey | undefined>()
  if (!parsed.success) {
    for (const { path } of parsed.error.issues) unsound.add(path[0])
    found.push(...findings(parsed.error.issues, raw, place))
  }
  const data = parsed.success ? parsed.data : raw
  if (!isSoundInParts<z.output<Schema>>(data)) return undefined
  for (const { fields, judge } of rules) {
    const breach = fields.some((field) => unsound.has(field)) ? undefined : judge(data)
    if (breach !== undefined) found.push(unexpected(place, breach.keys, breach.expected, breach.got))
  }
  return parsed.success && found.length === before ? parsed.data : undefined
}

/** What zod refused is typed where it found nothing: rules look at no other fields, and zod's copy would say the same. */
function isSoundInParts<Data>(data: unknown): data is Partial<Data> {
  return typeof data === 'object' && data !== null
}
