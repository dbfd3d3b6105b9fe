import type { Clock } from '../ports.ts'
import { ownEnding, ownEndMs } from './behaviour.ts'
import type { Behaviour } from './behaviour.ts'
import type { ProcessTable } from './process-table.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** Makes processes do what their behaviour says. */
export interface ProgramRunner {
  /** Everything a process does by itself: prints, forks, its own end. */
  readonly run: (process: SimulatedProcess) => void
  /** Does it now; when it is continued, where it is stopped; never, where it is dead. */
  readonly act: (process: SimulatedProcess, what: () => void) => void
  /** The same after a while. Its death calls it off. */
  readonly actLater: (process: SimulatedProcess, afterMs: number, what: () => void) => void
}

/** What a program runner is made with. */
export interface ProgramRunnerOptions {
  readonly clock: Clock
  readonly table: ProcessTable
  readonly print: (process: SimulatedProcess, source: 'stdout' | 'stderr', text: string) => void
}

function act(process: SimulatedProcess, what: () => void): void {
  if (process.state === 'running') what()
  else if (process.state === 'stopped') (process.held ??= []).push(what)
}

/** A runner for the processes of one table. */
export function createProgramRunner({ clock, table, print }: ProgramRunnerOptions): ProgramRunner {
  function actLater(process: SimulatedProcess, afterMs: number, what: () => void): void {
    const due = (): void => {
      act(process, what)
    }
    // Never from within the call that started it: neither output nor an end is seen before the spawn is.
    if (afterMs === 0) clock.nextTurn(due)
    else (process.timers ??= []).push(clock.arm(afterMs, due))
  }

  function fork(parent: SimulatedProcess, behaviour: Behaviour): void {
    const child = table.create(parent.life, parent.command, behaviour, parent)
    if (child !== undefined) run(child)
  }

  function run(process: SimulatedProcess): void {
    const { behaviour } = process
    // Prints come before the end that is due in the same instant: a program writes first.
    for (const item of behaviour.prints ?? []) {
      const { text, source = 'stdout', afterMs = 0 } = typeof item === 'string' ? { text: item } : item
      actLater(process, afterMs, () => {
        print(process, source, text)
      })
    }
    for (const forked of behaviour.forks ?? []) fork(process, forked)
    const endMs = ownEndMs(behaviour)
    if (endMs === undefined) return
    actLater(process, endMs, () => {
      table.end(process, ownEnding(behaviour))
    })
  }

  return { run, act, actLater }
}
