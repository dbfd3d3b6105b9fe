import type { ChildState } from './child-state.ts'
import type { ChildPolicy } from './policy.ts'

/** A timer that a state owes, with what is left of it; never negative, and `Infinity` for none. */
export interface Deadline {
  readonly name: 'ready' | 'run' | 'splay' | 'killTimeout'
  readonly leftMs: number
}

/**
 * What is left, `now` (monotonic milliseconds of the same boot), of the deadlines of a child's current state, as its
 * events tell it: who takes a tree over arms them with that, and nobody is given more time because a host has ended.
 */
export function deadlines(child: ChildState, policy: ChildPolicy, now: number): readonly Deadline[] {
  const left = (name: Deadline['name'], since: number | null, wholeMs: number | null): Deadline => ({
    name,
    leftMs: wholeMs === null ? Infinity : Math.max(wholeMs - (now - (since ?? now)), 0),
  })
  const { ladder, spawnedMono, ladderMono, graceMono } = child
  const run = left('run', spawnedMono, policy.runTimeoutMs)
  switch (child.name) {
    case 'probing':
      return [left('ready', spawnedMono, policy.readyTimeoutMs), run]
    case 'running':
      return [run]
    case 'splaying':
      return ladder === null ? [] : [left('splay', ladderMono, ladder.splayMs)]
    case 'terminating':
    case 'settling':
      // What was killed already has no grace left, and what nobody asked down never had one.
      if (ladder === null || graceMono === null || child.escalated) return []
      return [left('killTimeout', graceMono, ladder.killTimeoutMs)]
    default:
      return []
  }
}
