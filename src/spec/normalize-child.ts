import { buildChild } from './build-child.ts'
import { checkChild } from './check-child.ts'
import type { ChildSchemas } from './child-schema.ts'
import type { ChildSpec } from './child-spec.ts'
import type { Finding } from './findings.ts'
import { hiding } from './hiding.ts'
import { isId } from './fields.ts'
import { invalidSpec } from './invalid-spec.ts'
import { isCopiedRecord } from './copied-record.ts'
import { snapshot } from './snapshot.ts'

/** What a spec depends on besides the input. */
export interface ChildContext {
  /** Where the input stands, for messages: `children[2]`. Default: nowhere, paths begin with the option's own name. */
  readonly path?: string | undefined
  /** Whether children can be ended although the host was killed; decides the default of `lifetime`. */
  readonly platformTether: boolean
  /** Of the form it is written in. Default: as options. */
  readonly schemas?: ChildSchemas | undefined
}

/**
 * Turns what a user gave into the spec of a child: complete, frozen, sharing nothing with the input. Has no effect.
 * Whether `cwd` exists, whether the command can be run and whether the ids in `after` are siblings is not looked at; the
 * children of a nested supervisor are checked as siblings of each other.
 *
 * @throws {BroodError} ERR_INVALID_SPEC with all `issues`; ERR_UNSUPPORTED for a `tethered` child where that cannot be
 * done; ERR_CHILD_EXISTS and ERR_DEPENDENCY_CYCLE among the children of a nested supervisor
 */
export function normalizeChild(input: unknown, context: ChildContext): ChildSpec {
  return normalizeCopy(snapshot(input), context)
}

/** The same for what is a snapshot already. */
export function normalizeCopy(raw: unknown, context: ChildContext): ChildSpec {
  const { path = '', platformTether, schemas } = context
  const found: Finding[] = []
  const child = checkChild(raw, { path, name: 'child', hide: hiding(raw) }, found, schemas)
  if (child !== undefined) return buildChild(child, path, platformTether)
  const id = isCopiedRecord(raw) ? raw['id'] : undefined
  throw invalidSpec(found, isId(id) ? id : undefined)
}
