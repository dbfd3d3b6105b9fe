import { constants } from 'node:buffer'
import type { ProcessIdentity } from '../events/identity.ts'
import { realKernel } from '../os/kernel.ts'
import { startForgotten } from '../os/start-forgotten.ts'
import { chooseTreeKiller } from '../os/tree-killer/choose-tree-killer.ts'
import type { StopReport } from '../actors/stop-report.ts'
import { findProcess } from './find-process.ts'
import { identifyProcess } from './identify-process.ts'
import type { ProcessParts } from './parts.ts'
import { processTree } from './process-tree.ts'
import type { RunOptions, RunResult } from './run-process.ts'
import { runProcess } from './run-process.ts'
import type { ForgottenSpec, RunSpec } from './single-spec.ts'
import { startAndForget } from './start-and-forget.ts'
import type { StopProcessOptions } from './stop-process.ts'
import { stopProcess } from './stop-process.ts'
import type { WatchedProcess, WatchOptions } from './watch-process.ts'
import { watchProcess } from './watch-process.ts'

/** Processes without a supervisor: run, started, found, watched and stopped one by one. */
export interface Processes {
  /**
   * Runs one process to its end and returns its exit, whatever it is, with all that it and its group wrote. Each output
   * is the text that was written, to the last character; bytes that are no UTF-8 become U+FFFD. What the process leaves
   * in its group, or finds a way out of it with its environment, is killed when it has exited, as for a one-shot child.
   * A `logWriter` is given each line as it comes; one that fails, or does not keep up, is a warning of the process.
   *
   * An abort or a timeout stops it with the full ladder of `spec.stop`, and rejects when nothing of it is left, or with
   * `settle: 'at-once'` immediately, while the stop goes on.
   *
   * @throws {BroodError} rejects ERR_INVALID_SPEC; ERR_SPAWN_FAILED, ERR_CWD_NOT_FOUND, ERR_UNSUPPORTED where it could
   * not be started; ERR_ABORTED and ERR_RUN_TIMEOUT, with `cause`, and `exit` and `stderrTail` where they are known by then (`cause` is an
   * ERR_STOP_TIMEOUT where something survived); ERR_STOP_TIMEOUT where it ended by itself and left what cannot be
   * killed; ERR_UNSUPPORTED for more output than a string can hold
   */
  readonly runProcess: (spec: RunSpec, options?: RunOptions) => Promise<RunResult>
  /**
   * Starts a process that nobody looks after: it outlives this host, and does not keep its event loop alive. Its exit
   * enters the reaper if this host is still there; it never becomes a zombie of it.
   *
   * @throws {BroodError} rejects ERR_INVALID_SPEC, ERR_SPAWN_FAILED, ERR_CWD_NOT_FOUND; ERR_UNSUPPORTED, before any
   * effect, where processes have no identity (everywhere but on Linux)
   */
  readonly startAndForget: (spec: ForgottenSpec) => Promise<ProcessIdentity>
  /**
   * Who has the number `pid` now; undefined where nobody runs under it (a zombie has ended). Not promised: that it is
   * who the caller thinks, unless the number cannot have been given away.
   *
   * @throws {BroodError} rejects ERR_INVALID_SPEC for what is no pid, ERR_UNSUPPORTED without `/proc`
   */
  readonly identify: (pid: number) => Promise<ProcessIdentity | undefined>
  /**
   * The same identity, where that very process still runs.
   *
   * @throws {BroodError} rejects ERR_PROCESS_NOT_FOUND where nobody runs under its pid, ERR_IDENTITY_MISMATCH where
   * somebody else does; ERR_INVALID_SPEC, ERR_UNSUPPORTED
   */
  readonly findProcess: (identity: ProcessIdentity) => Promise<ProcessIdentity>
  /**
   * A process and its descendants, breadth first, the root at the head: a snapshot. Whose parent has ended hangs from no
   * tree any more.
   *
   * @throws {BroodError} rejects as `findProcess` does
   */
  readonly processTree: (identity: ProcessIdentity) => Promise<readonly ProcessIdentity[]>
  /**
   * Watches any process, whosever child it is. Nothing is done before somebody waits.
   *
   * @throws {BroodError} ERR_INVALID_SPEC, ERR_UNSUPPORTED
   */
  readonly watchProcess: (identity: ProcessIdentity, options?: WatchOptions) => WatchedProcess
  /**
   * Stops any process, with its descendants unless `tree` is false: SIGTERM (and SIGCONT) to each, the root first; after
   * `killTimeoutMs` SIGKILL to whatever of them is left, children born meanwhile included; then proof. What survives is
   * in the report, whose one line is the root's (`id`: its pid; outcome `stopped`, `unkillable`, or `exited` where it had
   * ended before and nothing was signalled).
   *
   * Not promised: what left the tree before it was seen, by losing its parent outside of a session that the tree began.
   * To a supervisor this is a crash of its child, which it restarts: its children are stopped by their handles.
   *
   * @throws {BroodError} rejects ERR_PROCESS_NOT_FOUND and ERR_IDENTITY_MISMATCH, unless its exit is in the reaper;
   * ERR_INVALID_STATE for pid 1, for this process, and for a tree with this process in it; ERR_INVALID_SPEC,
   * ERR_UNSUPPORTED
   */
  readonly stopProcess: (identity: ProcessIdentity, options?: StopProcessOptions) => Promise<StopReport>
}

/** What is needed to make them; the rest is this machine's own unless a test stages it. */
export type ProcessesOptions = Pick<ProcessParts, 'clock' | 'random' | 'reaper'> &
  Partial<Omit<ProcessParts, 'host' | 'kernel'>> & {
    /** Asked for at the first use, since making a host or a kernel looks at the machine, and an import must not. */
    readonly host: () => ProcessParts['host']
    readonly kernel?: () => ProcessParts['kernel']
  }

/** Makes the functions for processes without a supervisor. Touches nothing before the first of them is called. */
export function createProcesses(options: ProcessesOptions): Processes {
  let made: ProcessParts | undefined
  const parts = (): ProcessParts => (made ??= complete(options))
  return {
    runProcess: async (spec, run = {}) => runProcess(parts(), spec, run),
    startAndForget: async (spec) => startAndForget(parts(), spec),
    identify: async (pid) => identifyProcess(parts(), pid),
    findProcess: async (identity) => findProcess(parts(), identity),
    processTree: async (identity) => processTree(parts(), identity),
    watchProcess: (identity, watch = {}) => watchProcess(parts(), identity, watch),
    stopProcess: async (identity, stop = {}) => stopProcess(parts(), identity, stop),
  }
}

function complete(options: ProcessesOptions): ProcessParts {
  const host = options.host()
  const kernel = options.kernel?.() ?? realKernel()
  const { random, warn = (message) => process.emitWarning(message, 'BroodWarning') } = options
  return {
    treeKiller: chooseTreeKiller(kernel),
    forget: (request, observe) =>
      startForgotten({ kernel, hostId: host.hostId, treeId: random.id(), report: warn }, request, observe),
    captureBytes: constants.MAX_STRING_LENGTH,
    ...options,
    host,
    kernel,
    warn,
  }
}
