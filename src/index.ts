import { createReaper } from './actors/reaper.ts'
import type { Reaper } from './actors/reaper.ts'
import { createTree } from './actors/create-tree.ts'
import { recoverTree } from './actors/recover-tree.ts'
import type { SupervisionOptions } from './actors/supervision-options.ts'
import type { Supervisor } from './actors/handles.ts'
import { createTurns } from './actors/turns.ts'
import { memoryJournal } from './journals/memory-journal.ts'
import { logEvents } from './logging/log-events.ts'
import { silentLogger } from './logging/silent-logger.ts'
import { realKernel } from './os/kernel.ts'
import { nodeHost } from './os/node-host.ts'
import { hostWithKnownLives } from './os/orphans/host-with-known-lives.ts'
import { createKnownLives } from './os/orphans/known-lives.ts'
import { createOrphanReaper } from './os/orphans/orphan-reaper.ts'
import { systemClock } from './os/system-clock.ts'
import { systemRandom } from './os/system-random.ts'
import type { ProcessHost } from './ports.ts'
import { createProcesses } from './processes/processes.ts'
import type { Json } from './events/event.ts'
import type { ChildOptions } from './spec/child-options.ts'
import type { ChildSpec } from './spec/child-spec.ts'
import { equalChildSpecs as equalSpecs } from './spec/equal-child-specs.ts'
import { formatChildSpec as formatSpec } from './spec/format-child-spec.ts'
import { normalizeChild } from './spec/normalize-child.ts'
import { parseChildSpec as parseSpec } from './spec/parse-child-spec.ts'
import { recoverOptions, type RecoverOptions } from './spec/recover-options.ts'
import { normalizeSupervisor, type SupervisorOptions, type SupervisorSettings } from './spec/supervisor-options.ts'

let orphansEnabled = false
const lives = createKnownLives(() => orphansEnabled)
let host: ProcessHost | undefined
/** The one host of this process; made when it is first needed, so that an import has no effect. */
const ownHost = (): ProcessHost => (host ??= hostWithKnownLives(nodeHost(), lives))

/** Children move from tree to tree, so that all trees take their turns together. */
const turns = createTurns()

const globalReaper = createReaper(systemClock, {}, ({ reaped, adopted }) => {
  orphansEnabled = true
  return createOrphanReaper({ kernel: realKernel(), hostId: ownHost().hostId, lives, publish: reaped, adopted })
})

/** The one place where the exits of all processes meet that this host started through brood, whatever tree they are of. */
export const reaper: Reaper = globalReaper

/**
 * Makes a supervisor with its children registered. Nothing is started, and nothing of the host is touched: no signal
 * handler, no timer, no process.
 *
 * @throws {BroodError} ERR_INVALID_SPEC with all `issues`; ERR_CHILD_EXISTS and ERR_DEPENDENCY_CYCLE among the
 * children; ERR_UNSUPPORTED for what this platform cannot do; ERR_JOURNAL_LOCKED and ERR_JOURNAL_CONFLICT
 */
export function createSupervisor(options: SupervisorOptions = {}): Supervisor {
  const settings = settingsOf(options)
  const supervisor = createTree(treeOptions(settings), settings.children)
  logTo(settings, supervisor)
  return supervisor
}

/**
 * Takes over the tree in a journal, whatever has become of the program that wrote it, and resolves when all of it is
 * settled: what was found alive is stopped, or adopted, and every life that is over has its exit in the record. Nothing is
 * started: that is what `start()` of the supervisor does then.
 *
 * @throws {BroodError} rejects with what `createSupervisor` throws, and with ERR_JOURNAL_LOCKED and ERR_JOURNAL_CORRUPT
 */
export async function recoverSupervisor(options: RecoverOptions): Promise<Supervisor> {
  const { orphans, ...rest } = recoverOptions(options)
  const settings = settingsOf(rest)
  return recoverTree({ ...treeOptions(settings), orphans }, settings.children, (begun) => logTo(settings, begun))
}

function settingsOf(options: SupervisorOptions): SupervisorSettings {
  // The platform is asked before the options are known: they may bring a host of their own.
  const { tether } = (options?.ports?.host ?? ownHost()).support
  return normalizeSupervisor(options, { platformTether: tether })
}

function treeOptions(settings: SupervisorSettings): SupervisionOptions {
  const { id, strategy, autoShutdown, intensity, children, inspect, shutdownTimeoutMs, maxConcurrentStarts } = settings
  const { logger } = settings
  const { clock = systemClock, random = systemRandom, host: givenHost } = settings.ports
  const declared = new Set(children.map((child) => child.id))
  return {
    policy: { id, strategy, autoShutdown, declared, ...(intensity === undefined ? {} : { intensity }) },
    ports: { clock, random, host: givenHost ?? ownHost() },
    journal: settings.journal ?? memoryJournal(),
    // Simulated exits are no exits of this host.
    reaper: givenHost === undefined ? globalReaper : createReaper(clock),
    turns,
    spareJournal: () => memoryJournal(),
    shutdownTimeoutMs,
    maxConcurrentStarts,
    ...(logger === undefined ? {} : { logger }),
    ...(inspect === undefined ? {} : { inspect }),
  }
}

