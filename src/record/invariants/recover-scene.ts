import type { RecordedEvent } from '../../events/event.ts'
import { supervisorTable } from '../../machines/fold-supervisor.ts'
import { dismiss, enlist, type Company } from './company.ts'
import { rulesOf } from './rules.ts'
import type { Standing } from './standing.ts'

/**
 * Another host took the tree over: every supervisor is as before its start, the children have the rules and the order in
 * which they were given again, and of their lives the last words were heard by nobody.
 */
export function recoverScene(
  children: ReadonlyMap<string, Standing>,
  companies: ReadonlyMap<string, Company>,
  event: RecordedEvent<'supervisor.recovered'>,
): void {
  const { order, changed, rebooted, strategy, autoShutdown, intensity } = event.data
  const changes = new Map(changed.map((change) => [change.stream, change]))
  const places = new Map(order.map((stream, place) => [stream, place]))
  const placeOf = ({ stream }: Standing): number => places.get(stream) ?? Infinity

  for (const company of companies.values()) {
    const placed = [...company.members].filter((child) => !company.besides.has(child))
    const ranks = new Map(leftToRight(placed).map((child, rank) => [child, rank]))
    for (const child of placed) dismiss(company, child)
    for (const child of children.values()) {
      const change = changes.get(child.stream)
      if (child.parent !== company.stream || change === undefined) continue
      const { restart, oneShot, limit } = change
      Object.assign(child, { restart, oneShot, limit, rules: rulesOf(change) })
    }
    const rank = (child: Standing): number => ranks.get(child) ?? 0
    const again = placed.toSorted((a, b) => Math.sign(placeOf(a) - placeOf(b)) || rank(a) - rank(b))
    for (const child of again) {
      child.left = undefined
      child.right = undefined
      enlist(company, child)
    }
    company.phase = supervisorTable.next(company.phase, event.type) ?? company.phase
    company.strategy = changes.get(company.stream)?.strategy ?? company.strategy
    company.ending = undefined
    if (rebooted) company.history = []
  }
  for (const child of children.values()) {
    child.isPartlyKnown = true
    if (rebooted) child.history = []
  }
  const root = companies.get('/')
  if (root !== undefined) Object.assign(root, { strategy, autoShutdown, intensity })
}

/** Those that have a place in the order, as they stand. */
function leftToRight(placed: readonly Standing[]): readonly Standing[] {
  const first = placed.find(({ left }) => left === undefined)
  const row: Standing[] = []
  for (let child = first; child !== undefined; child = child.right) row.push(child)
  return row
}
