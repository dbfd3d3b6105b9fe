import type { ChildData } from './check-child.ts'
import { checkSiblings } from './check-children.ts'
import { markBuilt } from './built-specs.ts'
import { buildProcess } from './build-process.ts'
import type { ChildSpec, SupervisorSpec } from './child-spec.ts'
import { buildTask } from './build-task.ts'
import { supervisorStop } from './defaults.ts'
import { dependencies } from './dependencies.ts'
import { pathTo } from './place.ts'
import { restartPolicy } from './restart-policy.ts'

/**
 * A complete, frozen spec of a child and of all below it; children of a nested supervisor are checked as siblings here,
 * since nothing later sees them together before they are started.
 *
 * @throws {BroodError} ERR_UNSUPPORTED, ERR_CHILD_EXISTS, ERR_DEPENDENCY_CYCLE, ERR_INVALID_SPEC (an unknown `after`)
 */
export function buildChild(child: ChildData, path: string, platformTether: boolean): ChildSpec {
  switch (child.kind) {
    case 'process':
      return markBuilt(buildProcess(child.data, platformTether))
    case 'task':
      return markBuilt(buildTask(child.data))
    case 'supervisor':
      return markBuilt(buildSupervisor(child, path, platformTether))
  }
}

function buildSupervisor(
  { data, children }: Extract<ChildData, { readonly kind: 'supervisor' }>,
  path: string,
  platformTether: boolean,
): SupervisorSpec {
  const { id, strategy = 'one-for-one', autoShutdown = 'never', intensity } = data
  return Object.freeze({
    id,
    kind: 'supervisor',
    oneShot: false,
    significant: data.significant ?? false,
    restart: restartPolicy(data.restart, false),
    stop: supervisorStop,
    // It is ready when its children are, and they have timeouts of their own.
    readiness: 'told',
    readyTimeoutMs: Infinity,
    runTimeoutMs: Infinity,
    after: dependencies(data.after),
    strategy,
    autoShutdown,
    children: buildChildren(children, strategy, pathTo(path, ['children']), platformTether),
    ...(intensity === undefined ? {} : { intensity: Object.freeze(intensity) }),
  } satisfies SupervisorSpec)
}

/** A supervisor's declared children, checked as siblings. */
export function buildChildren(
  children: readonly ChildData[],
  strategy: SupervisorSpec['strategy'],
  path: string,
  platformTether: boolean,
): readonly ChildSpec[] {
  const specs = children.map((child, index) => buildChild(child, pathTo(path, [index]), platformTether))
  checkSiblings(specs, [], strategy, path)
  return Object.freeze(specs)
}
