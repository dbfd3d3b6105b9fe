import type { AdoptRequest, Clock, LifeObservation, ProcessLife, ProcessSession } from '../ports.ts'
import type { Pulse } from './pulse.ts'
import type { SimulatedKernel } from './simulated-kernel.ts'
import type { SimulatedLife } from './simulated-process.ts'
import type { WorldCalls } from './world-calls.ts'

/** What adoptions are made with. */
export interface SimulatedAdoptionOptions {
  readonly bootId: string
  readonly clock: Clock
  readonly kernel: SimulatedKernel
  readonly forbid: (problem: string) => never
  /** The adopting host's. */
  readonly pulse: Pulse
  readonly calls: { -readonly [K in keyof WorldCalls]: WorldCalls[K] }
  readonly unended: Map<string, SimulatedLife>
  readonly handle: (life: SimulatedLife) => ProcessLife
}

type Observe = (observation: LifeObservation) => void

/** A session's `adopt`. A life that another living host observes, or with a leader it never had, is forbidden. */
export function createSimulatedAdoption(options: SimulatedAdoptionOptions): ProcessSession['adopt'] {
  const { bootId, clock, kernel, forbid, pulse, calls, unended, handle } = options

  const find = ({ owner, life: { stream, incarnation }, lifetime }: AdoptRequest): SimulatedLife | undefined => {
    for (const { life } of kernel.table.all()) {
      const isIts = life.key.stream === stream && life.key.incarnation === incarnation && life.lifetime === lifetime
      if (isIts && life.owner.hostId === owner.hostId && life.owner.treeId === owner.treeId) return life
    }
    return undefined
  }

  /** Nothing of it is left. */
  const over = (observe: Observe): ProcessLife => {
    const story: readonly LifeObservation[] = [
      { kind: 'exited', code: null, signal: null },
      { kind: 'drained', cut: false },
      { kind: 'gone' },
      { kind: 'swept' },
    ]
    for (const observation of story) clock.nextTurn(() => observe(observation))
    return {
      signal(_signal, _to, done) {
        calls.signals += 1
        done(false)
      },
      survivors(done) {
        calls.surveys += 1
        done([])
      },
    }
  }

  return function adopt(request, observe) {
    const { identity, life: key } = request
    const life = identity !== null && identity.bootId !== bootId ? undefined : find(request)
    if (life === undefined) return over(observe)
    const name = `Life ${key.incarnation} of ${key.stream}`
    if (life.keeper.beats) forbid(`${name} was adopted while its host lives`)
    const { leader } = life
    if (identity !== null && (leader?.pid !== identity.pid || leader.startTicks !== identity.startTicks)) {
      forbid(`${name} was adopted with a leader it never had`)
    }
    const other = unended.get(key.stream)
    if (other !== undefined) forbid(`${name} was adopted before life ${other.key.incarnation} was seen to end`)

    life.uncut?.()
    life.uncut = undefined
    life.stage = 'alive'
    life.output = 'open'
    life.awaited = false
    life.keeper = pulse
    life.graceMs = request.killTimeoutMs
    life.observe = (observation) => {
      if (pulse.beats) observe(observation)
    }
    life.unended = unended
    unended.set(key.stream, life)
    kernel.look(life)
    return handle(life)
  }
}
