import * as z from 'zod'
import type { Condition, OnUnexpectedExit } from '../machines/policy.ts'
import { dictionary } from './dictionary.ts'
import {
  anId,
  commandText,
  countOrInfinity,
  duration,
  durationOrNever,
  exitMark,
  filePath,
  flag,
  hasNoNul,
  id,
  isId,
  list,
  oneOf,
  options,
  reloadSignal,
  secret,
  signal,
  text,
} from './fields.ts'

export const limit = options({ restarts: countOrInfinity, withinMs: durationOrNever })
export const strategy = oneOf('one-for-one', 'one-for-all', 'rest-for-one')
export const autoShutdown = oneOf('never', 'any-significant', 'all-significant')
/** Looked into one by one: each child has a kind of its own. */
export const children = list(z.unknown(), 'an array of children')

const restartType = oneOf('permanent', 'transient', 'temporary')
const marks = list(exitMark, 'an array of exit codes and signals')

const restart = z.union(
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
      limit: limit.optional(),
      resetAfterMs: durationOrNever.optional(),
      success: marks.optional(),
      prevent: marks.optional(),
      force: marks.optional(),
      onUnexpectedExit: z.custom<OnUnexpectedExit>((value) => typeof value === 'function', 'a function').optional(),
    }),
  ],
  "'permanent', 'transient', 'temporary' or an object",
)

const conditions: readonly string[] = ['started', 'ready', 'completed'] satisfies Condition[]

const after = z.union(
  [
    list(id, 'an array of ids'),
    dictionary<Condition>('an object', (name, value) => {
      if (!isId(name)) return { expected: `an object whose names are ids (each ${anId})`, got: 'another name' }
      if (typeof value === 'string' && conditions.includes(value)) return undefined
      return { expected: "'started', 'ready' or 'completed'", values: conditions }
    }),
  ],
  'an array of ids, or an object from ids to conditions',
)

const env = dictionary<string>('an object from names to strings', (name, value) => {
  // What stands behind a `=` is probably a value, and no message shows one.
  if (name === '' || name.includes('=') || !hasNoNul(name)) {
    const got = name.includes('=') ? 'one with `=`' : name === '' ? 'an empty one' : 'one with a NUL byte'
    return { expected: 'an object whose names are non-empty, without `=` and NUL bytes', got }
  }
  if (typeof value !== 'string') return { expected: 'a string' }
  return hasNoNul(value) ? undefined : { expected: 'a string without NUL bytes' }
})

const aLine = 'a non-empty string within one line, or a regular expression'
const line = z.union(
  [z.string(aLine).refine((value) => /^[^\r\n]+$/.test(value), aLine), z.instanceof(RegExp, { error: aLine })],
  aLine,
)

const ready = z.union(
  [oneOf('spawned', 'manual'), options({ line, source: oneOf('stdout', 'stderr').optional() })],
  "'spawned', 'manual' or an object with `line`",
)

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

/** An OS process as the user may describe it, field by field; `rules.ts` has what holds between fields. */
export const processSchema = options({
  id,
  kind: oneOf('process').optional(),
  command: commandText,
  args: list(text, 'an array of strings').optional(),
  cwd: filePath.optional(),
  env: env.optional(),
  envMode: oneOf('merge', 'replace').optional(),
  argv0: text.optional(),
  shell: flag.optional(),
  oneShot: flag.optional(),
  runTimeoutMs: durationOrNever.optional(),
  restart: restart.optional(),
  ready: ready.optional(),
  readyTimeoutMs: durationOrNever.optional(),
  after: after.optional(),
  stop: options({
    signal: signal.optional(),
    killTimeoutMs: durationOrNever.optional(),
    splayMs: duration.optional(),
    verifyMs: duration.optional(),
  }).optional(),
  reloadSignal: reloadSignal.optional(),
  stdio: stdio.optional(),
  containment: oneOf('group').optional(),
  lifetime: oneOf('tethered', 'attached').optional(),
  significant: flag.optional(),
  secrets: list(secret, 'an array of non-empty strings').optional(),
})

/** A nested supervisor as the user may describe it; its children are schemas' business one by one. */
export const supervisorChildSchema = options({
  id,
  kind: oneOf('supervisor'),
  strategy: strategy.optional(),
  intensity: limit.optional(),
  autoShutdown: autoShutdown.optional(),
  children: children.optional(),
  restart: restart.optional(),
  after: after.optional(),
  significant: flag.optional(),
})

export type ProcessData = z.output<typeof processSchema>
export type SupervisorChildData = z.output<typeof supervisorChildSchema>
export type RestartData = z.output<typeof restart>
export type StdioData = z.output<typeof stdio>
export type ReadyData = z.output<typeof ready>
export type AfterData = z.output<typeof after>
