import { constants } from 'node:os'
import * as z from 'zod'
import type { ExitMark } from '../machines/policy.ts'
import { inJsonSchema } from './json-schema-notes.ts'
import { isCopiedRecord } from './copied-record.ts'

/*
 * The leaves of every schema. Each one's `error` is not a sentence but what was expected, in our words, to be put into
 * "Expected `path` to be …": nothing that zod says reaches a user. It holds for a leaf's own checks too (`min`, `max`).
 * Members of a union need one as well: where a single member came close, zod reports that in place of the union.
 */

/** Names of signals as this platform knows them. */
const signalNames = Object.keys(constants.signals).filter(isSignalName)

export const signal = z
  .enum(signalNames, "the name of a signal, like 'SIGTERM'")
  .register(inJsonSchema, { id: 'signal' })

const uncatchable: ReadonlySet<string> = new Set(['SIGKILL', 'SIGSTOP'])
export const reloadSignal = z.enum(
  ['none', ...signalNames.filter((name) => !uncatchable.has(name))] as const,
  "the name of a signal that a process can handle, like 'SIGHUP', or 'none'",
)

const aMark = 'an exit code (0 to 255) or the name of a signal'
export const exitMark: z.ZodType<ExitMark> = z.union([z.int(aMark).min(0).max(255), signal], aMark)

/** An integer beyond 2^53 - 1 is one, yet no longer exact: it is told what it exceeds. */
const wholeNumber = (least: number, orElse = '') => ({
  error: (issue: { readonly input?: unknown }): string =>
    typeof issue.input === 'number' && issue.input > Number.MAX_SAFE_INTEGER && issue.input !== Infinity
      ? `an integer >= ${least} and <= ${Number.MAX_SAFE_INTEGER}${orElse}`
      : `an integer >= ${least}${orElse}`,
})

const integer = (least: number) => z.int(wholeNumber(least)).min(least)

/** An integer, or what is written for `Infinity`, of which `orElse` tells where a message has to. */
export const integerOr = (least: number, infinity: z.ZodType<number>, orElse?: string) =>
  z.union([integer(least), infinity], wholeNumber(least, orElse))

/** `Infinity` itself. */
export const infinity = z.literal(Infinity)

/** Milliseconds that must pass. */
export const duration = integer(0)
/** Milliseconds, or `Infinity` for never. */
export const durationOrNever = integerOr(0, infinity)
export const positiveOrInfinity = integerOr(1, infinity)

export const flag = z.boolean('true or false')

/** One of a few words. */
export function oneOf<const Words extends readonly string[]>(...words: Words) {
  return z.enum(words, listOf(words))
}

function listOf(words: readonly string[]): string {
  const quoted = words.map((word) => `'${word}'`)
  const last = quoted.pop() ?? ''
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`
}

/** Without NUL bytes, as a JSON Schema says it. */
export const noNul = String.raw`^[^\u0000]*$`

/** What an argument may be: anything but what the kernel would take for its end. */
export const text = z
  .string('a string')
  .refine(hasNoNul, 'a string without NUL bytes')
  .register(inJsonSchema, { pattern: noNul })

/** A path may consist of blanks, odd as that is. */
export const filePath = z
  .string('a non-empty string')
  .min(1)
  .refine(hasNoNul, 'a string without NUL bytes')
  .register(inJsonSchema, { pattern: noNul })

export const commandText = z
  .string('a non-empty string')
  .refine((value) => value.trim() !== '', 'a non-empty string')
  .refine(hasNoNul, 'a string without NUL bytes')
  // What `trim` leaves of a blank text is what `\s` does not match.
  .register(inJsonSchema, { pattern: String.raw`^[^\u0000]*[^\s\u0000][^\u0000]*$` })

const aUser = 'a name without `:`, line breaks and NUL bytes, or an object with `uid`'
const userId = z.int('an integer from 0 to 2147483647').min(0).max(2_147_483_647)
const userPattern = /^[^:\n\r\0]+$/

/** A name as an account file may hold it, or ids as Node takes them; -1, which chown(2) takes for "no change", is none. */
export const user = z.union(
  [
    z
      .string(aUser)
      .refine((value) => userPattern.test(value), aUser)
      .register(inJsonSchema, { pattern: userPattern.source }),
    options({ uid: userId, gid: userId.optional() }),
  ],
  aUser,
)

export const secret = z.string('a non-empty string').min(1)

export function hasNoNul(value: string): boolean {
  return !value.includes('\0')
}

export function isSignalName(name: string): name is NodeJS.Signals {
  return Object.hasOwn(constants.signals, name)
}

const longestId = 256
export const anId = `a non-empty string of at most ${longestId} characters without lone surrogates`

export function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= longestId && value.isWellFormed()
}

/** For a JSON Schema, whose lengths are in characters: of 256 emoji it thinks well, though they are 512 units. */
export const idNote = { minLength: 1, maxLength: longestId, pattern: String.raw`^[^\uD800-\uDFFF]*$` }

export const id = z.string(anId).refine(isId, anId).register(inJsonSchema, idNote)

export const list = <Item extends z.ZodType>(item: Item, expected: string) => z.array(item, expected)

/** An options object: these properties and no others. The message of an unknown one carries the known names. */
export function options<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape).join(' ')
  const strict = z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? known : 'an object'),
  })
  // zod takes an expression for an object without properties; what the snapshot copied as a record is one.
  return z.custom<z.input<typeof strict>>(isCopiedRecord, 'an object').pipe(strict)
}
