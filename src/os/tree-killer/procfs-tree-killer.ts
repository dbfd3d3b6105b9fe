import { BroodError } from '../../errors.ts'
import type { ProcessIdentity } from '../../events/identity.ts'
import { isSameLife } from '../identity.ts'
import type { Kernel } from '../kernel.ts'
import { realKernel } from '../kernel.ts'
import { visitInSlices } from '../slices.ts'
import { assertTree } from './assert-tree.ts'
import { parentOf } from './parent-of.ts'
import { rootState } from './root-state.ts'
import type { TreeKiller } from './tree-killer.ts'

type TreeKernel = Pick<Kernel, 'bootId' | 'kill' | 'stat' | 'pids'>

/** A tree that grows faster than it is listed must not keep the walk going for ever. */
const mostListings = 50

/**
 * Walks the tree through `/proc`, in slices of the event loop, and signals each process only as the identity it was
 * listed with.
 *
 * The whole tree is known before the first signal, because an orphan cannot be found any more. A tree that is to die of
 * SIGKILL is stopped as it is listed, so that it cannot grow: a fork that a signal interrupts starts over, and a stopped
 * process never gets to it (copy_process in kernel/fork.c). Other signals leave a tree its life, and what it forks
 * between the last listing and the signals. Should this host be killed in the midst, the tree remains stopped.
 */
export function createProcfsTreeKiller(kernel: TreeKernel = realKernel()): TreeKiller {
  return {
    name: 'procfs',
    async kill(root, signal) {
      assertTree(root, signal)
      const { bootId } = kernel
      if (bootId === null) throw new BroodError('ERR_UNSUPPORTED', 'The procfs tree killer needs a readable /proc.')
      const state = rootState(kernel, root)
      const stat = kernel.stat(root.pid)
      if (state === 'reused') return { kind: 'notFound', reason: 'reused' }
      if (state === 'gone' || stat === null) return { kind: 'notFound', reason: 'gone' }

      const tree: ProcessIdentity[] = [{ pid: root.pid, startTicks: stat.startTicks, bootId }]
      let fresh: readonly ProcessIdentity[] = tree
      for (let listing = 0; listing < mostListings && fresh.length > 0; listing++) {
        if (signal === 'SIGKILL') for (const process of fresh) deliver(kernel, process, 'SIGSTOP')
        fresh = await listFresh(kernel, tree, bootId)
        tree.push(...fresh)
      }

      // Parents first: one that hears of its own end starts nothing in place of a child that was ended.
      const processes: ProcessIdentity[] = []
      const refused: ProcessIdentity[] = []
      for (const process of tree) {
        const result = deliver(kernel, process, signal)
        if (result === 'delivered') processes.push(process)
        if (result === 'refused') refused.push(process)
      }
      if (processes.length + refused.length === 0) return { kind: 'notFound', reason: 'gone' }
      return { kind: 'signalled', processes, refused }
    },
  }
}

function isAlive(kernel: TreeKernel, identity: ProcessIdentity): boolean {
  return isSameLife(kernel.stat(identity.pid), identity)
}

/** Signals a process if, at this very moment, it is the one that was listed. */
function deliver(kernel: TreeKernel, identity: ProcessIdentity, signal: NodeJS.Signals) {
  return isAlive(kernel, identity) ? kernel.kill(identity.pid, signal) : 'absent'
}

/** The descendants of `tree` that are not in it yet, breadth first. */
async function listFresh(kernel: TreeKernel, tree: readonly ProcessIdentity[], bootId: string) {
  const children = await listChildren(kernel)
  const known = new Set(tree.map(({ pid }) => pid))
  const fresh: ProcessIdentity[] = []
  const visit = (parent: ProcessIdentity): void => {
    for (const pid of children.get(parent.pid) ?? []) {
      if (known.has(pid)) continue
      const stat = kernel.stat(pid)
      // In this order: a parent that is there after its child was read is the parent it was read with.
      if (stat === null || stat.dead || parentOf(pid) !== parent.pid || !isAlive(kernel, parent)) continue
      known.add(pid)
      fresh.push({ pid, startTicks: stat.startTicks, bootId })
    }
  }
  for (const parent of tree) visit(parent)
  // `fresh` grows while it is walked: that is what makes it breadth first.
  for (const parent of fresh) visit(parent)
  return fresh
}

/** Everybody's children by parent. Not from /proc/pid/task/tid/children, which may leave out some: proc(5). */
function listChildren(kernel: TreeKernel): Promise<ReadonlyMap<number, readonly number[]>> {
  const children = new Map<number, number[]>()
  const read = (pid: number): void => {
    const parent = parentOf(pid)
    if (parent === null) return
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [pid])
    else siblings.push(pid)
  }
  return new Promise((resolve) => visitInSlices(kernel.pids(), read, () => resolve(children)))
}
