import type { Clock } from '../ports.ts'
import { groupOf } from './simulated-process.ts'
import type { SimulatedLife, SimulatedProcess } from './simulated-process.ts'

/** Ends tethered lives when their host is dead. */
export interface SimulatedGuard {
  /** The ladder: the stop signal to the group, its grace, SIGKILL; then whatever has left the group. */
  readonly end: (life: SimulatedLife) => void
  /** To be called for each death. */
  readonly died: (life: SimulatedLife) => void
}

/** A guard that outlives every host, as the real one does. */
export function createSimulatedGuard(parts: {
  readonly clock: Clock
  readonly deliver: (process: SimulatedProcess, signal: NodeJS.Signals) => void
}): SimulatedGuard {
  const { clock, deliver } = parts
  const ending = new Set<SimulatedLife>()

  const send = (processes: readonly SimulatedProcess[], signal: NodeJS.Signals): void => {
    for (const process of processes) if (process.ending === undefined) deliver(process, signal)
  }

  const sweep = (life: SimulatedLife): void => {
    if (!ending.delete(life)) return
    clock.nextTurn(() => send(life.living, 'SIGKILL'))
  }

  return {
    end(life) {
      ending.add(life)
      send(groupOf(life), 'SIGTERM')
      send(groupOf(life), 'SIGCONT')
      if (groupOf(life).length === 0) return sweep(life)
      clock.arm(life.graceMs, () => {
        if (ending.has(life)) send(groupOf(life), 'SIGKILL')
      })
    },
    died(life) {
      if (ending.has(life) && groupOf(life).length === 0) sweep(life)
    },
  }
}
