import type { AutoShutdown, RestartLimit, Strategy } from '../../../src/events/event.ts'
import type { ChildOptions } from '../../../src/spec/child-options.ts'
import type { Behaviour, Ending } from '../../../src/testing/index.ts'

/** What `onUnexpectedExit` does, as data. */
export type Answer = 'yes' | 'no' | 'throw' | 'hang' | 'late' | 'nonsense' | 'stopIt'

/** A process as data: its options, and what its program does in its first life, its second … and every later one. */
export interface ProcessPlan {
  readonly kind: 'process'
  readonly id: string
  readonly lives: readonly Behaviour[]
  readonly answer?: Answer
  readonly options: Readonly<Record<string, unknown>>
}

/** How a run of a task ends, that long after it was told to, or began. */
export interface TaskEnding {
  readonly afterMs: number
  readonly fails: boolean
}

/** What a task does in one of its lives; what is absent never happens. */
export interface TaskBehaviour {
  readonly readyAfterMs?: number
  readonly ends?: TaskEnding
  readonly onStop?: TaskEnding
  readonly onAbort?: TaskEnding
}

/** A task as data. */
export interface TaskPlan {
  readonly kind: 'task'
  readonly id: string
  readonly lives: readonly TaskBehaviour[]
  readonly answer?: Answer
  readonly options: Readonly<Record<string, unknown>>
}

/** A nested supervisor as data. */
export interface SupervisorPlan {
  readonly kind: 'supervisor'
  readonly id: string
  readonly options: Readonly<Record<string, unknown>>
  readonly children: readonly Plan[]
}

export type Plan = ProcessPlan | TaskPlan | SupervisorPlan

export interface RootPlan {
  readonly strategy: Strategy
  readonly autoShutdown: AutoShutdown
  readonly intensity?: RestartLimit
  readonly shutdownTimeoutMs: number
  readonly maxConcurrentStarts: number
  readonly retain: number
  readonly children: readonly Plan[]
}

/**
 * Something that is done to a tree; `child` counts all handles that were ever given out, `under` the supervisors among
 * them from the root on, and both wrap around.
 */
export type Command =
  | {
      readonly do: 'start' | 'stop' | 'stopNow' | 'restart' | 'restartNow' | 'kill' | 'reload' | 'remove' | 'ready'
      readonly child: number
    }
  | { readonly do: 'startAbortable'; readonly child: number }
  | { readonly do: 'when'; readonly child: number; readonly state: 'running' | 'stopped' | 'backingOff' | 'removed' }
  | { readonly do: 'signal'; readonly child: number; readonly signal: NodeJS.Signals | 0 }
  | { readonly do: 'add'; readonly under: number; readonly plan: Plan; readonly start: boolean }
  | { readonly do: 'startAll' | 'startAllAbortable' | 'run' | 'stopAll' | 'stopAllNow'; readonly under: number }
  | { readonly do: 'release'; readonly child: number }
  /** `under` may be a supervisor of another tree, too: the last one. */
  | { readonly do: 'adopt'; readonly child: number; readonly under: number }
  | {
      readonly do: 'replace'
      readonly under: number
      readonly plan: Plan
      readonly order: 'stop-first' | 'start-first'
    }
  | { readonly do: 'apply'; readonly under: number; readonly plans: readonly Plan[] }
  | { readonly do: 'abort'; readonly nth: number }
  | { readonly do: 'exit'; readonly nth: number; readonly how: Ending }
  | { readonly do: 'failSpawn'; readonly code: string; readonly times: number }

export type Step = Command | { readonly do: 'advance'; readonly ms: number }

/** A command given from within the `at`-th call of a subscriber. */
export interface Trigger {
  readonly on: 'events' | 'state' | 'childState' | 'inspect' | 'incarnations'
  readonly at: number
  readonly command: Command
}

/** A whole experiment as data: the same one always gives the same log. */
export interface Scenario {
  readonly seed: number
  readonly sweepMs?: number
  readonly root: RootPlan
  readonly steps: readonly Step[]
  readonly triggers: readonly Trigger[]
}

/** A process that is described by little. */
export function processPlan(
  id: string,
  lives: readonly Behaviour[],
  options: Partial<ChildOptions> & Readonly<Record<string, unknown>> = {},
): ProcessPlan {
  return { kind: 'process', id, lives, options }
}

/** A root that is described by little. */
export function rootPlan(children: readonly Plan[], rest: Partial<RootPlan> = {}): RootPlan {
  return {
    strategy: 'one-for-one',
    autoShutdown: 'never',
    shutdownTimeoutMs: 30_000,
    maxConcurrentStarts: 8,
    retain: Infinity,
    ...rest,
    children,
  }
}
