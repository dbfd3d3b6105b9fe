import type { ProcessIdentity } from '../events/identity.ts'
import type { Clock, LifeKey, ProcessHost, Random } from '../ports.ts'
import type { Ending } from './behaviour.ts'
import type { PidRange } from './pid-counter.ts'
import { createProgramBook } from './program-book.ts'
import type { ProgramBook } from './program-book.ts'
import { createKernel } from './simulated-kernel.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { createSimulatedSession } from './simulated-session.ts'
import type { WorldCalls } from './simulated-session.ts'

/** A living simulated process, as plain data. */
export interface ProcessRow {
  readonly pid: number
  readonly ppid: number
  readonly pgid: number
  readonly sid: number
  readonly state: 'running' | 'stopped'
  readonly command: string
  readonly identity: ProcessIdentity
  /** Its cookie: the tree, the stream and the incarnation it was spawned for. */
  readonly treeId: string
  readonly life: LifeKey
}

/** A simulated host and what a test can do to it. */
export interface SimulatedHost {
  readonly host: ProcessHost
  readonly book: ProgramBook
  readonly calls: WorldCalls
  readonly problems: readonly string[]
  readonly processes: () => readonly ProcessRow[]
  readonly orphans: () => readonly ProcessRow[]
  readonly exit: (pid: number, how: Ending) => void
}

/** What a simulated host is made with. */
export interface SimulatedHostOptions {
  readonly clock: Clock
  readonly random: Random
  readonly pids: PidRange
  readonly sweepMs: number
}

const hostPid = 299

const isOrphan = ({ life, pgid }: SimulatedProcess): boolean =>
  life.leader === undefined || life.leader.ending !== undefined || pgid !== life.leader.pid

/** A process host in which nothing is real: the same observations, in the same order, on a clock of the caller's. */
export function createSimulatedHost({ clock, random, pids, sweepMs }: SimulatedHostOptions): SimulatedHost {
  const problems: string[] = []
  // Recorded, too: whoever catches the error would hide that a rule was broken.
  const forbid = (problem: string): never => {
    problems.push(problem)
    throw new Error(problem)
  }
  const calls = { opens: 0, spawns: 0, signals: 0, surveys: 0 }
  const book = createProgramBook()
  const hostId = random.id()
  const bootId = random.id()
  const kernel = createKernel({ clock, pids, hostPid, bootId, sweepMs, forbid })

  const rows = (isWanted: (process: SimulatedProcess) => boolean): readonly ProcessRow[] => {
    const found: ProcessRow[] = []
    for (const process of kernel.table.all()) {
      const { state, pid, ppid, pgid, sid, command, life } = process
      if (state === 'zombie' || !isWanted(process)) continue
      const identity = kernel.identityOf(process)
      found.push({ pid, ppid, pgid, sid, state, command, identity, treeId: life.treeId, life: life.key })
    }
    return found
  }

  return {
    host: {
      hostId,
      bootId,
      pid: hostPid,
      support: { tether: true, sweep: true },
      open({ treeId }) {
        calls.opens += 1
        return createSimulatedSession({ treeId, clock, kernel, book, calls, forbid })
      },
    },
    book,
    calls,
    problems,
    processes: () => rows(() => true),
    orphans: () => rows(isOrphan),
    exit(pid, how) {
      const process = kernel.table.get(pid)
      if (process === undefined || process.state === 'zombie') {
        throw new RangeError(`Expected \`pid\` to be that of a living simulated process, got ${pid}`)
      }
      kernel.table.end(process, how)
    },
  }
}
