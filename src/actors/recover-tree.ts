import { atRest, type ChildState } from '../machines/child-state.ts'
import { ROOT, type Tree } from '../machines/tree.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { adoptLives, type Orphans, type TakenLives } from './adopt-lives.ts'
import { createTree, makeHandle, makeSupervisor } from './create-tree.ts'
import { foldJournal } from './fold-journal.ts'
import { describeUnproven, endRemnants, type RemnantEnd } from './end-remnants.ts'
import { findOutlived, type Outlived } from './find-outlived.ts'
import { changedSpecs, giveAgain, givenOrder, type GivenAgain, type KnownChild } from './given-again.ts'
import type { Supervisor } from './handles.ts'
import { resumedFrom } from './resume-log.ts'
import { createSupervision, type Supervision } from './supervision.ts'
import type { SupervisionOptions } from './supervision-options.ts'

export interface RecoveryOptions extends SupervisionOptions {
  readonly orphans: Orphans
}

/**
 * Takes over the tree in a journal whose host has ended, and resolves when everything in it is settled: each recorded
 * life that is over has its one exit, what was found alive is stopped or adopted, and what nobody wants any more is
 * removed. Nothing is started, and nothing recorded is done a second time: the log says where each child was, the world
 * says what is left of it, and only what the world says has consequences. `begun` is called before anything happens.
 *
 * @throws {BroodError} rejects ERR_JOURNAL_LOCKED, ERR_JOURNAL_CORRUPT
 */
export async function recoverTree(
  options: RecoveryOptions,
  children: readonly ChildSpec[],
  begun: (supervisor: Supervisor) => void,
): Promise<Supervisor> {
  const { journal, ports, orphans, ...rest } = options
  const head = journal.open()
  if (head.ended === 'empty') {
    journal.close()
    const supervisor = createTree(options, children)
    begun(supervisor)
    return supervisor
  }
  try {
    const old = foldJournal(journal, head)
    // After a clean end nothing can be left of anybody but what is known.
    const { unrecorded, remnants } = head.ended === 'clean' ? nobody : await findOutlived(ports.host, old)
    const left = await endRemnants(ports.host, ports.clock, remnants)
    const supervision = createSupervision(
      { ...rest, journal, ports, inherited: { tree: old, resumed: resumedFrom(journal, head) } },
      makeHandle,
    )
    const supervisor = makeSupervisor(supervision, options.policy.id, ROOT)
    begun(supervisor)
    const adopted = takeOver(supervision, old, children, { ended: head.ended, left }, (known) =>
      adoptLives(supervision, known, unrecorded, orphans),
    )
    await settled(supervision, adopted)
    return supervisor
  } catch (error) {
    journal.close()
    throw error
  }
}

const nobody: Outlived = { unrecorded: new Map(), remnants: [] }

/** One turn: what the log and the world say, and who is still wanted. Gives the streams of the adopted. */
function takeOver(
  supervision: Supervision,
  old: Tree,
  children: readonly ChildSpec[],
  { ended, left }: { readonly ended: 'clean' | 'open'; readonly left: RemnantEnd },
  adopt: (known: readonly KnownChild[]) => TakenLives,
): ReadonlySet<string> {
  const { tree, dispatch, residents, actors, effects } = supervision
  const again = giveAgain(old, children)
  for (const { stream, spec } of again.known) {
    residents.inherit(stream, spec)
    const child = tree.child(stream)
    if (child !== undefined) actors.inherit(child)
  }
  const host = supervision.hostRecord()
  const { resuming, adopted } = dispatch.turn(() => {
    // Of lives that were over before this host came: whatever is said of their children next follows from there.
    for (const { stream, incarnation, pid } of left.kills) {
      const sent = { signal: 'SIGKILL', to: 'escapee', stage: 'sweep', pid } as const
      supervision.observe(stream, incarnation, { kind: 'signalled', ...sent })
    }
    for (const unproven of left.unproven) {
      const { stream } = unproven
      dispatch.apply({ of: 'reported', stream, subject: 'remnants', message: describeUnproven(unproven) })
    }
    const changed = changedSpecs(old, again, host.treeId)
    dispatch.apply({ of: 'recover', host, ended, order: givenOrder(again, children), changed })
    const taken = adopt(again.known)
    register(supervision, again)
    for (const stream of again.forgotten) dispatch.apply({ of: 'remove', stream })
    return taken
  })
  for (const stream of resuming) effects.resume(stream)
  return new Set(adopted)
}

/** Each before the one that was given behind it, which has its place by then. */
function register(supervision: Supervision, { known, fresh }: GivenAgain): void {
  const streams = new Map(known.map(({ spec, stream }) => [spec, stream]))
  for (const { parent, spec, before: next } of fresh) {
    const before = next === undefined ? undefined : streams.get(next)
    const added = supervision.add(parent, spec, before === undefined ? {} : { before })
    if ('stream' in added) streams.set(spec, added.stream)
  }
}

/** Waits until every child rests, or runs as one that was adopted, and nobody is on the way out. */
function settled({ tree, waiters, dispatch }: Supervision, adopted: ReadonlySet<string>): Promise<void> {
  const goesOn = ({ stream, name }: ChildState): boolean =>
    adopted.has(stream) && (name === 'probing' || name === 'running')
  const isSettled = (): boolean =>
    [...tree.children.values()].every(
      (child) => tree.notes.get(child.stream)?.removing !== true && (atRest(child) || goesOn(child)),
    )
  return new Promise((resolve) => {
    waiters.watch(() => {
      if (!isSettled()) return false
      resolve()
      return true
    })
    dispatch.resume()
  })
}
