import { checkChild } from '../spec/check-child.ts'
import { buildProcess } from '../spec/build-process.ts'
import type { ProcessOptions, StdioFile } from '../spec/child-options.ts'
import type { ProcessSpec } from '../spec/child-spec.ts'
import { isId } from '../spec/fields.ts'
import { unexpected, type Finding } from '../spec/findings.ts'
import { hiding } from '../spec/hiding.ts'
import { invalidSpec } from '../spec/invalid-spec.ts'
import type { Place } from '../spec/place.ts'
import { show } from '../spec/show.ts'
import { isCopiedRecord, type CopiedRecord } from '../spec/copied-record.ts'
import { snapshot } from '../spec/snapshot.ts'

type Supervised =
  | 'restart'
  | 'after'
  | 'significant'
  | 'oneShot'
  | 'runTimeoutMs'
  | 'ready'
  | 'readyTimeoutMs'
  | 'reloadSignal'
  | 'log'

type Unread = 'ignore' | 'inherit' | StdioFile

/** A process that is run once, described like a child; what only a supervisor could do is refused. */
export type RunSpec = Omit<ProcessOptions, 'id' | 'stdio' | Supervised> & {
  /** What errors call it. Default `'process'`; it need not be unique. */
  readonly id?: string | undefined
  /** As for a child, but nobody holds the other end of a `'raw'` stream. What is `'lines'`, the default, is returned. */
  readonly stdio?:
    | 'lines'
    | 'ignore'
    | 'inherit'
    | {
        readonly stdin?: Unread | undefined
        readonly stdout?: 'lines' | Unread | undefined
        readonly stderr?: 'lines' | Unread | undefined
      }
    | undefined
}

/** A process that is started and forgotten: nobody reads it, stops it or ends it with the host. */
export type ForgottenSpec = Omit<RunSpec, 'stdio' | 'stop' | 'containment' | 'lifetime' | 'logWriter'> & {
  /** Default `'ignore'`. */
  readonly stdio?:
    | 'ignore'
    | 'inherit'
    | {
        readonly stdin?: Unread | undefined
        readonly stdout?: Unread | undefined
        readonly stderr?: Unread | undefined
      }
    | undefined
}

/** What a kind of use refuses, and why: an option that would be ignored is a promise that would be broken. */
export interface SingleUse {
  readonly refused: Readonly<Record<string, string>>
  /** Modes of streams that somebody would have to read or write. */
  readonly refusedModes: readonly ('lines' | 'raw')[]
  /** What an output is that nothing is said of. */
  readonly output: 'lines' | 'ignore'
}

const unsupervised = {
  restart: 'it is run once',
  after: 'it has no siblings',
  significant: 'it has no supervisor',
  oneShot: 'it is one',
  ready: 'nobody waits for its readiness',
  readyTimeoutMs: 'nobody waits for its readiness',
  reloadSignal: 'nobody reloads it',
  log: 'it has no supervisor with a logger',
}

export const run: SingleUse = {
  refused: { ...unsupervised, runTimeoutMs: 'the option `timeoutMs` of the run says it' },
  refusedModes: ['raw'],
  output: 'lines',
}

export const forgotten: SingleUse = {
  refused: {
    ...unsupervised,
    runTimeoutMs: 'nobody stops it',
    stop: 'nobody stops it',
    containment: 'nobody stops it',
    lifetime: 'it outlives its host',
    logWriter: 'nobody reads it',
  },
  refusedModes: ['lines', 'raw'],
  output: 'ignore',
}

const impliedId = 'process'

/**
 * The spec of a process that has no supervisor, by the rules for children.
 *
 * @throws {BroodError} ERR_INVALID_SPEC with all `issues`; ERR_UNSUPPORTED for a `tethered` one where that cannot be done
 */
export function normalizeSingle(input: unknown, use: SingleUse, platformTether: boolean): ProcessSpec {
  const raw = snapshot(input)
  const place: Place = { path: '', name: 'spec', hide: hiding(raw) }
  const found: Finding[] = []
  const told = isCopiedRecord(raw) ? raw : undefined
  const id = isId(told?.['id']) ? told['id'] : undefined
  if (told !== undefined && told['kind'] !== undefined && told['kind'] !== 'process') {
    throw invalidSpec([unexpected(place, ['kind'], "'process'", show(told['kind']))], id)
  }
  for (const [name, why] of Object.entries(use.refused)) {
    const value = told?.[name]
    if (value === undefined) continue
    // Hidden before it is shortened: what is left of a secret that was cut is not recognised.
    const shown = show(typeof value === 'string' ? place.hide(value) : value)
    found.push(unexpected(place, [name], `absent, since ${why}`, shown))
  }
  found.push(...refusedStreams(told?.['stdio'], use, place))
  const child = checkChild(told === undefined ? raw : completed(told, use), place, found)
  if (child?.kind !== 'process' || found.length > 0) throw invalidSpec(found, id)
  return buildProcess(child.data, platformTether)
}

function refusedStreams(stdio: unknown, use: SingleUse, place: Place): readonly Finding[] {
  const refuse = (mode: unknown, keys: readonly string[]): readonly Finding[] => {
    if (!use.refusedModes.some((refused) => refused === mode)) return []
    const others = use.output === 'lines' ? "'lines', 'ignore', 'inherit'" : "'ignore', 'inherit'"
    return [unexpected(place, keys, `${others} or an object`, show(mode))]
  }
  if (!isCopiedRecord(stdio)) return refuse(stdio, ['stdio'])
  return ['stdin', 'stdout', 'stderr'].flatMap((name) => refuse(stdio[name], ['stdio', name]))
}

/** The input with what it may leave out, and without what was refused already: each fault is told once. */
function completed(told: CopiedRecord, { refused, output }: SingleUse): CopiedRecord {
  const whole: Record<string, unknown> = Object.create(null)
  for (const [name, value] of Object.entries(told)) if (!Object.hasOwn(refused, name)) whole[name] = value
  if (told['id'] === undefined) whole['id'] = impliedId
  const { stdio } = told
  if (stdio === undefined) whole['stdio'] = output
  else if (isCopiedRecord(stdio)) whole['stdio'] = withOutputs(stdio, output)
  return whole
}

function withOutputs(stdio: CopiedRecord, output: 'lines' | 'ignore'): CopiedRecord {
  const whole: Record<string, unknown> = Object.create(null)
  Object.assign(whole, { stdout: output, stderr: output })
  for (const [name, value] of Object.entries(stdio)) if (value !== undefined) whole[name] = value
  return whole
}
