import type { Writable } from 'node:stream'
import type { AutoShutdown, RestartLimit, Strategy } from '../events/event.ts'
import type { ChildPolicy } from '../machines/policy.ts'
import type { Lifetime, OutputMode, ProcessUser, StdinMode } from '../ports.ts'
import type { SupervisorLogger } from './supervisor-logger.ts'
import type { Runnable } from '../tasks/runnable.ts'

/** A process as it will be run: validated, complete, frozen. Nothing downstream knows about defaults. */
export interface ProcessSpec extends ChildPolicy {
  readonly kind: 'process'
  /** The program, or with `shell` the shell's text. */
  readonly command: string
  readonly args: readonly string[]
  /** Absent: the host's. Not known to exist. */
  readonly cwd?: string
  /** Without a prototype, so that no name is special. */
  readonly env: Readonly<Record<string, string>>
  readonly envMode: 'merge' | 'replace'
  readonly argv0?: string
  /** Absent: the host's. Not known to exist. */
  readonly user?: ProcessUser
  readonly shell: boolean
  readonly ready: 'spawned' | 'manual' | LineReadiness
  /** Never `lines`: there is nothing to read on it. */
  readonly stdin: StdinMode
  readonly stdout: OutputMode
  readonly stderr: OutputMode
  /** Where its lines are logged; absent: nowhere. */
  readonly log?: LineLogging
  /** What is given its lines; used as it is. */
  readonly logWriter?: Writable
  /** What happens when the host ends; the platform can do it. */
  readonly lifetime: Lifetime
  /** What nothing of it can leave; the machine may not have it. Of a `group` only those that do not mean to. */
  readonly containment: 'group' | 'pidns' | 'cgroup'
  /** Literal texts to be redacted wherever this child is spoken of. */
  readonly secrets: readonly string[]
}

/** For each stream the level of the supervisor's logger at which its lines are logged, or the logger; absent: neither. */
export interface LineLogging {
  readonly stdout?: string | Pick<SupervisorLogger, 'info'>
  readonly stderr?: string | Pick<SupervisorLogger, 'error'>
}

/** Ready when a complete line contains the string or matches the expression, which has neither `g` nor `y`. */
export interface LineReadiness {
  readonly line: RegExp | string
  /** Both where it is absent. */
  readonly source?: 'stdout' | 'stderr'
}

/** A task: work in this very program, with the life of a child. */
export interface TaskSpec extends ChildPolicy {
  readonly kind: 'task'
  /** Called once for each life. */
  readonly run: Runnable
}

/** A nested supervisor: it has the life of a child and children of its own. */
export interface SupervisorSpec extends ChildPolicy {
  readonly kind: 'supervisor'
  readonly strategy: Strategy
  /** Absent: its children may be restarted without end, within their own limits. */
  readonly intensity?: RestartLimit
  readonly autoShutdown: AutoShutdown
  readonly children: readonly ChildSpec[]
}

/** A child as everything downstream knows it. */
export type ChildSpec = ProcessSpec | TaskSpec | SupervisorSpec
