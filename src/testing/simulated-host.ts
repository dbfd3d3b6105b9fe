import type { Clock, FoundLife, ProcessHost } from '../ports.ts'
import type { ProgramBook } from './program-book.ts'
import type { Pulse } from './pulse.ts'
import type { SimulatedMachine } from './simulated-machine.ts'
import type { SimulatedLife } from './simulated-process.ts'
import { createSimulatedSession } from './simulated-session.ts'
import type { WorldCalls } from './world-calls.ts'

/** A simulated host, and how it dies. */
export interface SimulatedHost {
  readonly host: ProcessHost
  /** Killed in the midst of whatever it does. What it was about to fork runs; nobody is told. */
  readonly crash: () => void
}

/** What a simulated host is made with. */
export interface SimulatedHostOptions {
  readonly hostId: string
  readonly machine: SimulatedMachine
  readonly pulse: Pulse
  /** Its own: no timer outlives it. */
  readonly clock: Clock
  readonly book: ProgramBook
  readonly calls: { -readonly [K in keyof WorldCalls]: WorldCalls[K] }
  readonly forbid: (problem: string) => never
}

/** A process host in which nothing is real: the same observations, in the same order, on a clock of the caller's. */
export function createSimulatedHost({ machine, ...options }: SimulatedHostOptions): SimulatedHost {
  const { hostId, clock, pulse, calls } = options
  const { bootId, kernel } = machine
  /** What is being forked. The process is there before its parent is told. */
  const forks = new Set<() => void>()

  const found = (life: SimulatedLife): FoundLife => ({
    life: life.key,
    treeId: life.owner.treeId,
    lifetime: life.lifetime,
    members: life.living.map(kernel.identityOf),
    leader: life.leader === undefined || life.leader.ending !== undefined ? null : kernel.identityOf(life.leader),
  })

  const host: ProcessHost = {
    hostId,
    bootId,
    pid: machine.login(),
    support: { tether: true, sweep: true },
    open({ treeId }) {
      calls.opens += 1
      return createSimulatedSession({ ...options, kernel, forks, owner: { hostId, treeId }, bootId })
    },
    findLives(owner, done) {
      const isWanted = (life: SimulatedLife): boolean =>
        life.owner.hostId === owner.hostId && (owner.treeId ?? life.owner.treeId) === life.owner.treeId
      clock.nextTurn(() => {
        const lives = new Set([...kernel.table.all()].map(({ life }) => life))
        done([...lives].filter((life) => life.living.length > 0 && isWanted(life)).map(found))
      })
    },
    look(identity) {
      if (identity.bootId !== bootId) return 'other-boot'
      const process = kernel.table.get(identity.pid)
      const isIt = process?.startTicks === identity.startTicks && process.state !== 'zombie'
      return isIt ? 'alive' : 'gone'
    },
  }

  return {
    host,
    crash() {
      // Dead first: that they are there is told to nobody.
      pulse.beats = false
      for (const fork of forks) fork()
      machine.crash(pulse)
    },
  }
}
