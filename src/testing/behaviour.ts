import type { LifeKey } from '../ports.ts'

/** What a simulated process does on a signal: nothing; exit with its `code`; exit with another one, or later. */
export type Reaction = 'ignore' | 'exit' | { readonly afterMs?: number; readonly code?: number }

/** SIGKILL and SIGSTOP can be neither caught nor ignored. */
export type CatchableSignal = Exclude<NodeJS.Signals, 'SIGKILL' | 'SIGSTOP'>

/** A line of output: on stdout and at once, unless it says otherwise. `afterMs` counts from the spawn. */
export interface Print {
  readonly text: string
  readonly source?: 'stdout' | 'stderr'
  readonly afterMs?: number
}

/** How it ends: exactly as a kernel would say it. */
export type Ending = { readonly code: number } | { readonly signal: NodeJS.Signals }

/** What a simulated program does, as data. `{}` runs until a signal ends it. */
export interface Behaviour {
  /**
   * Milliseconds from its spawn to its own end. By default never; at once where `code` or `signal` is given, unless
   * `onSignal` has an `'exit'` that `code` is meant for.
   */
  readonly exitsAfterMs?: number
  /** The exit code of an end of its own, and of `'exit'`. 0 by default. */
  readonly code?: number
  /** Dies by this signal instead of exiting with a code. */
  readonly signal?: NodeJS.Signals
  /** By default signals do what signal(7) says. */
  readonly onSignal?: Readonly<Partial<Record<CatchableSignal, Reaction>>>
  /** Processes it starts right away, in its own group. They live on when it ends. */
  readonly forks?: readonly Behaviour[]
  readonly prints?: ReadonlyArray<string | Print>
  /** Of a fork: keeps the output open after the leader's end. */
  readonly holdsPipe?: boolean
  /** Of a fork: begins a session and a group of its own, where no signal to the group finds it. */
  readonly leavesGroup?: boolean
  /** Stuck in the kernel: no signal, not even SIGKILL, has an effect. Only `world.exit` ends it. */
  readonly unkillable?: boolean
  /** How long its spawn takes: `spawned` is observed that much later, and from within `spawn` for 0, the default. */
  readonly spawnMs?: number
}

/** A behaviour, or what chooses one for each life; `n` counts the spawns of this program, from 1. */
export type Program = Behaviour | ((life: LifeKey, n: number) => Behaviour)

/** When a process comes to an end of its own; undefined: never. */
export function ownEndMs(behaviour: Behaviour): number | undefined {
  if (behaviour.exitsAfterMs !== undefined) return behaviour.exitsAfterMs
  if (behaviour.signal !== undefined) return 0
  const exitsWhenAsked = Object.values(behaviour.onSignal ?? {}).includes('exit')
  return behaviour.code !== undefined && !exitsWhenAsked ? 0 : undefined
}

/** How a process ends when it does so by itself. */
export function ownEnding(behaviour: Behaviour): Ending {
  return behaviour.signal === undefined ? { code: behaviour.code ?? 0 } : { signal: behaviour.signal }
}
