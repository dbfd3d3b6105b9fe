import type { Clock } from '../ports.ts'
import type { CatchableSignal } from './behaviour.ts'
import type { ProcessTable } from './process-table.ts'
import type { ProgramRunner } from './simulated-program.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** What signal delivery is made with. */
export interface SignalOptions {
  readonly clock: Clock
  readonly table: ProcessTable
  readonly programs: ProgramRunner
  /** Records that the caller broke a rule of the world, and throws. */
  readonly forbid: (problem: string) => never
}

/**
 * Signals that end nobody who does not handle them. The terminal's stop signals are among them: each leader has a
 * session of its own, so its group is orphaned, and there the kernel discards them.
 * @see signal(7); POSIX.1-2017, System Interfaces, 2.4.3
 */
const harmless: ReadonlySet<NodeJS.Signals> = new Set([
  'SIGCHLD',
  'SIGCONT',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGURG',
  'SIGWINCH',
])

/** Delivers signals as a kernel does: SIGKILL past everything, others not before a stopped process is continued. */
export function createSignalDelivery({ clock, table, programs, forbid }: SignalOptions) {
  function react(process: SimulatedProcess, signal: CatchableSignal): void {
    const reaction = process.behaviour.onSignal?.[signal]
    if (reaction === 'ignore') return
    if (reaction === 'exit') table.end(process, { code: process.behaviour.code ?? 0 })
    else if (reaction !== undefined) {
      programs.actLater(process, reaction.afterMs ?? 0, () => {
        table.end(process, { code: reaction.code ?? 0 })
      })
    } else if (!harmless.has(signal)) table.end(process, { signal })
  }

  function resume(process: SimulatedProcess): void {
    if (process.state !== 'stopped') return
    process.state = 'running'
    const held = process.held ?? []
    process.held = undefined
    // In the next turn, because it may print: nothing is observed from within a signal. Each again through `act`: the
    // first may have ended the process, or somebody has stopped it again.
    for (const what of held) clock.nextTurn(() => programs.act(process, what))
  }

  return function deliver(process: SimulatedProcess, signal: NodeJS.Signals): void {
    if (table.get(process.pid) !== process) {
      forbid(`${signal} was sent to pid ${process.pid}, which is no longer the process it was meant for`)
    }
    if (process.state === 'zombie' || process.behaviour.unkillable === true) return
    if (signal === 'SIGKILL') table.end(process, { signal })
    else if (signal === 'SIGSTOP') process.state = 'stopped'
    else {
      if (signal === 'SIGCONT') resume(process)
      programs.act(process, () => {
        react(process, signal)
      })
    }
  }
}
