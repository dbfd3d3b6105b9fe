import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { BroodError } from '../../errors.ts'
import type { ProcessIdentity } from '../../events/identity.ts'
import { isSameLife } from '../identity.ts'
import type { Kernel, KillResult } from '../kernel.ts'
import { realKernel } from '../kernel.ts'
import { visitInSlices } from '../slices.ts'
import { assertTree } from './assert-tree.ts'
import { hasHalted } from './has-halted.ts'
import { parentOf } from './parent-of.ts'
import { rootState } from './root-state.ts'
import type { TreeKiller } from './tree-killer.ts'

type TreeKernel = Pick<Kernel, 'bootId' | 'kill' | 'stat' | 'pids'>

/** A tree that grows faster than it is listed must not keep the walk going for ever. */
const mostListings = 50

const defaultHaltTimeoutMs = 100
const lookEveryMs = 1

export interface ProcfsTreeKillerOptions {
  readonly kernel?: TreeKernel
  /**
   * How long a SIGSTOP may take to have its effect before the walk goes on without. It takes a few ms, but for a thread
   * that waits in the kernel, for a disk or for its vfork. Default 100.
   */
  readonly haltTimeoutMs?: number
}

/**
 * Walks the tree through `/proc`, in slices of the event loop, and signals each process only as the identity it was
 * listed with.
 *
 * The whole tree is known before the first signal, because an orphan cannot be found any more. A tree that is to die of
 * SIGKILL is halted as it is listed, so that it cannot grow; should this host be killed in the midst, it remains halted.
 * Other signals leave a tree its life, and what it forks between the last listing and the signals.
 */
export function createProcfsTreeKiller(options: ProcfsTreeKillerOptions = {}): TreeKiller {
  const { kernel = realKernel(), haltTimeoutMs = defaultHaltTimeoutMs } = options
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
        if (signal === 'SIGKILL') await halt(kernel, fresh, haltTimeoutMs)
        fresh = await listFresh(kernel, tree, bootId)
        tree.push(...fresh)
      }

      const results = new Map<ProcessIdentity, KillResult>()
      // Parents first: one that hears of its own end starts nothing in place of a child that was ended. To SIGKILL nobody
      // listens, but a dead parent may orphan a group, which the kernel then continues: _exit(2), setpgid(2).
      for (const process of signal === 'SIGKILL' ? tree.toReversed() : tree) {
        results.set(process, deliver(kernel, process, signal))
      }
      const processes = tree.filter((process) => results.get(process) === 'delivered')
      const refused = tree.filter((process) => results.get(process) === 'refused')
      if (processes.length + refused.length === 0) return { kind: 'notFound', reason: 'gone' }
      return { kind: 'signalled', processes, refused }
    },
  }
}

function isAlive(kernel: TreeKernel, identity: ProcessIdentity): boolean {
  return isSameLife(kernel.stat(identity.pid), identity)
}

/** Signals a process if, at this very moment, it is the one that was listed. */
function deliver(kernel: TreeKernel, identity: ProcessIdentity, signal: NodeJS.Signals): KillResult {
  return isAlive(kernel, identity) ? kernel.kill(identity.pid, signal) : 'absent'
}

/**
 * Stops processes and waits until they are: one that is in the middle of a fork finishes it first, and only SIGKILL
 * would break it off (copy_process in kernel/fork.c), so what a mere SIGSTOP was sent to may yet have a child.
 */
async function halt(kernel: TreeKernel, processes: readonly ProcessIdentity[], timeoutMs: number): Promise<void> {
  const sent = processes.filter((process) => deliver(kernel, process, 'SIGSTOP') === 'delivered')
  const end = performance.now() + timeoutMs
  while (!sent.every(({ pid }) => hasHalted(pid)) && performance.now() < end) await setTimeout(lookEveryMs)
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
