import { BroodError } from '../errors.ts'
import { explainChild, explainSupervisor, type Explanation } from '../record/explain.ts'
import type { Supervision } from './supervision.ts'

/** Explains a child of a living supervisor, or that supervisor by its own id. @throws {BroodError} ERR_CHILD_NOT_FOUND */
export function explainLive({ tree, publisher }: Supervision, supervisor: string, id: string): Explanation {
  const { log } = publisher
  const retained = log.read(log.first, Infinity)
  const child = tree.child(tree.links.get(supervisor)?.streams.get(id) ?? '')
  if (child !== undefined) return explainChild(retained, child, tree)
  const own = tree.supervisor(supervisor)
  if (own?.id === id) return explainSupervisor(retained, own)
  throw new BroodError('ERR_CHILD_NOT_FOUND', `No child "${id}" to explain`, { child: id })
}
