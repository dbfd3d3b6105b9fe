import type { AutoShutdown, Outcome, RecordedLimit, Strategy } from '../../events/event.ts'
import type { SupervisorPhase } from '../../machines/view.ts'
import type { Standing } from './standing.ts'

/** One supervisor and those it owns, as the events so far tell it. Changed in place. */
export interface Company {
  readonly stream: string
  phase: SupervisorPhase
  strategy: Strategy
  /** Undefined before its first start has told it. */
  autoShutdown: AutoShutdown | undefined
  intensity: RecordedLimit | undefined
  /** What its current end was said to come to. */
  ending: Outcome | undefined
  /** Monotonic times of the automatic restarts below it that count, as far back as its intensity can ask. */
  history: readonly number[]
  readonly members: Set<Standing>
  readonly byId: Map<string, Standing>
  /** By the id that is waited for. */
  readonly dependants: Map<string, Set<Standing>>
  last: Standing | undefined
  /** Whether who stands beside whom is known: a replacement takes a place that the log alone does not tell. */
  isOrderKnown: boolean
}

export function newCompany(stream: string, strategy: Strategy): Company {
  return {
    stream,
    phase: 'initial',
    strategy,
    autoShutdown: undefined,
    intensity: undefined,
    ending: undefined,
    history: [],
    members: new Set(),
    byId: new Map(),
    dependants: new Map(),
    last: undefined,
    isOrderKnown: true,
  }
}

export function enlist(company: Company, child: Standing): void {
  child.left = company.last
  if (company.last !== undefined) company.last.right = child
  company.last = child
  company.members.add(child)
  company.byId.set(child.id, child)
  for (const id of child.rules?.after.keys() ?? []) {
    const known = company.dependants.get(id)
    if (known === undefined) company.dependants.set(id, new Set([child]))
    else known.add(child)
  }
}

export function dismiss(company: Company, child: Standing): void {
  if (child.left !== undefined) child.left.right = child.right
  if (child.right !== undefined) child.right.left = child.left
  if (company.last === child) company.last = child.left
  company.members.delete(child)
  if (company.byId.get(child.id) === child) company.byId.delete(child.id)
  for (const id of child.rules?.after.keys() ?? []) company.dependants.get(id)?.delete(child)
}
