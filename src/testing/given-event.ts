import { BroodError } from '../errors.ts'
import type { AskedLadderData, EventData, EventType, LadderData, RecordedEvent } from '../events/event.ts'
import { statusOf } from '../events/exit.ts'
import { backoffDelay } from '../machines/backoff.ts'
import type { ChildState } from '../machines/child-state.ts'
import { childTable, isLate } from '../machines/fold-child.ts'
import { supervisorTable } from '../machines/fold-supervisor.ts'
import { recordLimit } from '../machines/limit.ts'
import type { ChildPolicy } from '../machines/policy.ts'
import { baseStream, streamName } from '../machines/stream-name.ts'
import { ROOT } from '../machines/tree.ts'
import { isSuccess } from '../machines/verdict.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import type { StagedTree } from './staged-tree.ts'

/**
 * A fact in short: its name, and as much of the rest as matters. What is left out is what it would most likely be: the
 * only child or the root, the current life, the rules of the spec, the moment of the fact before it.
 */
export type ShortEvent = {
  readonly [T in EventType]: {
    readonly type: T
    /** A child of the root, by its id. */
    readonly child?: string | undefined
    /** Any registration, by its stream; `/` is the root. */
    readonly stream?: string | undefined
    readonly incarnation?: number | undefined
    /** Milliseconds since the fact before it. Default 0. */
    readonly afterMs?: number | undefined
    readonly data?: Partial<EventData[T]> | undefined
  }
}[EventType]

/** The registration that a short form means by `name`: an id below the root, or a stream. */
export function streamOf({ tree }: StagedTree, name: string): string {
  const stream = name === ROOT || tree.child(name) !== undefined ? name : tree.links.get(ROOT)?.streams.get(name)
  if (stream !== undefined) return stream
  throw new BroodError('ERR_CHILD_NOT_FOUND', `No child "${name}" in what is given`, { child: name })
}

/** The whole event that a short form stands for, at this point of a history. */
export function completeEvent(staged: StagedTree, short: ShortEvent, spec?: ChildSpec): RecordedEvent {
  const { tree, now } = staged
  const { type, afterMs = 0 } = short
  const stream = spec === undefined ? meant(staged, short) : newStream(staged, short, spec.id)
  const child = tree.child(stream)
  const incarnation = short.incarnation ?? (child?.view.incarnation ?? 0) + (type === 'spawn.requested' ? 1 : 0)
  const data = { ...usual(staged, stream, short, spec), ...short.data }
  const cause = 'cause' in data ? { cause: data.cause } : {}
  return {
    seq: tree.seq + 1,
    stream,
    revision: tree.revision(stream) + 1,
    at: now.at + afterMs,
    mono: now.mono + afterMs,
    type,
    v: 1,
    child: spec?.id ?? child?.view.id ?? tree.supervisor(stream)?.id,
    ...(incarnation === 0 ? {} : { incarnation }),
    ...cause,
    data,
  } as RecordedEvent
}

/** A history must be one that could have been: each fact is acceptable when its turn comes. */
export function refuseImpossible({ tree }: StagedTree, event: RecordedEvent): void {
  const { stream, type } = event
  const child = tree.child(stream)
  const supervisor = tree.supervisor(stream)
  if (type === 'child.added' || (child !== undefined && isLate(child, event))) return
  if (child !== undefined && childTable.next(child.name, type) !== undefined) return
  if (supervisor !== undefined && supervisorTable.next(supervisor.phase, type) !== undefined) return
  const state = child?.name ?? supervisor?.phase ?? 'not there'
  throw new BroodError('ERR_INVALID_STATE', `Expected a possible history, got ${type} for ${stream}, which is ${state}`)
}

function newStream({ tree }: StagedTree, { stream }: ShortEvent, id: string): string {
  return stream ?? streamName(ROOT, id, tree.registrations(baseStream(ROOT, id)) + 1)
}

function meant(staged: StagedTree, { type, child, stream }: ShortEvent): string {
  const name = stream ?? child
  if (name !== undefined) return streamOf(staged, name)
  if (/^(?:supervisor|journal|intensity)\./.test(type)) return ROOT
  const [only, ...others] = staged.tree.children.keys()
  if (only !== undefined && others.length === 0) return only
  throw new BroodError('ERR_INVALID_SPEC', `Expected ${type} to say which \`child\` it is about`)
}

