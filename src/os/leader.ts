import type { ChildProcess } from 'node:child_process'
import type { StageTarget } from '../events/event.ts'
import type { ProcessIdentity } from '../events/identity.ts'
import { isAlive, isSameStart } from './identity.ts'
import type { LifeTools } from './life-tools.ts'
import type { ProcessStat } from './process-table.ts'
import { signalGroup } from './send-signal.ts'
import { signalTree } from './signal-tree.ts'

/** The program of a life, up to its exit. */
export interface Leader {
  readonly pid: number
  readonly identity: ProcessIdentity | null
  /** To be called only while its exit was not seen. Calls `done` once, perhaps before it returns. */
  signal(signal: NodeJS.Signals | 0, to: StageTarget, done: (delivered: boolean) => void): void
}

/** `inner`: the program is another than Node's own child, which waits for it. */
export function leaderOf(
  tools: Pick<LifeTools, 'kernel' | 'treeKiller'>,
  child: ChildProcess,
  pid: number,
  identity: ProcessIdentity | null,
  inner?: ProcessStat,
): Leader {
  const { kernel } = tools
  if (inner !== undefined) return innerLeader(tools, inner)
  return {
    pid,
    identity,
    signal(signal, to, done) {
      if (to === 'group' && kernel.hasGroups) return done(signalGroup(kernel, pid, signal))
      // Without groups a tree is the nearest thing to one. Its killer looks it up, so the answer comes later.
      if (to !== 'process' && signal !== 0) return void signalTree(tools, identity ?? { pid }, signal, done)
      const delivered = child.kill(signal)
      if (delivered && signal === 'SIGTERM') child.kill('SIGCONT')
      done(delivered)
    },
  }
}

/** Its parent is no handle of ours: so every signal is preceded by a look at who has the number. */
function innerLeader(tools: Pick<LifeTools, 'kernel' | 'treeKiller'>, { pid, startTicks }: ProcessStat): Leader {
  const { kernel } = tools
  const { bootId } = kernel
  const identity = bootId === null ? null : { pid, startTicks, bootId }
  return {
    pid,
    identity,
    signal(signal, to, done) {
      // Also as a zombie it has its number, and its group.
      if (!isSameStart(kernel.stat(pid), { startTicks })) return done(false)
      if (to === 'group') return done(signalGroup(kernel, pid, signal))
      if (!isAlive(kernel, { pid, startTicks })) return done(false)
      if (to === 'tree' && signal !== 0) return void signalTree(tools, identity ?? { pid }, signal, done)
      const delivered = kernel.kill(pid, signal) === 'delivered'
      if (delivered && signal === 'SIGTERM') kernel.kill(pid, 'SIGCONT')
      done(delivered)
    },
  }
}
