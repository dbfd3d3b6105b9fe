import type { Writable } from 'node:stream'
import * as z from 'zod'
import type { OnUnexpectedExit } from '../machines/policy.ts'
import type { Runnable } from '../tasks/runnable.ts'
import { infinity, options } from './fields.ts'
import { inJsonSchema } from './json-schema-notes.ts'
import { objectWith } from './object-with.ts'
import type { SupervisorLogger } from './supervisor-logger.ts'

/** How a spec is written down: the few things that look different in a program and in JSON. */
export interface SpecForm {
  /** What stands for `Infinity`. */
  readonly infinity: z.ZodType<number>
  /** What a message adds to "an integer >= 0", where people could not guess it. */
  readonly orInfinity: string
  readonly expression: z.ZodType<RegExp>
  /** What a message calls an expression. */
  readonly anExpression: string
  readonly callback: z.ZodType<OnUnexpectedExit>
  readonly runnable: z.ZodType<Runnable>
  /** Where the lines of a stream are logged; `method` is what is called of a logger. */
  readonly logTarget: <Method extends 'info' | 'error'>(
    method: Method,
  ) => z.ZodType<boolean | string | Pick<SupervisorLogger, Method>>
  readonly writer: z.ZodType<Writable>
}

const level = (expected: string) => z.string(expected).min(1)
const aLevel = 'true, false or the name of a level'

/** As options in a program. */
export const optionsForm: SpecForm = {
  infinity,
  orInfinity: '',
  expression: z.instanceof(RegExp, { error: 'a regular expression' }),
  anExpression: 'a regular expression',
  callback: z.custom<OnUnexpectedExit>((value) => typeof value === 'function', 'a function'),
  runnable: z.custom<Runnable>((value) => typeof value === 'function', 'a function'),
  logTarget(method) {
    const expected = `true, false, the name of a level or a logger with the method \`${method}\``
    return z.union(
      [z.boolean(expected), level(expected), objectWith<Pick<SupervisorLogger, typeof method>>('a logger', method)],
      expected,
    )
  },
  writer: objectWith<Writable>('a writable stream', 'write', 'on', 'removeListener'),
}

const someFlags = 'a string of the flags d, g, i, m, s, u, v, y, each once, not both u and v'
// Each once, and not both u and v, as for RegExp itself.
const flagsPattern = /^(?!.*(.).*\1)(?!.*u.*v)(?!.*v.*u)[dgimsuvy]*$/

const writtenExpression = options({
  regex: z.string('the source of a regular expression'),
  flags: z
    .string(someFlags)
    .refine((value) => flagsPattern.test(value), someFlags)
    .optional(),
})
  .transform(({ regex, flags = '' }, { issues }) => {
    try {
      // With `g` or `y` an expression remembers where it was: see snapshot.ts.
      return new RegExp(regex, flags.replaceAll(/[gy]/g, ''))
    } catch {
      issues.push({ code: 'custom', message: 'the source of a regular expression', input: regex, path: ['regex'] })
      return z.NEVER
    }
  })
  .register(inJsonSchema, {
    type: 'object',
    properties: { regex: { type: 'string' }, flags: { type: 'string', pattern: flagsPattern.source } },
    required: ['regex'],
    additionalProperties: false,
  })

/** As JSON: `'Infinity'` for `Infinity`, `{ regex, flags? }` for an expression, and no functions. */
export const jsonForm: SpecForm = {
  infinity: z
    .literal('Infinity')
    .transform(() => Infinity)
    .register(inJsonSchema, { const: 'Infinity' }),
  orInfinity: " or 'Infinity'",
  expression: writtenExpression,
  anExpression: 'an object with `regex`',
  callback: z.never('absent, since JSON holds no functions'),
  runnable: z.never('a function, which JSON cannot hold'),
  logTarget: () => z.union([z.boolean(aLevel), level(aLevel)], aLevel),
  writer: z.never('absent, since JSON holds no streams'),
}
