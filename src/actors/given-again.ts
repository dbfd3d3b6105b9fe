import type { RecordedSpec } from '../events/event.ts'
import type { ChildState } from '../machines/child-state.ts'
import { recordRules } from '../machines/record-rules.ts'
import { members } from '../machines/supervisor-state.ts'
import { ROOT, type Tree } from '../machines/tree.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { describeSpec } from '../spec/describe-spec.ts'
import { fingerprintSpec, hasFingerprint } from '../spec/fingerprint-spec.ts'
import { nestedPolicy } from '../spec/nested-policy.ts'
import { specFromLog } from '../spec/spec-from-log.ts'

/** A recorded child with the rules it has from now on. */
export interface KnownChild {
  readonly stream: string
  readonly spec: ChildSpec
  /** Its spec was given again; else it is what the log tells of it, and the child is on its way out. */
  readonly given: boolean
}

/** A child that no log tells of. */
export interface FreshChild {
  readonly parent: string
  readonly spec: ChildSpec
  /** The one that was given behind it. */
  readonly before: ChildSpec | undefined
}

/** What becomes of the children in a log, and of the specs that are given for them. */
export interface GivenAgain {
  /** Every recorded child, each supervisor before what is below it. */
  readonly known: readonly KnownChild[]
  /** Specs of which the log knows nothing, the last of each supervisor first. */
  readonly fresh: readonly FreshChild[]
  /** The streams of those nobody wants any more; what is below them goes with them. */
  readonly forgotten: readonly string[]
}

/**
 * Finds for each spec the child that it is about: the one of the same id under the same supervisor, if it is of the same
 * kind.
 */
export function giveAgain(tree: Tree, specs: readonly ChildSpec[]): GivenAgain {
  const known: KnownChild[] = []
  const fresh: FreshChild[] = []
  const forgotten: string[] = []

  const recall = (child: ChildState): void => {
    const { stream, view, restart, oneShot, significant, limit, spec } = child
    const strategy = tree.supervisor(stream)?.strategy ?? 'one-for-one'
    const told = { kind: view.kind, restart, oneShot, significant, limit, strategy, spec }
    known.push({ stream, spec: specFromLog(view.id, told), given: false })
    for (const below of childrenOf(tree, stream)) recall(below)
  }

  const match = (parent: string, given: readonly ChildSpec[]): void => {
    const wanted = new Map(given.map((spec) => [spec.id, spec]))
    const found = new Set<string>()
    // First those that have a place: another registration of the same id was to take one, or has lost it.
    for (const child of childrenOf(tree, parent)) {
      const { id, kind } = child.view
      const spec = found.has(id) ? undefined : wanted.get(id)
      if (spec?.kind !== kind) {
        forgotten.push(child.stream)
        recall(child)
        continue
      }
      found.add(id)
      known.push({ stream: child.stream, spec, given: true })
      if (spec.kind === 'supervisor') match(child.stream, spec.children)
    }
    for (const [index, spec] of [...given.entries()].toReversed()) {
      if (!found.has(spec.id)) fresh.push({ parent, spec, before: given[index + 1] })
    }
  }

  match(ROOT, specs)
  return { known, fresh, forgotten }
}

function childrenOf(tree: Tree, supervisor: string): readonly ChildState[] {
  const owner = tree.supervisor(supervisor)
  return owner === undefined ? [] : members(owner).flatMap((stream) => tree.child(stream) ?? [])
}

/** The streams of the children that are given again, in the order in which they are given, supervisors first. */
export function givenOrder({ known }: GivenAgain, specs: readonly ChildSpec[]): readonly string[] {
  const streams = new Map(known.flatMap(({ spec, stream, given }) => (given ? [[spec, stream] as const] : [])))
  const order = (given: readonly ChildSpec[]): readonly string[] =>
    given.flatMap((spec) => {
      const stream = streams.get(spec)
      if (stream === undefined) return []
      return [stream, ...(spec.kind === 'supervisor' ? order(spec.children) : [])]
    })
  return order(specs)
}

/** What of the specs that are given again is not as it is recorded; `salt` keeps their new fingerprints apart. */
export function changedSpecs(
  tree: Tree,
  { known }: GivenAgain,
  salt: string,
): readonly (RecordedSpec & { readonly stream: string })[] {
  return known.flatMap(({ stream, spec, given }) => {
    const recorded = tree.child(stream)?.fingerprint ?? null
    if (!given || (recorded !== null && hasFingerprint(spec, recorded))) return []
    const rules = recordRules(spec, spec.kind === 'supervisor' ? nestedPolicy(spec) : undefined)
    return [{ stream, ...rules, spec: describeSpec(spec), fingerprint: fingerprintSpec(spec, salt) }]
  })
}
