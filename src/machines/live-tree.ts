import type { AutoShutdown, RestartLimit, Strategy } from '../events/event.ts'
import type { ChildPolicy } from './policy.ts'
import { createTree, ROOT, type Tree } from './tree.ts'

/**
 * What is observed of a child and not recorded, because it dies with the host: a recovery asks the world again. Views
 * and replays never depend on it.
 */
export interface ChildNotes {
  /** The group of the current life is proven empty (as it is before the first). */
  readonly gone: boolean
  /** The grace of the current life's ladder is over, by its time or by somebody's haste: that happens once. */
  readonly killed: boolean
  /** The output of the current life is complete, or was cut. */
  readonly drained: boolean
  /** Lives, this one and earlier, whose sweep has not ended. */
  readonly unswept: number
  /** What became of judging the exit that nobody asked for. */
  readonly verdict: 'restart' | 'rest' | 'asking' | null
  readonly removing: boolean
  /** It is being replaced by that stream. */
  readonly replacement: Replacement | null
  /** The stream that it is to replace. */
  readonly replaces: string | null
  /** Its part in a strategy restart: not there yet, or waiting for the others. */
  readonly held: 'pending' | 'ready' | null
}

/** Which of the two runs first: nothing of the old one when the new one starts, or the new one when the old one stops. */
export type ReplaceOrder = 'stop-first' | 'start-first'

export interface Replacement {
  readonly by: string
  readonly order: ReplaceOrder
}

/** A strategy restart under way: its members, and how many of them are not ready to begin again. */
export interface Regroup {
  readonly members: readonly string[]
  readonly pending: number
}

/** The rules of one supervisor, as they were given. */
export interface SupervisorPolicy {
  readonly id: string
  readonly strategy: Strategy
  readonly autoShutdown: AutoShutdown
  readonly intensity?: RestartLimit
  /** The ids it was declared with: what was added later does not outlive a restart of a nested supervisor. */
  readonly declared: ReadonlySet<string>
}

/** Who is who among the children of one supervisor. */
export interface Links {
  readonly policy: SupervisorPolicy
  /** The current stream of each id. */
  readonly streams: Map<string, string>
  /** For each id, the streams of those that are `after` it. */
  readonly dependants: Map<string, Set<string>>
}

/** A tree with what only a living one has: rules, notes, and who depends on whom. */
export interface LiveTree extends Tree {
  readonly policies: Map<string, ChildPolicy>
  readonly notes: Map<string, ChildNotes>
  readonly regroups: Map<string, Regroup>
  readonly links: Map<string, Links>
}

export const noNotes: ChildNotes = Object.freeze({
  gone: true,
  killed: false,
  drained: true,
  unswept: 0,
  verdict: null,
  removing: false,
  replacement: null,
  replaces: null,
  held: null,
})

export function newLinks(policy: SupervisorPolicy): Links {
  return { policy, streams: new Map(), dependants: new Map() }
}

export function createLiveTree(policy: SupervisorPolicy): LiveTree {
  return Object.assign(createTree(policy.id, policy.strategy), {
    policies: new Map<string, ChildPolicy>(),
    notes: new Map<string, ChildNotes>(),
    regroups: new Map<string, Regroup>(),
    links: new Map([[ROOT, newLinks(policy)]]),
  })
}
