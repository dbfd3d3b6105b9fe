import type { ChildKind, RecordedEvent, RecordedLimit, Strategy } from '../../../src/events/event.ts'
import type { ChildState, ChildStateName } from '../../../src/machines/child-state.ts'
import { childTable } from '../../../src/machines/fold-child.ts'

/** What a log says of a child's rules, with the defaults that a recorded spec leaves out. */
export interface Registration {
  readonly stream: string
  readonly id: string
  readonly parent: string
  readonly kind: ChildKind
  readonly restart: 'permanent' | 'transient' | 'temporary'
  readonly oneShot: boolean
  readonly limit: RecordedLimit
  readonly after: Readonly<Record<string, 'started' | 'ready' | 'completed'>>
  readonly backoff: { readonly minMs: number; readonly maxMs: number; readonly factor: number; readonly jitter: number }
  readonly success: readonly (number | string)[]
  readonly splayMs: number
}

/** Where a child is just before an event, told by nothing but the chart. */
export interface Standing {
  readonly rules: Registration
  name: ChildStateName
  incarnation: number
  /** Its place in the start order; undefined while it has none. */
  place: number | undefined
}

interface RecordedSpec {
  readonly after?: readonly string[] | Registration['after']
  readonly restart?:
    | string
    | { readonly backoff?: Partial<Registration['backoff']>; readonly success?: readonly (number | string)[] }
  readonly stop?: { readonly splayMs?: number }
}

export const parentOf = (stream: string): string => stream.slice(0, stream.lastIndexOf('/')) || '/'

/** How a child was, of which this event says that it was adopted. */
export const adoptedState = (event: RecordedEvent): ChildState | undefined =>
  event.type === 'child.added' ? (event.data.adopted as unknown as ChildState | undefined) : undefined

/** Whether the intent of its life was answered: a task has no pid to tell. */
export const isSpawned = (state: ChildState | undefined): boolean =>
  isUnended(state) &&
  state !== undefined &&
  (state.pid !== null || (state.view.kind === 'task' && state.name !== 'spawning'))

/** Whether a life was under way, or begun and not answered, where it was adopted. */
export const isUnended = (state: ChildState | undefined): boolean =>
  state !== undefined && !state.exited && state.view.incarnation > 0 && state.name !== 'waiting'

function register({ stream, child = '', data }: RecordedEvent<'child.added'>): Registration {
  const spec = data.spec as unknown as RecordedSpec
  const { after = [] } = spec
  const rules = typeof spec.restart === 'object' ? spec.restart : {}
  return {
    stream,
    id: child,
    parent: parentOf(stream),
    kind: data.kind,
    restart: data.restart,
    oneShot: data.oneShot,
    limit: data.limit,
    after: isList(after) ? Object.fromEntries(after.map((id) => [id, 'ready'])) : after,
    backoff: { minMs: 1_000, maxMs: 60_000, factor: 2, jitter: 0.5, ...rules.backoff },
    success: rules.success ?? [0],
    splayMs: spec.stop?.splayMs ?? 0,
  }
}

const isList = (after: readonly string[] | Registration['after']): after is readonly string[] => Array.isArray(after)

/** Facts of an earlier life are recorded past the chart. */
export const isLate = (event: RecordedEvent, standing: Standing): boolean =>
  event.incarnation !== undefined && event.incarnation < standing.incarnation

/** Whether an event is a supervisor's own, rather than one of the child that a nested supervisor also is. */
export const isSupervisors = ({ type }: RecordedEvent): boolean =>
  type.startsWith('supervisor.') || type.startsWith('journal.') || type === 'intensity.exceeded'

/** The children of a log as they stand before each event; removed ones are gone, in the order of their registration. */
export function walk(
  events: readonly RecordedEvent[],
  visit: (event: RecordedEvent, standing: Standing | undefined, all: ReadonlyMap<string, Standing>) => void,
): void {
  const all = new Map<string, Standing>()
  let places = 0
  for (const event of events) {
    if (event.type === 'child.added') {
      const { name = 'initial', view } = adoptedState(event) ?? {}
      const place = event.data.beside === undefined ? places++ : undefined
      all.set(event.stream, { rules: register(event), name, incarnation: view?.incarnation ?? 0, place })
    }
    const standing = isSupervisors(event) ? undefined : all.get(event.stream)
    visit(event, standing, all)
    if (standing === undefined || isLate(event, standing)) continue
    standing.name = childTable.next(standing.name, event.type) ?? standing.name
    if (event.type === 'child.replaced') {
      const next = all.get(event.data.by)
      if (next !== undefined) next.place = standing.place
      standing.place = undefined
    }
    if (event.type === 'spawn.requested') standing.incarnation = event.incarnation ?? standing.incarnation + 1
    if (event.type === 'child.removed' || event.type === 'child.released') all.delete(event.stream)
  }
}

/** The siblings of a child that it is `after`: the named, and under rest-for-one its left neighbour. */
export function dependenciesOf(
  standing: Standing,
  all: ReadonlyMap<string, Standing>,
  strategies: ReadonlyMap<string, Strategy>,
): readonly { readonly on: Standing | undefined; readonly id: string; readonly condition: string }[] {
  const { rules } = standing
  // A child without a place depends on what its namesake depends on, which stands where it is to stand.
  const siblings = [...all.values()]
    .filter((other) => other.rules.parent === rules.parent && other.place !== undefined)
    .toSorted((a, b) => (a.place ?? 0) - (b.place ?? 0))
  const here = standing.place === undefined ? siblings.find((other) => other.rules.id === rules.id) : standing
  const named = Object.entries(rules.after).map(([id, condition]) => ({
    on: siblings.find((other) => other.rules.id === id),
    id,
    condition: condition as string,
  }))
  if (strategies.get(rules.parent) !== 'rest-for-one') return named
  const left = here === undefined ? undefined : siblings[siblings.indexOf(here) - 1]
  return left === undefined ? named : [...named, { on: left, id: left.rules.id, condition: 'ready' }]
}

/** The strategy of every supervisor that a log knows of. */
export function strategiesOf(events: readonly RecordedEvent[]): ReadonlyMap<string, Strategy> {
  const found = new Map<string, Strategy>()
  for (const event of events) {
    if (event.type === 'supervisor.started') found.set(event.stream, event.data.strategy)
    if (event.type === 'child.added' && event.data.strategy !== undefined) found.set(event.stream, event.data.strategy)
  }
  return found
}

/** Whether a log ends as a finished one must. */
export function hasEnded(events: readonly RecordedEvent[]): boolean {
  return events.some(({ type, stream }) => type === 'supervisor.stopped' && stream === '/')
}

export const at = (event: RecordedEvent): string => `seq ${event.seq} ${event.type} of ${event.stream}`
