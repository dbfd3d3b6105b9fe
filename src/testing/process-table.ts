import type { Clock } from '../ports.ts'
import type { Behaviour, Ending } from './behaviour.ts'
import { createPidCounter } from './pid-counter.ts'
import type { PidRange } from './pid-counter.ts'
import type { SimulatedLife, SimulatedProcess } from './simulated-process.ts'

/** The simulated kernel's process table. */
export interface ProcessTable {
  get(pid: number): SimulatedProcess | undefined
  all(): Iterable<SimulatedProcess>
  /** A new process: the leader of a life, or a fork of `parent`. Undefined when every pid is taken. */
  create(
    life: SimulatedLife,
    command: string,
    behaviour: Behaviour,
    parent?: SimulatedProcess,
  ): SimulatedProcess | undefined
  /** Ends a process. A leader stays as a zombie until it is reaped; whoever else is reaped at once. */
  end(process: SimulatedProcess, ending: Ending): void
  /** The host with this pid has died: its children are init's. */
  bequeath(hostPid: number): void
  /** Frees the pid of a dead leader. Harmless for one that was reaped. */
  reap(process: SimulatedProcess): void
}

/** What a process table is made with. */
export interface ProcessTableOptions {
  readonly clock: Clock
  readonly pids: PidRange
  /** Of the host that runs now. */
  readonly hostPid: () => number
  /** Called for every death, from within whatever caused it. */
  readonly died: (life: SimulatedLife) => void
}

const initPid = 1
const msPerTick = 10

/** An empty table. */
export function createProcessTable(options: ProcessTableOptions): ProcessTable {
  const { clock, hostPid, died } = options
  const byPid = new Map<number, SimulatedProcess>()
  const groupSizes = new Map<number, number>()
  // A number that still names a group is no pid for a stranger, though its process be long gone: kernel/pid.c frees a
  // pid when nobody uses it in any role.
  const nextPid = createPidCounter(options.pids, (pid) => pid === hostPid() || byPid.has(pid) || groupSizes.has(pid))
  let lastTicks = 0

  function reap(process: SimulatedProcess): void {
    if (byPid.get(process.pid) !== process) return
    byPid.delete(process.pid)
    const left = (groupSizes.get(process.pgid) ?? 1) - 1
    if (left === 0) groupSizes.delete(process.pgid)
    else groupSizes.set(process.pgid, left)
  }

  return {
    get: (pid) => byPid.get(pid),
    all: () => byPid.values(),

    create(life, command, behaviour, parent) {
      const pid = nextPid()
      if (pid === undefined) return undefined
      const inherits = parent !== undefined && behaviour.leavesGroup !== true
      // Never the same tick twice: in a burst the ticks run a little ahead of the clock, so that pid and tick stay unique.
      lastTicks = Math.max(lastTicks + 1, Math.floor(clock.mono() / msPerTick))
      const process: SimulatedProcess = {
        pid,
        pgid: inherits ? parent.pgid : pid,
        sid: inherits ? parent.sid : pid,
        startTicks: lastTicks,
        command,
        behaviour,
        life,
        ppid: parent?.pid ?? (life.parent.beats ? hostPid() : initPid),
        state: 'running',
        ending: undefined,
        timers: undefined,
        held: undefined,
        found: false,
      }
      byPid.set(pid, process)
      groupSizes.set(process.pgid, (groupSizes.get(process.pgid) ?? 0) + 1)
      life.living = [...life.living, process]
      return process
    },

    end(process, ending) {
      if (process.state === 'zombie') return
      process.state = 'zombie'
      process.ending = ending
      for (const disarm of process.timers ?? []) disarm()
      process.timers = undefined
      process.held = undefined
      const { life } = process
      life.living = life.living.filter((other) => other !== process)
      for (const other of life.living) if (other.ppid === process.pid) other.ppid = initPid
      // A child of a dead host is a child of init, which reaps.
      if (process !== life.leader || !life.parent.beats) reap(process)
      died(life)
    },

    bequeath(pid) {
      for (const process of byPid.values()) {
        if (process.ppid !== pid) continue
        process.ppid = initPid
        if (process.state === 'zombie') reap(process)
      }
    },

    reap,
  }
}
