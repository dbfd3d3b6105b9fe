import type { ProcessIdentity } from '../events/identity.ts'
import type { Clock } from '../ports.ts'
import type { ProcessTable } from './process-table.ts'
import { closeRawStreams } from './simulated-output.ts'
import { groupOf } from './simulated-process.ts'
import type { SimulatedLife, SimulatedProcess } from './simulated-process.ts'

/** What life reports are made with. */
export interface LifeReportsOptions {
  readonly clock: Clock
  readonly table: ProcessTable
  readonly identityOf: (process: SimulatedProcess) => ProcessIdentity
  /** Sends SIGKILL to an escapee. */
  readonly kill: (process: SimulatedProcess) => void
  /** How long a pass of the sweep takes. */
  readonly sweepMs: number
}

const holdsPipe = (process: SimulatedProcess): boolean => process.behaviour.holdsPipe === true

function drain(life: SimulatedLife, cut: boolean): void {
  life.output = 'drained'
  life.uncut?.()
  life.uncut = undefined
  life.observe({ kind: 'drained', cut })
}

/**
 * Tells a life's observer, in the order of `LifeObservation`, what the deaths in it amount to. The function returned
 * is to be called for each death; the observer hears of it in the next turn, never from within a signal.
 *
 * Every stage is entered before it is told: an observer may signal, and so cause deaths, from within an observation.
 */
export function createLifeReports(options: LifeReportsOptions): (life: SimulatedLife) => void {
  const { clock, table, identityOf, kill, sweepMs } = options

  function tellExit(life: SimulatedLife): void {
    const { leader } = life
    if (life.stage !== 'alive' || leader?.ending === undefined) return
    life.stage = 'exited'
    life.output = 'draining'
    life.unended.delete(life.key.stream)
    table.reap(leader)
    // Only a parent is told.
    const ending = life.keeper === life.parent ? leader.ending : undefined
    const { code, signal } = { code: null, signal: null, ...ending }
    life.observe({ kind: 'exited', code, signal })
  }

  function tellDrain(life: SimulatedLife): void {
    if (life.stage === 'alive') return
    const isHeld = life.living.some(holdsPipe)
    if (!isHeld) closeRawStreams(life)
    if (life.output !== 'draining') return
    const hasLines = life.parent.beats && (life.stdout === 'lines' || life.stderr === 'lines')
    // Raw streams belong to the caller, who sees their end.
    if (!isHeld || !hasLines) drain(life, false)
    else life.uncut ??= clock.arm(life.drainMs, () => drain(life, true))
  }

  function tellGone(life: SimulatedLife): void {
    if (life.stage === 'exited' && groupOf(life).length === 0) {
      life.stage = 'gone'
      life.observe({ kind: 'gone' })
      sweepSoon(life)
    } else if (life.stage === 'gone') sweepSoon(life)
  }

  function sweepSoon(life: SimulatedLife): void {
    if (sweepMs === 0) clock.nextTurn(() => sweep(life))
    else clock.arm(sweepMs, () => sweep(life))
  }

  /** One pass. What it kills is told by its death, which asks for the next one; the unkillable keep the sweep waiting. */
  function sweep(life: SimulatedLife): void {
    if (life.stage !== 'gone' || !life.keeper.beats) return
    if (life.living.length === 0) {
      life.stage = 'swept'
      life.observe({ kind: 'swept' })
      return
    }
    for (const process of life.living) {
      if (process.found || process.ending !== undefined) continue
      process.found = true
      kill(process)
      life.observe({ kind: 'escapee', identity: identityOf(process), delivered: true })
    }
  }

  return function died(life) {
    if (life.awaited || !life.keeper.beats) return
    life.awaited = true
    clock.nextTurn(() => {
      life.awaited = false
      if (!life.keeper.beats) return
      tellExit(life)
      tellDrain(life)
      tellGone(life)
    })
  }
}
