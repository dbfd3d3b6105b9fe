import type { AdoptRequest, LifeObservation, ProcessLife, ProcessSession, SpawnRequest } from '../ports.ts'

/** A life as one tree's session holds it, whichever tree owns it by now. */
export interface LeasedLife {
  readonly life: ProcessLife
  /** There is nothing more to come of it. */
  readonly isOver: boolean
  /** Another tree owns it from here on: it holds the session open until it has ended. */
  leave(): void
  /** Its owner wants to know no more of it. */
  abandon(): void
}

/** A tree's hand on the host's session, which must outlast the tree where a life has left it alive. */
export interface SessionLease {
  /** As `ProcessSession.spawn`. */
  spawn(request: SpawnRequest, observe: (observation: LifeObservation) => void): LeasedLife
  /** As `ProcessSession.adopt`. */
  adopt(request: AdoptRequest, observe: (observation: LifeObservation) => void): LeasedLife
  /** Nothing runs, and nobody knows whether anything will again: what the host keeps is given back until then. */
  rest(): void
  /** The tree has stopped: the session is closed with it, or with the last life that left it. */
  close(): void
}

/** Leases a session; it is opened by the first spawn. */
export function leaseSession(open: () => ProcessSession): SessionLease {
  let session: ProcessSession | undefined
  let lasting = 0
  let closed = false
  const away = new Set<LeasedLife>()

  const end = (): void => {
    session?.close()
    session = undefined
  }
  const back = (life: LeasedLife): void => {
    if (away.delete(life) && closed && away.size === 0) end()
  }

  const begin = (
    start: (session: ProcessSession, hear: (observation: LifeObservation) => void) => ProcessLife,
    observe: (observation: LifeObservation) => void,
  ): LeasedLife => {
    session ??= open()
    lasting += 1
    // Its `drained` and its `swept` come in any order, and are the last.
    let left = 2
    const hear = (observation: LifeObservation): void => {
      observe(observation)
      if (observation.kind === 'spawnFailed') left = 0
      else if (observation.kind === 'drained' || observation.kind === 'swept') left -= 1
      else return
      if (left > 0) return
      lasting -= 1
      back(leased)
    }
    let life: ProcessLife | undefined
    const leased: LeasedLife = {
      get life() {
        // Only within `start` there is none yet, and whoever is called from there is not given this.
        if (life === undefined) throw new Error('A life was asked for before it was spawned')
        return life
      },
      get isOver() {
        return left <= 0
      },
      leave: () => void (left > 0 && away.add(leased)),
      abandon: () => back(leased),
    }
    life = start(session, hear)
    return leased
  }

  return {
    spawn: (request, observe) => begin((opened, hear) => opened.spawn(request, hear), observe),
    adopt: (request, observe) => begin((opened, hear) => opened.adopt(request, hear), observe),
    rest() {
      if (lasting === 0) end()
    },
    close() {
      closed = true
      if (away.size === 0) end()
    },
  }
}
