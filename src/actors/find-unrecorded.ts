import type { ChildState } from '../machines/child-state.ts'
import type { Tree } from '../machines/tree.ts'
import type { FoundLife, ProcessHost } from '../ports.ts'

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

/** The lives, by stream, that began without anybody having recorded it: their hosts ended in between. */
export async function findUnrecorded(host: ProcessHost, tree: Tree): Promise<ReadonlyMap<string, FoundLife>> {
  const missing = [...tree.children.values()].filter(isUnrecorded)
  const hostIds = new Set(missing.map(({ origin }) => origin?.hostId ?? ''))
  const lives: FoundLife[] = []
  for (const hostId of hostIds) {
    lives.push(...(await new Promise<readonly FoundLife[]>((resolve) => host.findLives({ hostId }, resolve))))
  }
  const found = new Map<string, FoundLife>()
  for (const { stream, origin, view } of missing) {
    const life = lives.find(
      (one) =>
        one.treeId === origin?.treeId && one.life.stream === origin.stream && one.life.incarnation === view.incarnation,
    )
    if (life !== undefined) found.set(stream, life)
  }
  return found
}
