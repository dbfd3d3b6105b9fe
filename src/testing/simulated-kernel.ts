import type { ProcessIdentity } from '../events/identity.ts'
import type { Clock } from '../ports.ts'
import type { PidRange } from './pid-counter.ts'
import { createProcessTable } from './process-table.ts'
import type { ProcessTable } from './process-table.ts'
import { createLifeReports } from './simulated-life.ts'
import { print } from './simulated-output.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { createProgramRunner } from './simulated-program.ts'
import { createSignalDelivery } from './simulated-signals.ts'

/** Processes, programs and signals, put together. */
export interface SimulatedKernel {
  readonly table: ProcessTable
  readonly run: (process: SimulatedProcess) => void
  readonly deliver: (process: SimulatedProcess, signal: NodeJS.Signals) => void
  readonly identityOf: (process: SimulatedProcess) => ProcessIdentity
}

/** What a kernel is made with. */
export interface SimulatedKernelOptions {
  readonly clock: Clock
  readonly pids: PidRange
  readonly hostPid: number
  readonly bootId: string
  readonly sweepMs: number
  readonly forbid: (problem: string) => never
}

/** A freshly booted kernel without any process. */
export function createKernel(options: SimulatedKernelOptions): SimulatedKernel {
  const { clock, bootId, sweepMs, forbid } = options
  const identityOf = ({ pid, startTicks }: SimulatedProcess): ProcessIdentity => ({ pid, startTicks, bootId })
  const table = createProcessTable({ ...options, died: (life) => reportDeath(life) })
  const programs = createProgramRunner({ clock, table, print })
  const deliver = createSignalDelivery({ clock, table, programs, forbid })
  const kill = (process: SimulatedProcess): void => deliver(process, 'SIGKILL')
  const reportDeath = createLifeReports({ clock, table, identityOf, kill, sweepMs })
  return { table, run: programs.run, deliver, identityOf }
}
