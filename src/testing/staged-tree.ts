import type { ErrorCode } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import { decide, type Decision } from '../machines/decide.ts'
import { createDraft, type Instant } from '../machines/draft.ts'
import { foldTree } from '../machines/fold-tree.ts'
import type { Input } from '../machines/input.ts'
import { link, unlink } from '../machines/links.ts'
import { createLiveTree, newLinks, noNotes, type LiveTree, type SupervisorPolicy } from '../machines/live-tree.ts'
import { judge } from '../machines/settle.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { nestedPolicy } from '../spec/nested-policy.ts'

/** A tree that is decided upon without anything around it: no clock, no journal, no process. */
export interface StagedTree {
  readonly tree: LiveTree
  /** The moment at which the next decision falls. */
  now: Instant
  /** Registers a child by a decision of its own, then what is below it. Gives all that was recorded. */
  add(parent: string, spec: ChildSpec): Added
  /** Decides without any consequence: asked again, it answers the same. */
  decide(input: Input): Decision
  /** Decides, and makes it truth. */
  apply(input: Input): Decision
  /** Takes in what has happened already; `spec` tells the rules of a child that this event adds. */
  fold(event: RecordedEvent, spec?: ChildSpec): void
}

/** What came of an `add`. */
export interface Added {
  readonly events: readonly RecordedEvent[]
  readonly refused?: ErrorCode
}

/** The machine had been up for an hour: so nobody mistakes `at` for `mono`. */
const beginning: Instant = { at: 1_767_225_600_000, mono: 3_600_000 }

export function createStagedTree(policy: SupervisorPolicy, random: () => number): StagedTree {
  const tree = createLiveTree(policy)

  const register = (stream: string, spec: ChildSpec): void => {
    const links = tree.links.get(tree.child(stream)?.parent ?? '')
    if (links === undefined) return
    tree.policies.set(stream, spec)
    link(links, stream, spec, true)
    if (spec.kind === 'supervisor') tree.links.set(stream, newLinks(nestedPolicy(spec)))
  }

  const deregister = (stream: string, parent: string): void => {
    const spec = tree.policies.get(stream)
    const links = tree.links.get(parent)
    if (spec !== undefined && links !== undefined) unlink(links, stream, spec)
    for (const map of [tree.policies, tree.notes, tree.links]) map.delete(stream)
  }

  const staged: StagedTree = {
    tree,
    now: beginning,
    add(parent, spec) {
      const nested = spec.kind === 'supervisor' ? { nested: nestedPolicy(spec) } : {}
      const { draft, refused } = staged.apply({ of: 'add', parent, policy: spec, spec: { id: spec.id }, ...nested })
      if (refused !== undefined) return { events: [], refused }
      const [added] = draft.events
      if (added === undefined || spec.kind !== 'supervisor') return { events: draft.events }
      const below = spec.children.flatMap((child) => staged.add(added.stream, child).events)
      return { events: [...draft.events, ...below] }
    },
    decide: (input) => decide(tree, input, staged.now, random),
    apply(input) {
      const decision = staged.decide(input)
      const { draft } = decision
      if (decision.refused !== undefined) return decision
      draft.adopt()
      for (const { stream, parent } of draft.dropped) deregister(stream, parent)
      const [added] = draft.events
      // The policy of an `add` is the whole spec: that is what `add` above hands over.
      if (input.of === 'add' && added !== undefined) register(added.stream, input.policy as ChildSpec)
      return decision
    },
    fold(event, spec) {
      const parent = tree.child(event.stream)?.parent
      foldTree(tree, event)
      tree.seq = event.seq
      staged.now = { at: event.at, mono: event.mono }
      if (event.type === 'child.added' && spec !== undefined) register(event.stream, spec)
      else if (event.type === 'child.removed' && parent !== undefined) deregister(event.stream, parent)
      else takeNotes(tree, event, staged.now)
    },
  }
  return staged
}

/**
 * What a living tree knows and no log holds, as far as it follows from the log: a group is gone where the next thing
 * could not have happened otherwise, the sweeps of earlier lives are over, and an exit was judged when it came.
 */
function takeNotes(tree: LiveTree, event: RecordedEvent, now: Instant): void {
  const { stream } = event
  const note = (patch: Partial<typeof noNotes>): void =>
    void tree.notes.set(stream, { ...(tree.notes.get(stream) ?? noNotes), ...patch })
  switch (event.type) {
    case 'process.spawned':
      return note(event.data.pid === null ? { verdict: null } : { ...noNotes, gone: false, drained: false, unswept: 1 })
    case 'process.drained':
      return note({ drained: true })
    case 'restart.scheduled':
    case 'restart.due':
      return note({ gone: true, drained: true, unswept: 0 })
    case 'child.stopped':
      return event.data.outcome === 'unkillable' ? undefined : note({ gone: true, drained: true, unswept: 0 })
    case 'process.spawnFailed':
    case 'process.exited': {
      if (tree.child(stream)?.asked !== null) return
      // Judged on a draft of which only the verdict is kept: what it states is in the log already, or was never said.
      const draft = createDraft(tree, now, () => 0)
      judge(draft, stream)
      return note({ verdict: draft.notes(stream).verdict })
    }
    default:
  }
}
