import type { ChildState } from '../machines/child-state.ts'
import { ROOT, type Tree } from '../machines/tree.ts'
import type { FoundLife, LifeOwner, ProcessHost } from '../ports.ts'
import { mayBeAlive } from './may-be-alive.ts'

/** What has outlived the hosts of a tree, beside what its log tells of. */
export interface Outlived {
  /** By stream: lives that began without anybody having recorded it, since their hosts ended in between. */
  readonly unrecorded: ReadonlyMap<string, FoundLife>
  /** What left the groups of lives that are over, and that no sweep had found yet when the host ended. */
  readonly remnants: readonly Remnant[]
}

/** What is left of an earlier life of a child. */
export interface Remnant {
  /** Of the child; `found` has the stream that it was spawned in. */
  readonly stream: string
  readonly owner: LifeOwner
  readonly found: FoundLife
}

/** Whether the log says that a process was about to begin, and not whether it did. */
export function isUnrecorded(child: ChildState): boolean {
  if (child.origin === null || child.pid !== null || child.exited) return false
  switch (child.name) {
    case 'spawning':
    case 'splaying':
    case 'terminating':
    case 'killing':
      return true
    default:
      return false
  }
}

/**
 * Looks for the cookies of every host that the tree may have processes of. A respawn never waits for the sweep of the
 * life before it, so that of any earlier life something may be there. Another tree's lives, and those of children that
 * were released, are none of this one's.
 */
export async function findOutlived(host: ProcessHost, tree: Tree): Promise<Outlived> {
  const children = [...tree.children.values()]
  const last = tree.supervisor(ROOT)?.host
  const origins = children.flatMap(({ origin, earlier }) => (origin === null ? earlier : [origin, ...earlier]))
  const hostIds = new Set(origins.map(({ hostId }) => hostId))
  const treeIds = new Set(origins.map(({ treeId }) => treeId))
  if (last !== null && last !== undefined && last.bootId === host.bootId) {
    hostIds.add(last.hostId)
    treeIds.add(last.treeId)
  }
  const byStream = new Map(
    children.flatMap((child) =>
      [child, child.origin, ...child.earlier].flatMap((known) =>
        known === null ? [] : [[known.stream, child] as const],
      ),
    ),
  )
  const unrecorded = new Map<string, FoundLife>()
  const remnants: Remnant[] = []
  for (const hostId of hostIds) {
    const lives = await new Promise<readonly FoundLife[]>((resolve) => host.findLives({ hostId }, resolve))
    for (const found of lives) {
      const child = byStream.get(found.life.stream)
      if (child === undefined || !treeIds.has(found.treeId)) continue
      const { stream, origin, view } = child
      const isCurrent = found.life.incarnation === view.incarnation && origin?.hostId === hostId
      if (isCurrent && isUnrecorded(child)) unrecorded.set(stream, found)
      else if (!isCurrent || !mayBeAlive(child)) {
        remnants.push({ stream, owner: { hostId, treeId: found.treeId }, found })
      }
    }
  }
  return { unrecorded, remnants }
}
