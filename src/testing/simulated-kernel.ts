import type { ProcessIdentity } from '../events/identity.ts'
import type { Clock } from '../ports.ts'
import type { PidRange } from './pid-counter.ts'
import { createProcessTable } from './process-table.ts'
import type { ProcessTable } from './process-table.ts'
import { createSimulatedGuard } from './simulated-guard.ts'
import { createLifeReports } from './simulated-life.ts'
import { hasBrokenPipe, print } from './simulated-output.ts'
import type { SimulatedLife, SimulatedProcess } from './simulated-process.ts'
import { createProgramRunner } from './simulated-program.ts'
import { createSignalDelivery } from './simulated-signals.ts'

/** Processes, programs and signals, put together. */
export interface SimulatedKernel {
  readonly table: ProcessTable
  readonly run: (process: SimulatedProcess) => void
  readonly deliver: (process: SimulatedProcess, signal: NodeJS.Signals) => void
  readonly identityOf: (process: SimulatedProcess) => ProcessIdentity
  /** Something of a life may have changed: looks in the next turn, and tells its observer. */
  readonly look: (life: SimulatedLife) => void
  /** The keeper of a tethered life has died. */
  readonly guard: (life: SimulatedLife) => void
}

/** What a kernel is made with. */
export interface SimulatedKernelOptions {
  readonly clock: Clock
  readonly pids: PidRange
  readonly hostPid: () => number
  readonly bootId: string
  readonly sweepMs: number
  readonly forbid: (problem: string) => never
}

/** A freshly booted kernel without any process. */
export function createKernel(options: SimulatedKernelOptions): SimulatedKernel {
  const { clock, bootId, sweepMs, forbid } = options
  const identityOf = ({ pid, startTicks }: SimulatedProcess): ProcessIdentity => ({ pid, startTicks, bootId })
  const table = createProcessTable({ ...options, died: (life) => reportDeath(life) })
  const programs = createProgramRunner({
    clock,
    table,
    print(process, source, text) {
      if (hasBrokenPipe(process.life, source)) deliver(process, 'SIGPIPE')
      else print(process.life, source, text)
    },
  })
  const deliver = createSignalDelivery({ clock, table, programs, forbid })
  const kill = (process: SimulatedProcess): void => deliver(process, 'SIGKILL')
  const look = createLifeReports({ clock, table, identityOf, kill, sweepMs })
  const guard = createSimulatedGuard({ clock, deliver })
  const reportDeath = (life: SimulatedLife): void => {
    look(life)
    guard.died(life)
  }
  return { table, run: programs.run, deliver, identityOf, look, guard: guard.end }
}
