import { BroodError } from '../errors.ts'
import { ROOT } from '../machines/tree.ts'
import { refusal } from './child-error.ts'
import type { Child } from './handles.ts'
import { setFree } from './move-child.ts'
import type { Supervision } from './supervision.ts'

/** Gives a child of this supervisor free, alive, under the handle that it has. */
export function releaseChild(tree: Supervision, supervisor: string, id: string): Child {
  if (tree.tree.supervisor(ROOT)?.phase === 'stopped') throw refusal('ERR_SUPERVISOR_STOPPED', 'release', id, 'stopped')
  const stream = tree.tree.links.get(supervisor)?.streams.get(id)
  const handle = stream === undefined ? undefined : tree.handleOf(stream)
  if (stream === undefined || handle === undefined) {
    throw new BroodError('ERR_CHILD_NOT_FOUND', `No child "${id}" to release`, { child: id })
  }
  setFree(tree, stream)
  return handle
}