function usual({ tree }: StagedTree, stream: string, { type, data }: ShortEvent, spec?: ChildSpec): object {
  const policy = spec ?? tree.policies.get(stream)
  const child = tree.child(stream)
  const links = tree.links.get(stream)?.policy
  switch (type) {
    case 'supervisor.started': {
      const { id, strategy, autoShutdown, intensity } = links ?? { id: 'root' }
      return { id, strategy, autoShutdown, awaits: 0, ...(intensity && { intensity: recordLimit(intensity) }) }
    }
    case 'supervisor.recovered': {
      const { id, strategy, autoShutdown, intensity } = links ?? { id: 'root' }
      const host = { hostId: 'host', treeId: 'tree', bootId: 'boot', pid: 1 }
      const about = { id, strategy, autoShutdown, ...(intensity && { intensity: recordLimit(intensity) }), host }
      return { ...about, ended: 'open', rebooted: false, order: [...tree.children.keys()], changed: [] }
    }
    case 'supervisor.stopping':
      return { cause: 'operator', now: false, outcome: 'stopped' }
    case 'supervisor.stopped':
      return { outcome: tree.supervisor(stream)?.ending?.outcome ?? 'stopped' }
    default:
      return policy === undefined ? {} : usualOfChild(policy, child, type, data ?? {})
  }
}

function usualOfChild(policy: ChildPolicy, child: ChildState | undefined, type: EventType, data: object): object {
  const { restart, kind, oneShot, significant, readyTimeoutMs, runTimeoutMs } = policy
  const pid = child?.pid ?? null
  switch (type) {
    case 'child.added':
      return { kind, restart: restart.type, oneShot, significant, limit: recordLimit(restart.limit), spec: null }
    case 'process.spawned':
      return { pid: kind === 'process' ? 1_000 + (child?.view.incarnation ?? 0) : null, identity: null, spawnMs: 0 }
    case 'process.spawnFailed':
      return { code: 'ERR_SPAWN_FAILED', message: `"${policy.id}" could not be spawned` }
    case 'ready.timedOut':
      return { timeoutMs: readyTimeoutMs, ...ladder(policy) }
    case 'run.timedOut':
      return { timeoutMs: runTimeoutMs, ...ladder(policy) }
    case 'stop.requested':
    case 'restart.requested':
      return { ...ladder(policy), cause: 'operator', now: false } satisfies AskedLadderData
    case 'signal.sent':
      return { signal: policy.stop.signal, to: policy.stop.stages?.[0]?.to ?? 'group', stage: 'stop', pid }
    case 'process.exited':
      return usualExit(policy, child, data)
    case 'process.drained':
      return { cut: false }
    case 'restart.scheduled': {
      const attempt = child?.attempt ?? 0
      return { delayMs: backoffDelay(restart.backoff, attempt, 0), attempt, cause: child?.ended?.cause ?? 'crash' }
    }
    case 'restart.due':
      return { cause: child?.asked?.cause ?? child?.ended?.cause ?? 'operator' }
    case 'restart.abandoned':
      return recordLimit(restart.limit)
    case 'child.stopped':
      return { outcome: 'stopped', ...(child?.ended ? { exit: child.ended } : {}) }
    default:
      return {}
  }
}

function ladder({ stop }: ChildPolicy): LadderData {
  const { signal, stages } = stop
  const killTimeoutMs = stop.killTimeoutMs === Infinity ? null : stop.killTimeoutMs
  return { signal, splayMs: 0, killTimeoutMs, ...(stages === undefined ? {} : { stages }) }
}

function usualExit(policy: ChildPolicy, child: ChildState | undefined, data: object): EventData['process.exited'] {
  const { code, signal } = { code: 'signal' in data && data.signal !== null ? null : 0, signal: null, ...data }
  const succeeded = isSuccess(policy.restart, { code, signal })
  const late = child?.name === 'splaying' || child?.name === 'terminating' || child?.name === 'killing'
  return {
    pid: child?.pid ?? null,
    identity: child?.identity ?? null,
    code,
    signal,
    status: statusOf(code, signal),
    expected: child?.asked != null || (policy.oneShot && succeeded && !late),
    cause: child?.asked?.cause ?? (late ? 'timeout' : succeeded ? 'finished' : 'crash'),
  }
}
