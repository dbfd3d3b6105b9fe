import type { AutoShutdown, RestartLimit, Strategy } from '../events/event.ts'
import type { Journal, Ports } from '../ports.ts'
import { buildChildren } from './build-child.ts'
import { checkChildren, checkFields } from './check-child.ts'
import { checkLogLevels } from './check-log-levels.ts'
import type { ChildOptions } from './child-options.ts'
import type { ChildSpec } from './child-spec.ts'
import { defaultMaxConcurrentStarts, defaultShutdownTimeoutMs } from './defaults.ts'
import type { Finding } from './findings.ts'
import { hiding } from './hiding.ts'
import type { Inspect } from './inspect.ts'
import { invalidSpec } from './invalid-spec.ts'
import { pathTo } from './place.ts'
import { isCopiedRecord } from './copied-record.ts'
import { snapshot } from './snapshot.ts'
import type { SupervisorLogger } from './supervisor-logger.ts'
import { passedByReference, supervisorSchema } from './supervisor-schema.ts'

/**
 * How a supervisor is made. All options have defaults; unknown ones are refused, and whatever is wrong is thrown as
 * `ERR_INVALID_SPEC` with all its `issues` before anything happens. Plain values are copied.
 */
export interface SupervisorOptions {
  /** Its name, as free as a child's. Default `'root'`. */
  readonly id?: string | undefined
  /** Who else is restarted along with a failed child. Default `'one-for-one'`. */
  readonly strategy?: Strategy | undefined
  /** How many automatic restarts within how many milliseconds end the supervisor as failed. Default: no such limit. */
  readonly intensity?: RestartLimit | undefined
  /** Whether the end of significant children ends the supervisor. Default `'never'`. */
  readonly autoShutdown?: AutoShutdown | undefined
  /** The children it begins with, in start order. Default `[]`. */
  readonly children?: readonly (ChildOptions | ChildSpec)[] | undefined
  /** Where its events are kept. Default: a memory journal. Used, not copied. */
  readonly journal?: Journal | undefined
  /** A pino logger. Default: silent. Used, not copied. */
  readonly logger?: SupervisorLogger | undefined
  /** An XState inspection observer or function. Used, not copied. */
  readonly inspect?: Inspect | undefined
  /** After how many milliseconds of a stop every stop still running becomes `now`. Default 30 000; `Infinity`: never. */
  readonly shutdownTimeoutMs?: number | undefined
  /** How many spawns may be issued in one turn of the event loop: an integer >= 1 or `Infinity`. Default 8. */
  readonly maxConcurrentStarts?: number | undefined
  /** Replacements for time, chance and the operating system. Default: the real ones. Used, not copied. */
  readonly ports?: Readonly<Partial<Ports>> | undefined
}

/** A supervisor's options, validated and complete; frozen, but for what was handed on by reference. */
export interface SupervisorSettings {
  readonly id: string
  readonly strategy: Strategy
  readonly intensity?: RestartLimit
  readonly autoShutdown: AutoShutdown
  readonly children: readonly ChildSpec[]
  readonly journal?: Journal
  readonly logger?: SupervisorLogger
  readonly inspect?: Inspect
  readonly shutdownTimeoutMs: number
  readonly maxConcurrentStarts: number
  readonly ports: Readonly<Partial<Ports>>
}

/**
 * Turns what a user gave to `createSupervisor` (nothing, too) into settings. Has no effect: journal, logger, inspector
 * and ports are looked at for their methods and not called.
 *
 * @throws {BroodError} ERR_INVALID_SPEC with all `issues`; ERR_CHILD_EXISTS and ERR_DEPENDENCY_CYCLE among children;
 * ERR_UNSUPPORTED for a `tethered` child where that cannot be done
 */
export function normalizeSupervisor(
  input: unknown,
  { platformTether }: { readonly platformTether: boolean },
): SupervisorSettings {
  const raw = snapshot(input === undefined ? {} : input, passedByReference)
  const hide = hiding(raw)
  const found: Finding[] = []
  const data = checkFields(supervisorSchema, [], raw, { path: '', name: 'options', hide }, found)
  const listed = isCopiedRecord(raw) ? raw['children'] : undefined
  const children = checkChildren(listed, { path: 'children', name: 'options', hide }, found)
  if (data === undefined || children === undefined) throw invalidSpec(found)

  const { intensity, journal, logger, inspect, strategy = 'one-for-one' } = data
  const { clock, random, host } = data.ports ?? {}
  const specs = buildChildren(children, strategy, 'children', platformTether)
  for (const [index, spec] of specs.entries()) checkLogLevels(spec, logger, pathTo('children', [index]))
  return Object.freeze({
    id: data.id ?? 'root',
    strategy,
    autoShutdown: data.autoShutdown ?? 'never',
    children: specs,
    shutdownTimeoutMs: data.shutdownTimeoutMs ?? defaultShutdownTimeoutMs,
    maxConcurrentStarts: data.maxConcurrentStarts ?? defaultMaxConcurrentStarts,
    ports: Object.freeze({
      ...(clock === undefined ? {} : { clock }),
      ...(random === undefined ? {} : { random }),
      ...(host === undefined ? {} : { host }),
    }),
    ...(intensity === undefined ? {} : { intensity: Object.freeze(intensity) }),
    ...(journal === undefined ? {} : { journal }),
    ...(logger === undefined ? {} : { logger }),
    ...(inspect === undefined ? {} : { inspect }),
  } satisfies SupervisorSettings)
}
