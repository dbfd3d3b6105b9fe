import type { Clock } from '../ports.ts'
import type { Ending } from './behaviour.ts'
import { createMortalClock } from './mortal-clock.ts'
import type { PidRange } from './pid-counter.ts'
import type { ProcessRow } from './process-row.ts'
import type { Pulse } from './pulse.ts'
import { createKernel } from './simulated-kernel.ts'
import type { SimulatedKernel } from './simulated-kernel.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** One uptime of the simulated machine; hosts come and go on it. */
export interface SimulatedMachine {
  readonly bootId: string
  readonly clock: Clock
  readonly kernel: SimulatedKernel
  /** Gives a pid to the next host, one at a time. */
  login(): number
  /** The host that runs now is killed: its children are init's, and the guard ends those that are tethered to it. */
  crash(host: Pulse): void
  processes(): readonly ProcessRow[]
  orphans(): readonly ProcessRow[]
  exit(pid: number, how: Ending): void
  /** Everything on it is over at once. */
  shutDown(): void
}

/** What a machine is booted with. */
export interface SimulatedMachineOptions {
  /** Of the world: it goes on whatever becomes of the machine. */
  readonly clock: Clock
  readonly bootId: string
  /** The world's monotonic time of the boot. */
  readonly bootedAt: number
  readonly pids: PidRange
  readonly sweepMs: number
  readonly forbid: (problem: string) => never
}

/** Hosts are given numbers from here downwards and around again: below those that a world usually gives out. */
const firstHostPid = 299
const hostPids = 200

const isOrphan = ({ life, pgid }: SimulatedProcess): boolean =>
  life.leader === undefined || life.leader.ending !== undefined || pgid !== life.leader.pid

/** A machine without any process. */
export function bootMachine({ clock: worldClock, bootId, bootedAt, ...options }: SimulatedMachineOptions) {
  const power: Pulse = { beats: true }
  const clock = createMortalClock(worldClock, power, bootedAt)
  let hostPid = firstHostPid
  let logins = 0
  const kernel = createKernel({ ...options, clock, bootId, hostPid: () => hostPid })

  const rows = (isWanted: (process: SimulatedProcess) => boolean): readonly ProcessRow[] => {
    const found: ProcessRow[] = []
    for (const process of kernel.table.all()) {
      const { state, pid, ppid, pgid, sid, command, life } = process
      if (state === 'zombie' || !isWanted(process)) continue
      const identity = kernel.identityOf(process)
      found.push({ pid, ppid, pgid, sid, state, command, identity, treeId: life.owner.treeId, life: life.key })
    }
    return found
  }

  return {
    bootId,
    clock,
    kernel,
    login() {
      hostPid = firstHostPid - (logins++ % hostPids)
      return hostPid
    },
    crash(host) {
      host.beats = false
      kernel.table.bequeath(hostPid)
      const kept = new Set([...kernel.table.all()].map(({ life }) => life).filter(({ keeper }) => keeper === host))
      for (const life of kept) if (life.lifetime === 'tethered') kernel.guard(life)
    },
    processes: () => rows(() => true),
    orphans: () => rows(isOrphan),
    exit(pid, how) {
      const process = kernel.table.get(pid)
      if (process === undefined || process.state === 'zombie') {
        throw new RangeError(`Expected \`pid\` to be that of a living simulated process, got ${pid}`)
      }
      kernel.table.end(process, how)
    },
    shutDown() {
      power.beats = false
    },
  } satisfies SimulatedMachine
}
