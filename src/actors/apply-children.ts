import { BroodError, isBroodError } from '../errors.ts'
import { checkCycles } from '../spec/check-children.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { checkLogLevels } from '../spec/check-log-levels.ts'
import { normalizeChildren } from '../spec/normalize-children.ts'
import { planChildren, type Plan } from '../spec/plan-children.ts'
import { refusal } from './child-error.ts'
import { cannotReplace, replaceChildren, takesNobodyIn } from './replace-children.ts'
import { specsOf } from './specs-of.ts'
import type { Supervision } from './supervision.ts'

/** A plan, and the specs that it is about. */
interface Wanted {
  readonly plan: Plan
  readonly specs: ReadonlyMap<string, ChildSpec>
}

/** Compares the children of a supervisor with those that are wanted. @throws {BroodError} what is wrong with them */
export function compareChildren(tree: Supervision, supervisor: string, children: unknown): Wanted {
  const strategy = tree.tree.links.get(supervisor)?.policy.strategy ?? 'one-for-one'
  const { ports, logger } = tree
  const wanted = normalizeChildren(children, strategy, { platformTether: ports.host.support.tether })
  for (const [index, spec] of wanted.entries()) checkLogLevels(spec, logger, `children[${index}]`)
  const present = specsOf(tree, supervisor)
  const plan = planChildren(present, wanted)
  const specs = new Map(wanted.map((spec) => [spec.id, spec]))
  // As they will stand: what stays keeps its place, what is new comes behind it.
  const staying = present.flatMap(({ id }) => specs.get(id) ?? [])
  checkCycles([...staying, ...plan.add.flatMap((id) => specs.get(id) ?? [])], strategy)
  return { plan, specs }
}

/**
 * Makes the children of a supervisor what is wanted: removes, dependants first; then replaces and adds, each when what it
 * is `after` is there. Whatever fails, the rest is gone through.
 */
export async function applyChildren(tree: Supervision, supervisor: string, children: unknown): Promise<Plan> {
  const { plan, specs } = compareChildren(tree, supervisor, children)
  refuseWhole(tree, supervisor, plan)
  const failures: unknown[] = []
  const settle = async (work: readonly Promise<unknown>[]): Promise<void> => {
    for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') failures.push(result.reason)
  }
  for (const wave of removalWaves(specsOf(tree, supervisor), new Set(plan.remove))) {
    const leaving = wave.flatMap((id) => tree.handleOf(streamOf(tree, supervisor, id) ?? '') ?? [])
    await settle(leaving.map((child) => child.remove()))
  }
  const changed = [...plan.restart, ...plan.add].flatMap((id) => specs.get(id) ?? [])
  await settle(tree.dispatch.turn(() => change(tree, supervisor, changed)))
  if (failures.length > 0) throw theFailure(failures)
  return plan
}

/** Nothing is begun that could not be gone through with. */
function refuseWhole(tree: Supervision, supervisor: string, plan: Plan): void {
  if (takesNobodyIn(tree, supervisor)) {
    throw new BroodError('ERR_SUPERVISOR_STOPPED', 'Cannot apply children: the supervisor stops or has stopped')
  }
  for (const id of [...plan.restart, ...plan.remove]) {
    const refused = cannotReplace(tree, supervisor, id)
    if (refused !== undefined) throw refused
  }
}

/** All at once, so that each waits for what it is after as that will be: for the new one of an id, for one just added. */
function change(tree: Supervision, supervisor: string, specs: readonly ChildSpec[]): readonly Promise<unknown>[] {
  const work: Promise<unknown>[] = []
  const replaced: ChildSpec[] = []
  const added: string[] = []
  for (const spec of specs) {
    // Since the plan was made, while others were stopping, somebody else may have been at work.
    if (streamOf(tree, supervisor, spec.id) === undefined) {
      const one = tree.add(supervisor, spec)
      if ('refused' in one) work.push(Promise.reject(refusal(one.refused, 'add', spec.id, 'unknown')))
      else added.push(one.stream)
      continue
    }
    const refused = cannotReplace(tree, supervisor, spec.id)
    if (refused === undefined) replaced.push(spec)
    else work.push(Promise.reject(refused))
  }
  work.push(...replaceChildren(tree, supervisor, replaced, 'stop-first'))
  const phase = tree.tree.supervisor(supervisor)?.phase
  if (phase !== 'starting' && phase !== 'running') return work
  return [...work, ...added.map((stream) => start(tree, stream))]
}

async function start(tree: Supervision, stream: string): Promise<unknown> {
  const since = tree.tree.seq
  const refused = tree.dispatch.apply({ of: 'child', stream, input: { kind: 'start' } })
  const child = tree.handleOf(stream)
  if (refused !== undefined) throw refusal(refused, 'start', child?.id ?? stream, child?.view.state ?? 'unknown')
  return child?.begun(since)
}

function streamOf(tree: Supervision, supervisor: string, id: string): string | undefined {
  return tree.tree.links.get(supervisor)?.streams.get(id)
}

/** The ids to remove, in groups: each once none that is to be removed as well depends on it. */
function removalWaves(present: readonly ChildSpec[], ids: ReadonlySet<string>): readonly (readonly string[])[] {
  const leaving = present.filter(({ id }) => ids.has(id))
  const left = new Map(leaving.map(({ id }) => [id, 0]))
  const needs = new Map(leaving.map(({ id, after }) => [id, after.map((one) => one.id).filter((one) => ids.has(one))]))
  for (const needed of needs.values()) for (const id of needed) left.set(id, (left.get(id) ?? 0) + 1)
  const waves: string[][] = []
  let wave = leaving.map(({ id }) => id).filter((id) => left.get(id) === 0)
  while (wave.length > 0) {
    waves.push(wave)
    const next: string[] = []
    for (const id of wave.flatMap((one) => needs.get(one) ?? [])) {
      const count = (left.get(id) ?? 1) - 1
      left.set(id, count)
      if (count === 0) next.push(id)
    }
    wave = next
  }
  return waves
}

/** The first failure; where there are several, with all of them as its cause. */
function theFailure(failures: readonly unknown[]): unknown {
  const [first] = failures
  if (failures.length === 1 || !isBroodError(first)) return first
  const { code, message, child, exit, stderrTail } = first
  const cause = new AggregateError(failures, `${failures.length} children failed`)
  return new BroodError(code, message, { child, exit, stderrTail, cause })
}