function logTo(settings: SupervisorSettings, supervisor: Supervisor): void {
  const logger = settings.logger ?? silentLogger()
  if (!('level' in logger && logger.level === 'silent')) logEvents(supervisor.events$, logger)
}

export const { runProcess, startAndForget, identify, findProcess, processTree, watchProcess, stopProcess } =
  createProcesses({ host: ownHost, clock: systemClock, random: systemRandom, reaper: globalReaper })

const platform = (): { readonly platformTether: boolean } => ({ platformTether: ownHost().support.tether })

/** The complete spec of a child, from a JSON text or the value it holds. @throws {BroodError} ERR_INVALID_SPEC */
export const parseChildSpec = (json: unknown): ChildSpec => parseSpec(json, platform())

/**
 * The complete spec of a child, from options; `path` is where they stand, for `issues`.
 * @throws {BroodError} ERR_INVALID_SPEC
 */
export const validateChildSpec = (value: unknown, path = ''): ChildSpec =>
  normalizeChild(value, { path, ...platform() })

/**
 * A plain JSON value of which `parseChildSpec` makes the same spec, from a spec or from options.
 * @throws {BroodError} ERR_INVALID_SPEC for what JSON cannot hold
 */
export const formatChildSpec = (spec: ChildSpec | ChildOptions): Json => formatSpec(spec, platform())

/** Whether two specs or options mean the same child. @throws {BroodError} ERR_INVALID_SPEC */
export const equalChildSpecs = (a: ChildSpec | ChildOptions, b: ChildSpec | ChildOptions): boolean =>
  equalSpecs(a, b, platform())

export { childSpecJsonSchema } from './spec/child-spec-json-schema.ts'
export { memoryJournal } from './journals/memory-journal.ts'
export { sqliteJournal, type SqliteJournalOptions } from './journals/sqlite-journal.ts'
export { readJournal, type ReadJournalOptions } from './journals/read-journal.ts'
export type { ForgottenSpec, RunSpec } from './processes/single-spec.ts'
export type { RunOptions as RunProcessOptions, RunResult as ProcessResult } from './processes/run-process.ts'
export type { WatchedProcess, WatchOptions } from './processes/watch-process.ts'
export type { StopProcessOptions } from './processes/stop-process.ts'
export { BroodError, isBroodError, type ErrorCode, type SpecIssue } from './errors.ts'
export { checkInvariants } from './record/check-invariants.ts'
export type { Violation } from './record/invariants/violation.ts'
export { replay, type ReplayOptions } from './record/replay.ts'
export { explain, type Explanation } from './record/explain.ts'
export { createTask } from './tasks/create-task.ts'
export { leaf } from './tasks/leaf.ts'
export { startStop } from './tasks/start-stop.ts'
export { chain } from './tasks/chain.ts'
export { parallel } from './tasks/parallel.ts'
export { sequential } from './tasks/sequential.ts'
export { named } from './tasks/named.ts'
export { nop } from './tasks/nop.ts'
export { superviseTable } from './tables/supervise-table.ts'
export type { SupervisedTable, Table, TableOptions, TableRow } from './tables/table.ts'
export type { Ready, Runnable, Scope, Step } from './tasks/runnable.ts'
export type { Task, TaskOptions, TaskState } from './tasks/task.ts'
export type { Capability, OrphanAttribution, Reaped, Reaper, Origin } from './actors/reaper.ts'
export type * from './actors/handles.ts'
export type { Incarnation } from './actors/incarnation.ts'
export type { OutputLine } from './actors/output-line.ts'
export type { ChildStopReport, StopReport } from './actors/stop-report.ts'
export type * from './events/event.ts'
export type { Cause, Exit } from './events/exit.ts'
export type { ProcessIdentity } from './events/identity.ts'
export type { ChildView, PublicState, Substate, SupervisorPhase, SupervisorView } from './machines/view.ts'
export type { Backoff, ExitMark, OnUnexpectedExit, RestartType } from './machines/policy.ts'
export type { ChildSpec, ProcessSpec, SupervisorSpec, TaskSpec } from './spec/child-spec.ts'
export type * from './spec/child-options.ts'
export type { Plan } from './spec/plan-children.ts'
export type { RecoverOptions } from './spec/recover-options.ts'
export type { SupervisorOptions } from './spec/supervisor-options.ts'
export type { ReadOptions } from './streams/read-options.ts'
export type * from './ports.ts'
