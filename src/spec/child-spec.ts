import type { AutoShutdown, RestartLimit, Strategy } from '../events/event.ts'
import type { ChildPolicy } from '../machines/policy.ts'
import type { OutputMode, StdinMode } from '../ports.ts'

/** A process as it will be run: validated, complete, frozen. Nothing downstream knows about defaults. */
export interface ProcessSpec extends ChildPolicy {
  readonly kind: 'process'
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env: Readonly<Record<string, string>>
  readonly envMode: 'merge' | 'replace'
  readonly argv0?: string
  readonly shell: boolean
  readonly ready: 'spawned' | 'manual' | LineReadiness
  readonly stdin: StdinMode
  readonly stdout: OutputMode
  readonly stderr: OutputMode
  readonly lifetime: 'tethered' | 'attached'
  readonly containment: 'group'
  readonly secrets: readonly string[]
}

/** Ready when a complete line contains the string or matches the expression. */
export interface LineReadiness {
  readonly line: RegExp | string
  /** Both where it is absent. */
  readonly source?: 'stdout' | 'stderr'
}

/** A nested supervisor: it has the life of a child and children of its own. */
export interface SupervisorSpec extends ChildPolicy {
  readonly kind: 'supervisor'
  readonly strategy: Strategy
  readonly intensity?: RestartLimit
  readonly autoShutdown: AutoShutdown
  readonly children: readonly ChildSpec[]
}

export type ChildSpec = ProcessSpec | SupervisorSpec
