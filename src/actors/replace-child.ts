import { checkLogLevels } from '../spec/check-log-levels.ts'
import { normalizeChild } from '../spec/normalize-child.ts'
import { checkSuccessor } from '../spec/check-children.ts'
import type { ChildOptions } from '../spec/child-options.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { invalidOption } from '../streams/invalid-option.ts'
import { refuseUnknownOptions } from '../streams/unknown-options.ts'
import type { Child, ReplaceOptions } from './handles.ts'
import { cannotReplace, replaceChildren } from './replace-children.ts'
import { specsOf } from './specs-of.ts'
import type { Supervision } from './supervision.ts'

/** Puts a new child in the place of the one that has its id. */
export async function replaceChild(
  tree: Supervision,
  supervisor: string,
  child: ChildOptions | ChildSpec,
  options: ReplaceOptions,
): Promise<Child> {
  refuseUnknownOptions(options, ['order'])
  const { order = 'stop-first' } = options
  if (order !== 'stop-first' && order !== 'start-first') {
    throw invalidOption('order', "'stop-first' or 'start-first'", order)
  }
  const { ports, logger } = tree
  const spec = checkLogLevels(normalizeChild(child, { platformTether: ports.host.support.tether }), logger)
  const refused = cannotReplace(tree, supervisor, spec.id)
  if (refused !== undefined) throw refused
  checkSuccessor(spec, specsOf(tree, supervisor), tree.tree.links.get(supervisor)?.policy.strategy ?? 'one-for-one')
  const [replaced] = tree.dispatch.turn(() => replaceChildren(tree, supervisor, [spec], order))
  if (replaced === undefined) throw new Error(`"${spec.id}" was not replaced`)
  return replaced
}
