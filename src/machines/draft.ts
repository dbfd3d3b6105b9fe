import type { EventData, EventType, RecordedEvent } from '../events/event.ts'
import { eventVersions } from '../events/event-versions.ts'
import type { Cause } from '../events/exit.ts'
import type { ChildState } from './child-state.ts'
import { foldTree } from './fold-tree.ts'
import { freezeDeep } from './freeze-deep.ts'
import { noNotes, type ChildNotes, type LiveTree, type Regroup } from './live-tree.ts'
import type { TreeStore } from './tree.ts'

/** The moment of a turn, read once: everything decided in one batch happened at the same time. */
export interface Instant {
  readonly at: number
  readonly mono: number
}

/**
 * A decision in the making: the events so far, and the tree as it is after them, laid over the tree as it was. Nothing
 * of the tree is touched before the batch was appended.
 */
export interface Draft extends TreeStore {
  readonly tree: LiveTree
  readonly now: Instant
  readonly random: () => number
  readonly events: RecordedEvent[]
  /** The children that this batch removes, as they were at the end. */
  readonly dropped: ChildState[]
  /** Who stands in whose place since this batch, by stream: the links are told when it has become truth. */
  readonly successors: Map<string, string>
  /** The `seq` of the event that is being answered, for `causedBy`. */
  answering: number | undefined
  notes(stream: string): ChildNotes
  note(stream: string, patch: Partial<ChildNotes>): void
  regroup(stream: string): Regroup | undefined
  setRegroup(stream: string, regroup: Regroup | undefined): void
  /** Makes the tree what the draft says. */
  adopt(): void
}

interface Overlay<V> {
  get(key: string): V | undefined
  set(key: string, value: V | undefined): void
  adopt(): void
}

function layOver<V>(base: Map<string, V>): Overlay<V> {
  let changes: Map<string, V | undefined> | undefined
  return {
    get: (key) => (changes?.has(key) === true ? changes.get(key) : base.get(key)),
    set: (key, value) => void (changes ??= new Map()).set(key, value),
    adopt() {
      for (const [key, value] of changes ?? []) {
        if (value === undefined) base.delete(key)
        else base.set(key, value)
      }
    },
  }
}

export function createDraft(tree: LiveTree, now: Instant, random: () => number): Draft {
  const children = layOver(tree.children)
  const supervisors = layOver(tree.supervisors)
  const revisions = layOver(tree.revisions)
  const registered = layOver(tree.registered)
  const notes = layOver(tree.notes)
  const regroups = layOver(tree.regroups)
  const draft: Draft = {
    tree,
    now,
    random,
    events: [],
    dropped: [],
    successors: new Map(),
    answering: undefined,
    child: (stream) => children.get(stream),
    setChild: (stream, child) => children.set(stream, child),
    dropChild(last) {
      children.set(last.stream, undefined)
      draft.dropped.push(last)
    },
    supervisor: (stream) => supervisors.get(stream),
    setSupervisor: (stream, supervisor) => supervisors.set(stream, supervisor),
    revision: (stream) => revisions.get(stream) ?? 0,
    setRevision: (stream, revision) => revisions.set(stream, revision),
    registrations: (base) => registered.get(base) ?? 0,
    setRegistrations: (base, count) => registered.set(base, count),
    notes: (stream) => notes.get(stream) ?? noNotes,
    note: (stream, patch) => notes.set(stream, { ...(notes.get(stream) ?? noNotes), ...patch }),
    regroup: (stream) => regroups.get(stream),
    setRegroup: (stream, regroup) => regroups.set(stream, regroup),
    adopt() {
      for (const overlay of [children, supervisors, revisions, registered, notes, regroups]) overlay.adopt()
      tree.seq += draft.events.length
    },
  }
  return draft
}

interface About {
  readonly child?: string
  readonly incarnation?: number
}

/** States a fact: puts the envelope around it and folds it, so that whatever is decided next sees it. */
export function record<T extends EventType>(
  draft: Draft,
  stream: string,
  type: T,
  data: EventData[T],
  about: About = {},
): void {
  const { child, incarnation } = about
  const cause = (data as { readonly cause?: Cause }).cause
  const event: { -readonly [K in keyof RecordedEvent]?: unknown } = {
    seq: draft.tree.seq + draft.events.length + 1,
    stream,
    revision: draft.revision(stream) + 1,
    at: draft.now.at,
    mono: draft.now.mono,
    type,
    v: eventVersions[type],
  }
  // One by one: to spread what may be missing took longer than the fold of the event.
  if (child !== undefined) event.child = child
  if (incarnation !== undefined && incarnation > 0) event.incarnation = incarnation
  if (cause !== undefined) event.cause = cause
  if (draft.answering !== undefined) event.causedBy = draft.answering
  event.data = freezeDeep(data)
  const recorded = Object.freeze(event) as RecordedEvent
  draft.events.push(recorded)
  foldTree(draft, recorded)
}

/** What is stated within `work` answers the fact that was stated last. */
export function inAnswer(draft: Draft, work: () => void): void {
  const before = draft.answering
  draft.answering = draft.events.at(-1)?.seq ?? before
  work()
  draft.answering = before
}

/** States a fact about a child's current life. */
export function recordOf<T extends EventType>(
  draft: Draft,
  child: ChildState,
  type: T,
  data: EventData[T],
  incarnation?: number,
): void {
  record(draft, child.stream, type, data, {
    child: child.view.id,
    incarnation: incarnation ?? child.view.incarnation,
  })
}
