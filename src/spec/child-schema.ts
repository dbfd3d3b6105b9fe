import * as z from 'zod'
import type { Condition } from '../machines/policy.ts'
import { dictionary } from './dictionary.ts'
import {
  anId,
  commandText,
  duration,
  exitMark,
  filePath,
  flag,
  hasNoNul,
  id,
  idNote,
  integerOr,
  isId,
  list,
  noNul,
  oneOf,
  options,
  reloadSignal,
  secret,
  signal,
  text,
  user,
} from './fields.ts'
import { inJsonSchema } from './json-schema-notes.ts'
import { jsonForm, optionsForm, type SpecForm } from './spec-form.ts'

export const strategy = oneOf('one-for-one', 'one-for-all', 'rest-for-one')
export const autoShutdown = oneOf('never', 'any-significant', 'all-significant')
/** Looked into one by one: each child has a kind of its own. */
export const children = list(z.unknown().register(inJsonSchema, { $ref: '#' }), 'an array of children')

const restartType = oneOf('permanent', 'transient', 'temporary')
const marks = list(exitMark, 'an array of exit codes and signals')

const conditions = ['started', 'ready', 'completed'] as const satisfies Condition[]

const after = z.union(
  [
    list(id, 'an array of ids'),
    dictionary<Condition>('an object', (name, value) => {
      if (!isId(name)) return { expected: `an object whose names are ids (each ${anId})`, got: 'another name' }
      if (conditions.some((condition) => condition === value)) return undefined
      return { expected: "'started', 'ready' or 'completed'", values: conditions }
    }).register(inJsonSchema, {
      type: 'object',
      propertyNames: idNote,
      additionalProperties: { enum: conditions },
    }),
  ],
  'an array of ids, or an object from ids to conditions',
)

const stage = options({ signal, to: oneOf('process', 'group', 'tree'), atMs: duration })

const env = dictionary<string>('an object from names to strings', (name, value) => {
  // What stands behind a `=` is probably a value, and no message shows one.
  if (name === '' || name.includes('=') || !hasNoNul(name)) {
    const got = name.includes('=') ? 'one with `=`' : name === '' ? 'an empty one' : 'one with a NUL byte'
    return { expected: 'an object whose names are non-empty, without `=` and NUL bytes', got }
  }
  if (typeof value !== 'string') return { expected: 'a string' }
  return hasNoNul(value) ? undefined : { expected: 'a string without NUL bytes' }
}).register(inJsonSchema, {
  type: 'object',
  propertyNames: { pattern: String.raw`^[^=\u0000]+$` },
  additionalProperties: { type: 'string', pattern: noNul },
})

const file = options({ file: filePath })
const inputModes = oneOf('raw', 'ignore', 'inherit')
const outputModes = oneOf('lines', 'raw', 'ignore', 'inherit')
const output = z.union([outputModes, file], "'lines', 'raw', 'ignore', 'inherit' or an object with `file`")

const stdio = z.union(
  [
    outputModes,
    options({
      stdin: z.union([inputModes, file], "'raw', 'ignore', 'inherit' or an object with `file`").optional(),
      stdout: output.optional(),
      stderr: output.optional(),
    }),
  ],
  "'lines', 'raw', 'ignore', 'inherit' or an object",
)

/** A limit on restarts. */
export function limitIn({ infinity, orInfinity }: SpecForm) {
  return options({ restarts: integerOr(0, infinity, orInfinity), withinMs: integerOr(0, infinity, orInfinity) })
}

function restartIn(form: SpecForm) {
  return z.union(
    [
      restartType,
      options({
        type: restartType,
        backoff: options({
          minMs: duration.optional(),
          maxMs: duration.optional(),
          factor: z.number('a finite number >= 1').min(1).optional(),
          jitter: z.number('a number from 0 to 1').min(0).max(1).optional(),
        }).optional(),
        limit: limitIn(form).optional(),
        resetAfterMs: integerOr(0, form.infinity, form.orInfinity).optional(),
        success: marks.optional(),
        prevent: marks.optional(),
        force: marks.optional(),
        onUnexpectedExit: form.callback.optional(),
      }),
    ],
    "'permanent', 'transient', 'temporary' or an object",
  )
}

