import { BroodError, type ErrorCode } from '../errors.ts'
import type { SignalStage, StageTarget } from '../events/event.ts'
import type { Cause } from '../events/exit.ts'
import type { ProcessIdentity } from '../events/identity.ts'
import type { ChildInput, ChildInputKind, Input } from '../machines/input.ts'
import { ROOT } from '../machines/tree.ts'
import type { ChildOptions } from '../spec/child-options.ts'
import { streamOf } from './given-event.ts'
import type { StagedTree } from './staged-tree.ts'

interface Asking {
  readonly now?: boolean
  readonly cause?: Cause
  readonly reason?: string
}

/** What may be said beside the name of a child, verb by verb: `{ stop: 'web', now: true }`. */
export interface GivenVerbs {
  start: object
  stop: Asking
  restart: Asking
  remove: object
  spawned: { readonly pid?: number | null; readonly identity?: ProcessIdentity | null; readonly spawnMs?: number }
  spawnFailed: { readonly code?: ErrorCode; readonly message?: string; readonly errno?: string }
  ready: object
  /** Code 0, unless it says otherwise. */
  exited: { readonly code?: number | null; readonly signal?: NodeJS.Signals | null }
  drained: { readonly cut?: boolean }
  gone: object
  swept: object
  signalled: {
    readonly signal?: NodeJS.Signals
    readonly to?: StageTarget | 'escapee'
    readonly stage?: SignalStage
    readonly pid?: number | null
  }
  readyTimeout: object
  runTimeout: object
  splayElapsed: object
  killTimeoutElapsed: object
  backoffElapsed: object
  unproven: { readonly survivors?: readonly ProcessIdentity[] }
  /** What `onUnexpectedExit` said; null: nothing usable. */
  answered: { readonly answer: boolean | null; readonly problem?: 'threw' | 'timedOut' | 'badAnswer' }
}

/**
 * What happens next: a verb and whom it is about, by id below the root or by stream; `/` is the root itself, which can
 * be started and stopped. `afterMs`: how long after what was given; `incarnation`: about an earlier life.
 */
export type GivenCommand = (
  | { readonly [V in keyof GivenVerbs]: Readonly<Record<V, string>> & GivenVerbs[V] }[keyof GivenVerbs]
  | { readonly add: ChildOptions }
) & { readonly afterMs?: number; readonly incarnation?: number }

const asking = { now: false, cause: 'operator', reason: undefined }
const survivor: ProcessIdentity = { pid: 1_001, startTicks: 1, bootId: 'given' }

/** Every verb with what it may say, and what it says if nothing is said. */
const verbs: Readonly<Record<keyof GivenVerbs, object>> = {
  start: {},
  stop: asking,
  restart: asking,
  remove: {},
  spawned: { pid: 1_001, identity: null, spawnMs: 0 },
  spawnFailed: { code: 'ERR_SPAWN_FAILED', message: 'it could not be spawned', errno: undefined },
  ready: {},
  exited: { code: 0, signal: null },
  drained: { cut: false },
  gone: {},
  swept: {},
  signalled: { signal: 'SIGTERM', to: 'group', stage: 'stop', pid: null },
  readyTimeout: {},
  runTimeout: {},
  splayElapsed: {},
  killTimeoutElapsed: {},
  backoffElapsed: {},
  unproven: { survivors: [survivor] },
  answered: { answer: null, problem: undefined },
}

/** The input that a command stands for. `add` is none: it is about a spec, not about a child. @throws {BroodError} */
export function inputOf(staged: StagedTree, command: GivenCommand): Input {
  const { afterMs: _, incarnation, ...said } = command
  const [verb, ...more] = Object.keys(verbs).filter((name) => Object.hasOwn(said, name)) as (keyof GivenVerbs)[]
  const name = verb === undefined ? undefined : (said as Readonly<Record<string, unknown>>)[verb]
  if (verb === undefined || more.length > 0 || typeof name !== 'string') {
    throw invalid(`a verb and whom it is about, like { stop: 'web' }`, command)
  }
  const usual = verbs[verb]
  const unknown = Object.keys(said).find((key) => key !== verb && !Object.hasOwn(usual, key))
  if (unknown !== undefined) throw invalid(`nothing but ${listOf(usual)} beside \`${verb}\``, command)

  const stream = streamOf(staged, name)
  const { [verb]: __, ...rest } = said as Readonly<Record<string, unknown>>
  const told = { ...usual, ...rest, ...(verb === 'exited' && 'signal' in rest ? { code: null, ...rest } : {}) }
  if (stream === ROOT) return inputOfRoot(verb, told as Asking, command)
  if (verb === 'remove') return { of: 'remove', stream }
  const input = verb === 'answered' ? answerOf(told as GivenVerbs['answered']) : childInput(verb, told)
  return { of: 'child', stream, ...(incarnation === undefined ? {} : { incarnation }), input }
}

function inputOfRoot(verb: keyof GivenVerbs, { now = false, cause = 'operator' }: Asking, command: object): Input {
  if (verb === 'start') return { of: 'start', host: { hostId: 'given', treeId: 'given', bootId: 'given', pid: 1 } }
  if (verb === 'stop') return { of: 'stop', stream: ROOT, now, cause, outcome: 'stopped' }
  throw invalid('`start` or `stop` for the root', command)
}

function childInput(kind: ChildInputKind, told: object): ChildInput {
  const entries = Object.entries(told).filter(([, value]) => value !== undefined)
  return { kind, ...Object.fromEntries(entries) } as ChildInput
}

function answerOf({ answer, problem }: GivenVerbs['answered']): ChildInput {
  if (problem === undefined) return { kind: 'answered', restart: answer }
  return { kind: 'answered', restart: answer, problem: { kind: problem, message: 'given' } }
}

function listOf(usual: object): string {
  return [...Object.keys(usual), 'afterMs', 'incarnation'].map((key) => `\`${key}\``).join(', ')
}

function invalid(expected: string, command: object): BroodError {
  return new BroodError('ERR_INVALID_SPEC', `Expected ${expected}, got { ${Object.keys(command).join(', ')} }`)
}
