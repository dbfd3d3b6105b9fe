import { inspect } from 'node:util'
import { BroodError, type ErrorCode } from '../errors.ts'
import { atRest, type ChildState } from '../machines/child-state.ts'
import { noNotes } from '../machines/live-tree.ts'
import { isGivenAway } from '../machines/succession.ts'
import { ROOT } from '../machines/tree.ts'
import { checkLogLevels } from '../spec/check-log-levels.ts'
import { checkCycles } from '../spec/check-children.ts'
import { ChildHandle } from './child-handle.ts'
import { refusal } from './child-error.ts'
import type { Child } from './handles.ts'
import { moveChild, setFree } from './move-child.ts'
import { specsOf } from './specs-of.ts'
import type { Supervision } from './supervision.ts'

/** Takes a child of any supervisor into the ownership of this one; gives the one whose id and place it takes, set free. */
export function adoptChild(tree: Supervision, supervisor: string, child: Child): Child | undefined {
  const place = ChildHandle.placeOf(child)
  if (place === undefined) {
    throw new BroodError('ERR_INVALID_SPEC', `Expected a child of a supervisor, got ${inspect(child, { depth: 0 })}`)
  }
  const { id } = child
  const from = place.home
  const state = from.tree.child(place.stream)
  const displaced = tree.tree.links.get(supervisor)?.streams.get(id)
  const refuse = (code: ErrorCode | undefined): void => {
    if (code !== undefined) throw refusal(code, 'adopt', id, child.view.state)
  }
  refuse(cannotTakeIn(tree, supervisor, state))
  if (state === undefined) throw refusal('ERR_INVALID_STATE', 'adopt', id, 'removed')
  if (from === tree && displaced === place.stream) return undefined
  refuse(cannotLeave(from, place.stream))
  if (displaced !== undefined) refuse(cannotLeave(tree, displaced))
  // Two clocks tell two times, and a process of one host is nobody on another.
  if (from.ports.clock !== tree.ports.clock || from.ports.host !== tree.ports.host) refuse('ERR_UNSUPPORTED')
  checkLogLevels(child.spec, tree.logger)
  const siblings = specsOf(tree, supervisor)
  const all = displaced === undefined ? [...siblings, child.spec] : siblings.map((s) => (s.id === id ? child.spec : s))
  checkCycles(all, tree.tree.links.get(supervisor)?.policy.strategy ?? 'one-for-one')

  return tree.dispatch.turn(() => {
    const free = displaced === undefined ? undefined : tree.handleOf(displaced)
    if (from === tree) tree.moving.moveWithin(place.stream, supervisor, displaced)
    else moveChild(from, place.stream, () => tree, supervisor, displaced)
    // Unless all of this was the end of the whole tree, and of the other with it.
    if (displaced !== undefined && cannotLeave(tree, displaced) === undefined) setFree(tree, displaced)
    return free
  })
}

function cannotTakeIn(tree: Supervision, supervisor: string, child: ChildState | undefined): ErrorCode | undefined {
  if (tree.tree.supervisor(ROOT)?.phase === 'stopped') return 'ERR_SUPERVISOR_STOPPED'
  switch (tree.tree.supervisor(supervisor)?.phase) {
    case 'starting':
    case 'running':
      return undefined
    case 'initial':
      // Nobody would stop what runs below a nested supervisor that does not.
      return supervisor === ROOT || child === undefined || atRest(child) ? undefined : 'ERR_SUPERVISOR_NOT_RUNNING'
    default:
      return 'ERR_SUPERVISOR_STOPPED'
  }
}

function cannotLeave(tree: Supervision, stream: string): ErrorCode | undefined {
  if (tree.tree.supervisor(ROOT)?.phase === 'stopped') return 'ERR_SUPERVISOR_STOPPED'
  if (tree.tree.child(stream)?.view.kind === 'supervisor') return 'ERR_UNSUPPORTED'
  return isGivenAway(tree.tree.notes.get(stream) ?? noNotes) ? 'ERR_CHILD_STOPPING' : undefined
}
