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
  /** Those of the members that have no place in the order. */
  readonly besides: Set<Standing>
  /** Whom an id means. */
  readonly byId: Map<string, Standing>
  /** By the id that is waited for. */
  readonly dependants: Map<string, Set<Standing>>
  last: Standing | undefined
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
    besides: new Set(),
    byId: new Map(),
    dependants: new Map(),
    last: undefined,
  }
}

/** Takes a child in at the end of the order. */
export function enlist(company: Company, child: Standing): void {
  admit(company, child)
  child.left = company.last
  if (company.last !== undefined) company.last.right = child
  company.last = child
  company.byId.set(child.id, child)
}

/** Takes a child in without a place: beside the one whose place it is to take or has given up, while that is there. */
export function enlistBeside(company: Company, child: Standing, beside: Standing | undefined): void {
  admit(company, child)
  child.beside = beside
  company.besides.add(child)
}

function admit(company: Company, child: Standing): void {
  company.members.add(child)
  for (const id of child.rules?.after.keys() ?? []) {
    const known = company.dependants.get(id)
    if (known === undefined) company.dependants.set(id, new Set([child]))
    else known.add(child)
  }
}

/** From here on `next` stands where `old` stood, which is left without a place. */
export function replace(company: Company, old: Standing, next: Standing): void {
  next.left = old.left
  next.right = old.right
  if (old.left !== undefined) old.left.right = next
  if (old.right !== undefined) old.right.left = next
  if (company.last === old) company.last = next
  company.byId.set(next.id, next)
  company.besides.delete(next)
  next.beside = undefined
  old.left = undefined
  old.right = undefined
  old.beside = next
  company.besides.add(old)
}

export function dismiss(company: Company, child: Standing): void {
  company.members.delete(child)
  for (const id of child.rules?.after.keys() ?? []) company.dependants.get(id)?.delete(child)
  if (company.besides.delete(child)) return
  if (child.left !== undefined) child.left.right = child.right
  if (child.right !== undefined) child.right.left = child.left
  if (company.last === child) company.last = child.left
  if (company.byId.get(child.id) === child) company.byId.delete(child.id)
}
