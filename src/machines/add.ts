import type { ErrorCode } from '../errors.ts'
import type { EventData, Json } from '../events/event.ts'
import type { ChildState } from './child-state.ts'
import { record, type Draft } from './draft.ts'
import type { Input } from './input.ts'
import { linksOf } from './links.ts'
import { recordRules } from './record-rules.ts'
import { baseStream, streamName } from './stream-name.ts'
import { stepAside } from './succession.ts'

/** Registers a child: a new one, or one that lives already and was someone else's so far. */
export function add(draft: Draft, input: Extract<Input, { readonly of: 'add' }>): ErrorCode | undefined {
  const { parent, policy, spec, fingerprint, nested, beside, before, adopted } = input
  const owner = draft.supervisor(parent)
  if (owner === undefined || owner.phase === 'stopping' || (owner.phase === 'stopped' && owner.parent === null)) {
    return 'ERR_SUPERVISOR_STOPPED'
  }
  const { id, kind } = policy
  const stream = streamName(parent, id, draft.registrations(baseStream(parent, id)) + 1)
  const { strategy } = linksOf(draft, parent).policy
  // The first of these events is the only trace of its supervisor until that is started.
  const untold = owner.phase === 'initial' && owner.count === 0 && (owner.id !== 'root' || strategy !== 'one-for-one')
  const added: EventData['child.added'] = {
    kind,
    ...recordRules(policy, nested),
    ...(untold && owner.parent === null ? { supervisor: { id: owner.id, strategy } } : {}),
    spec,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    // Numbers of another log, and another supervisor's start, mean nothing here.
    ...(adopted === undefined ? {} : { adopted: asJson({ ...adopted.state, movedBy: 0, awaited: false }) }),
    ...(beside === undefined ? {} : { beside }),
    ...(before === undefined ? {} : { before }),
  }
  const incarnation = adopted?.state.view.incarnation
  record(draft, stream, 'child.added', added, { child: id, ...(incarnation === undefined ? {} : { incarnation }) })
  if (adopted === undefined) return undefined
  draft.note(stream, { ...adopted.notes, removing: false, replacement: null, replaces: null })
  const displaced = beside === undefined ? undefined : draft.child(beside)
  if (displaced !== undefined) stepAside(draft, displaced, stream)
  return undefined
}

const asJson = (state: ChildState): Json => state as unknown as Json
