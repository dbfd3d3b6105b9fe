import type { ChildState } from '../machines/child-state.ts'
import { ROOT } from '../machines/tree.ts'
import type { FoundLife } from '../ports.ts'
import type { ProcessSpec } from '../spec/child-spec.ts'
import { isUnrecorded } from './find-outlived.ts'
import type { KnownChild } from './given-again.ts'
import { mayBeAlive } from './may-be-alive.ts'
import type { Supervision } from './supervision.ts'

/** What becomes of what is found alive. */
export type Orphans = 'stop' | 'adopt'

/** The streams of those that go on: with a ladder that was begun, or as they are, in other hands. */
export interface TakenLives {
  readonly resuming: readonly string[]
  readonly adopted: readonly string[]
}

/**
 * Asks the world about the processes of a recovered tree, within the turn that recovers it: whoever lives is taken over
 * by its identity, and then stopped, unless it is a survivor that is to be adopted; of the others the host tells how far
 * gone they are.
 */
export function adoptLives(
  supervision: Supervision,
  known: readonly KnownChild[],
  unrecorded: ReadonlyMap<string, FoundLife>,
  orphans: Orphans,
): TakenLives {
  const { tree, ports } = supervision
  const resuming: string[] = []
  const adopted: string[] = []
  for (const { stream, spec, given } of known) {
    if (spec.kind !== 'process') continue
    const cut = tree.child(stream)
    if (cut !== undefined && isUnrecorded(cut)) tellSpawn(supervision, cut, unrecorded.get(stream))
    const child = tree.child(stream)
    if (child === undefined || !mayBeAlive(child)) continue
    takeOver(supervision, child, spec)
    const isAlive = child.identity !== null && ports.host.look(child.identity) === 'alive'
    const isUp = isAlive && (child.name === 'probing' || child.name === 'running')
    const mayStay = given && orphans === 'adopt' && child.origin?.lifetime === 'survivor'
    if (isUp && mayStay && willGoOn(supervision, child)) adopted.push(stream)
    if (isUp && adopted.at(-1) !== stream) {
      supervision.observe(stream, child.view.incarnation, {
        kind: 'stop',
        now: false,
        cause: 'shutdown',
        recovered: true,
      })
    } else resuming.push(stream)
  }
  return { resuming, adopted }
}

/** The answer that an intent never got: the process that was found, or that there is none. */
function tellSpawn(supervision: Supervision, { stream, view }: ChildState, found: FoundLife | undefined): void {
  const { incarnation } = view
  const [oldest] = found?.members ?? []
  if (oldest === undefined) {
    const message = `The host of "${view.id}" ended before its process began`
    supervision.observe(stream, incarnation, { kind: 'spawnFailed', code: 'ERR_ABORTED', message })
    return
  }
  // Where its leader is dead already, what it left behind is all that is known of it.
  const identity = found?.leader ?? null
  supervision.observe(stream, incarnation, {
    kind: 'spawned',
    pid: identity?.pid ?? oldest.pid,
    identity,
    spawnMs: null,
  })
}

function takeOver(supervision: Supervision, child: ChildState, spec: ProcessSpec): void {
  const { stream, origin, identity, pid, view } = child
  const place = supervision.residents.placeOf(stream)
  if (place === undefined || origin === null) return
  const number = view.incarnation
  supervision.lives.adopt(place, number, spec, {
    life: { stream: origin.stream, incarnation: number },
    owner: { hostId: origin.hostId, treeId: origin.treeId },
    lifetime: origin.lifetime,
    identity,
    killTimeoutMs: spec.stop.killTimeoutMs,
  })
  supervision.incarnations.inherit(stream, { number, pid, identity })
}

/** A supervisor that its owner had stopped, or was stopping, takes what is below it along. */
function willGoOn({ tree }: Supervision, { parent }: ChildState): boolean {
  for (let stream = parent; stream !== ROOT; stream = tree.child(stream)?.parent ?? ROOT) {
    if (tree.child(stream)?.resumes !== true) return false
  }
  return true
}
