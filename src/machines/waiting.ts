import { atRest, type ChildState } from './child-state.ts'
import { recordOf, type Draft } from './draft.ts'
import { makesRoom } from './succession.ts'
import { dependants, dependencies, type Awaited } from './links.ts'
import { isRecovering } from './recovering.ts'

/**
 * Lets a waiting child go on when all it waits for is there. A start that a caller asked for insists on its
 * dependencies; an automatic one waits only for those that are on their way up, and takes the rest as they are.
 */
export function proceed(draft: Draft, stream: string): void {
  const child = draft.child(stream)
  // Before a recovered tree is started nothing begins.
  if (child?.name !== 'waiting' || isRecovering(draft)) return
  for (const awaited of dependencies(draft, child)) {
    // It is about to be stopped, and the id will mean another.
    if (awaited.child !== undefined && makesRoom(draft, awaited.child)) return
    if (isMet(awaited)) continue
    if (child.startedBy === 'automatic') {
      if (awaited.child !== undefined && isOnItsWayUp(draft, awaited.child)) return
    } else if (awaited.child === undefined || (atRest(awaited.child) && awaited.child.name !== 'initial')) {
      return refuse(draft, child, awaited)
    } else {
      return
    }
  }
  const lifetime = draft.tree.policies.get(stream)?.lifetime
  recordOf(draft, child, 'spawn.requested', lifetime === undefined ? {} : { lifetime }, child.view.incarnation + 1)
}

/** Looks again at those that wait for this child. */
export function proceedDependants(draft: Draft, child: ChildState): void {
  for (const dependant of dependants(draft, child)) {
    if (dependant.name === 'waiting') proceed(draft, dependant.stream)
  }
}

function isMet({ child, condition }: Awaited): boolean {
  if (child === undefined) return false
  const completed = child.oneShot && child.name === 'stopped' && child.view.outcome === 'exited'
  switch (condition) {
    case 'started':
      return completed || child.name === 'probing' || child.name === 'running'
    case 'ready':
      return completed || (!child.oneShot && child.name === 'running')
    case 'completed':
      return child.name === 'stopped' && child.view.outcome === 'exited'
  }
}

function isOnItsWayUp(draft: Draft, child: ChildState): boolean {
  switch (child.name) {
    case 'waiting':
    case 'spawning':
    case 'probing':
    case 'backingOff':
      return true
    case 'splaying':
    case 'terminating':
    case 'killing':
      return child.asked?.kind === 'restart'
    case 'settling':
      return child.asked === null ? draft.notes(child.stream).verdict !== 'rest' : child.asked.kind === 'restart'
    default:
      return false
  }
}

function refuse(draft: Draft, child: ChildState, awaited: Awaited): void {
  // Not at rest while something of the life before may be alive: asked again when its sweep has ended.
  if (draft.notes(child.stream).unswept > 0) return
  const state = awaited.child === undefined ? 'removed' : `stopped (${awaited.child.view.outcome ?? 'unknown'})`
  recordOf(draft, child, 'child.stopped', {
    outcome: 'startFailed',
    cause: 'dependency',
    error: {
      code: 'ERR_ABORTED',
      message: `"${child.view.id}" was not started: "${awaited.id}" must be ${awaited.condition} first, but is ${state}`,
    },
  })
}
