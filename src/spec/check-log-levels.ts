import type { ChildSpec } from './child-spec.ts'
import { unexpected, type Finding } from './findings.ts'
import { invalidSpec } from './invalid-spec.ts'
import { nearestName } from './nearest-name.ts'
import { hasMethod } from './object-with.ts'
import { pathTo } from './place.ts'
import { redactor } from './redact.ts'
import { show } from './show.ts'
import type { SupervisorLogger } from './supervisor-logger.ts'

/**
 * Gives the spec back, or refuses levels in `log` that the supervisor's logger does not have: their lines would be logged nowhere. Without a logger
 * there is nothing to compare with. `path` is where the spec stands, for messages.
 *
 * @throws {BroodError} ERR_INVALID_SPEC with all `issues`
 */
export function checkLogLevels(spec: ChildSpec, logger: SupervisorLogger | undefined, path = ''): ChildSpec {
  const found = logger === undefined ? [] : unknownLevels(spec, logger, path)
  if (found.length > 0) throw invalidSpec(found, spec.id)
  return spec
}

function unknownLevels(spec: ChildSpec, logger: SupervisorLogger, path: string): readonly Finding[] {
  if (spec.kind === 'supervisor') {
    return spec.children.flatMap((child, index) => unknownLevels(child, logger, pathTo(path, ['children', index])))
  }
  if (spec.kind === 'task') return []
  const { log = {}, secrets } = spec
  const hide = redactor(secrets)
  return (['stdout', 'stderr'] as const).flatMap((name) => {
    const level = log[name]
    if (typeof level !== 'string' || hasLevel(logger, level)) return []
    const near = nearestName(level, levelsOf(logger) ?? usualLevels)
    const place = { path, name: 'child', hide }
    return [unexpected(place, ['log', name], "a level of the supervisor's logger", show(hide(level)), near)]
  })
}

const usualLevels = ['debug', 'info', 'warn', 'error']

/** A pino logger lists its levels; of another one only its methods are known. */
function hasLevel(logger: SupervisorLogger, level: string): boolean {
  const levels = levelsOf(logger)
  return levels === undefined
    ? level !== 'child' && !(level in Object.prototype) && hasMethod(logger, level)
    : levels.includes(level)
}

function levelsOf(logger: SupervisorLogger): readonly string[] | undefined {
  const levels: unknown = 'levels' in logger ? logger.levels : undefined
  const values: unknown = typeof levels === 'object' && levels !== null ? Reflect.get(levels, 'values') : undefined
  return typeof values === 'object' && values !== null ? Object.keys(values) : undefined
}
