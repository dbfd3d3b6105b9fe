import type * as z from 'zod'
import type { SpecIssue } from '../errors.ts'
import { nearestName } from './nearest-name.ts'
import { pathTo, type Place } from './place.ts'
import { printable, show } from './show.ts'

/** One thing that is wrong, as data and as a sentence. */
export interface Finding {
  readonly issue: SpecIssue
  readonly words: string
}

/** A finding that says what was expected and what was there. `near`: the words that would have been right. */
export function unexpected(
  place: Place,
  keys: readonly PropertyKey[],
  expected: string,
  got: string,
  near?: string,
): Finding {
  const path = pathTo(place.path, keys)
  const subject = path === '' ? `the ${place.name}` : `\`${path}\``
  const hint = near === undefined ? '' : `: did you mean '${near}'?`
  const issue = Object.freeze({ path, expected, got: place.hide(got) })
  return { issue, words: `Expected ${subject} to be ${expected}, got ${issue.got}${hint}` }
}

/**
 * What zod found wrong with `raw`, in our words: unknown options first, since a misspelt name is often why another is
 * missing; one finding for each path.
 */
export function findings(issues: readonly z.core.$ZodIssue[], raw: unknown, place: Place): Finding[] {
  const unknown: Finding[] = []
  const others = new Map<string, Finding>()
  for (const issue of issues.flatMap((outer) => innermost(outer))) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) unknown.push(unknownOption(place, issue.path, key, issue.message.split(' ')))
      continue
    }
    const finding = misfit(place, issue, raw)
    const known = `${finding.issue.path}\0${finding.issue.got}`
    if (!others.has(known)) others.set(known, finding)
  }
  return [...unknown, ...others.values()]
}

function misfit(place: Place, issue: z.core.$ZodIssue, raw: unknown): Finding {
  const value = at(raw, issue.path)
  // The environment and secrets: their values are nobody's business, whatever is wrong with them.
  const [field] = issue.path
  // Hidden before it is shortened: what is left of a secret that was cut is not recognised.
  const shown = typeof value === 'string' ? place.hide(value) : value
  const got = offence(issue) ?? show(shown, field === 'env' || field === 'secrets')
  const near = typeof value === 'string' && field !== 'env' ? nearestName(value, words(issue)) : undefined
  return unexpected(place, issue.path, issue.message, got, near)
}

function unknownOption(place: Place, path: readonly PropertyKey[], key: string, known: readonly string[]): Finding {
  const owner = pathTo(place.path, path)
  const near = nearestName(key, known)
  const names = known.map((name) => `\`${name}\``).join(', ')
  const asked = near === undefined ? `; known are ${names}` : `: did you mean \`${near}\`?`
  const expected = near === undefined ? `one of ${names}` : `\`${near}\``
  const subject = owner === '' ? '' : ` in \`${owner}\``
  return {
    issue: Object.freeze({ path: pathTo(owner, [key]), expected, got: 'an unknown option' }),
    words: `Unknown option \`${printable(place.hide(key))}\`${subject}${asked}`,
  }
}

/**
 * Of the branches of a union the one that fits the value's own shape: its faults lie deeper than the value itself. Where
 * none does, the value is nothing that the union knows, and the union says what it expected.
 */
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const fitting = issue.errors.find((branch) =>
    branch.every(
      (inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys' || offence(inner) !== undefined,
    ),
  )
  if (fitting === undefined) return [issue]
  return fitting.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }))
}

/** What a dictionary says of a name at fault. */
function offence(issue: z.core.$ZodIssue): string | undefined {
  const got: unknown = issue.code === 'custom' ? issue.params?.['got'] : undefined
  return typeof got === 'string' ? got : undefined
}

/** The words that would have been right, where there are only so many. */
function words(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === 'invalid_value') return strings(issue.values)
  if (issue.code === 'custom') return strings(issue.params?.['values'])
  if (issue.code === 'invalid_union') return issue.errors.flat().flatMap((inner) => words(inner))
  return []
}

function strings(values: unknown): readonly string[] {
  return Array.isArray(values) ? values.filter((value) => typeof value === 'string') : []
}

/** The value that an issue's path leads to. `raw` is a snapshot: nothing here can run a caller's code. */
function at(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = Reflect.get(value, key)
  }
  return value
}