const oneLine = /^[^\r\n]+$/

function readyIn({ expression, anExpression }: SpecForm) {
  const aLine = `a non-empty string within one line, or ${anExpression}`
  const words = z
    .string(aLine)
    .refine((value) => oneLine.test(value), aLine)
    .register(inJsonSchema, { pattern: oneLine.source })
  return z.union(
    [
      oneOf('spawned', 'manual'),
      options({ line: z.union([words, expression], aLine), source: oneOf('stdout', 'stderr').optional() }),
    ],
    "'spawned', 'manual' or an object with `line`",
  )
}

function logIn({ logTarget }: SpecForm) {
  const each = options({ stdout: logTarget('info').optional(), stderr: logTarget('error').optional() })
  return z.union([flag, each], 'true, false or an object')
}

/** The schemas of the kinds of children, for one way to write them down. */
export function childSchemas(form: SpecForm) {
  const never = integerOr(0, form.infinity, form.orInfinity)
  const restart = restartIn(form)
  return {
    /** An OS process as the user may describe it, field by field; `rules.ts` has what holds between fields. */
    process: options({
      id,
      kind: oneOf('process').optional(),
      command: commandText,
      args: list(text, 'an array of strings').optional(),
      cwd: filePath.optional(),
      env: env.optional(),
      envMode: oneOf('merge', 'replace').optional(),
      argv0: text.optional(),
      user: user.optional(),
      shell: flag.optional(),
      oneShot: flag.optional(),
      runTimeoutMs: never.optional(),
      restart: restart.optional(),
      ready: readyIn(form).optional(),
      readyTimeoutMs: never.optional(),
      after: after.optional(),
      stop: options({
        signal: signal.optional(),
        killTimeoutMs: never.optional(),
        splayMs: duration.optional(),
        verifyMs: duration.optional(),
        stages: list(stage, 'a non-empty array of stages').min(1).optional(),
      }).optional(),
      reloadSignal: reloadSignal.optional(),
      stdio: stdio.optional(),
      log: logIn(form).optional(),
      logWriter: form.writer.optional(),
      containment: oneOf('group', 'pidns', 'cgroup').optional(),
      lifetime: oneOf('tethered', 'attached', 'survivor').optional(),
      significant: flag.optional(),
      secrets: list(secret, 'an array of non-empty strings').optional(),
    }).register(inJsonSchema, { id: 'process' }),
    /** A task as the user may describe it. In JSON nothing is one: it cannot hold what a task is made of. */
    task: options({
      id,
      kind: oneOf('task'),
      run: form.runnable,
      restart: restart.optional(),
      readyTimeoutMs: never.optional(),
      after: after.optional(),
      stop: options({
        killTimeoutMs: never.optional(),
        splayMs: duration.optional(),
        verifyMs: duration.optional(),
      }).optional(),
      significant: flag.optional(),
    }),
    /** A nested supervisor as the user may describe it; its children are schemas' business one by one. */
    supervisor: options({
      id,
      kind: oneOf('supervisor'),
      strategy: strategy.optional(),
      intensity: limitIn(form).optional(),
      autoShutdown: autoShutdown.optional(),
      children: children.optional(),
      restart: restart.optional(),
      after: after.optional(),
      significant: flag.optional(),
    }).register(inJsonSchema, { id: 'supervisor' }),
  }
}

/** Both forms end as the same data: from here on it does not matter how a spec was written. */
export type ChildSchemas = ReturnType<typeof childSchemas>

export const optionsSchemas: ChildSchemas = childSchemas(optionsForm)
export const jsonSchemas: ChildSchemas = childSchemas(jsonForm)

export type ProcessData = z.output<ChildSchemas['process']>
export type TaskData = z.output<ChildSchemas['task']>
export type SupervisorChildData = z.output<ChildSchemas['supervisor']>
export type RestartData = NonNullable<ProcessData['restart']>
export type StopData = NonNullable<ProcessData['stop']>
export type StdioData = NonNullable<ProcessData['stdio']>
export type LogData = NonNullable<ProcessData['log']>
export type ReadyData = NonNullable<ProcessData['ready']>
export type AfterData = NonNullable<ProcessData['after']>
