import type { EventData, RecordedEvent } from '../events/event.ts'
import { recordLimit } from '../machines/limit.ts'
import { ROOT } from '../machines/tree.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { defaultLimit } from '../spec/defaults.ts'
import { specFromLog } from '../spec/spec-from-log.ts'
import { completeEvent, refuseImpossible, type ShortEvent } from './given-event.ts'
import type { StagedTree } from './staged-tree.ts'

type Told = RecordedEvent | ShortEvent

/**
 * Lets a history happen to a tree: first the registrations it takes for granted, then its events, each completed at its
 * place. A supervisor that nobody is seen to start runs from the first event that is no registration.
 */
export function tellHistory(staged: StagedTree, events: readonly Told[], children: readonly ChildSpec[]): void {
  const added = new Set(events.filter(({ type }) => type === 'child.added').map(idOf))
  for (const child of children) if (!added.has(child.id)) staged.add(ROOT, child)

  let running = events.length === 0 || events.some(({ type }) => type === 'supervisor.started')
  for (const event of events) {
    if (!running && event.type !== 'child.added') {
      take(staged, { type: 'supervisor.started' }, children)
      running = true
    }
    take(staged, event, children)
  }
  if (!running) take(staged, { type: 'supervisor.started' }, children)
}

function take(staged: StagedTree, event: Told, children: readonly ChildSpec[]): void {
  const spec = event.type === 'child.added' ? specOfAdded(event, children) : undefined
  const whole = 'seq' in event ? event : completeEvent(staged, event, spec)
  refuseImpossible(staged, whole)
  staged.fold(whole, spec)
  // A log tells of each by itself.
  if ('seq' in event || spec?.kind !== 'supervisor') return
  for (const child of spec.children) staged.add(whole.stream, child)
}

/** As it is declared, at its place; else as the event describes it. */
function specOfAdded(
  event: Extract<Told, { readonly type: 'child.added' }>,
  children: readonly ChildSpec[],
): ChildSpec {
  const path = event.stream === undefined ? [idOf(event)] : idsOf(event.stream)
  let among = children
  let found: ChildSpec | undefined
  for (const id of path) {
    found = among.find((child) => child.id === id)
    among = found?.kind === 'supervisor' ? found.children : []
  }
  return found ?? specFromLog(idOf(event), { ...usual, ...event.data })
}

const usual: EventData['child.added'] = {
  kind: 'process',
  restart: 'permanent',
  oneShot: false,
  significant: false,
  limit: recordLimit(defaultLimit),
  spec: null,
}

const idsOf = (stream: string): readonly string[] =>
  stream
    .slice(1)
    .split('/')
    .map((part) => decodeURIComponent(part.replace(/@\d+$/, '')))

function idOf({ child, stream }: Told): string {
  return child ?? (stream === undefined ? 'child' : (idsOf(stream).at(-1) ?? 'child'))
}
