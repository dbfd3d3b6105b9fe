import type { Clock, LifeObservation, ProcessHost, ProcessLife } from '../ports.ts'
import type { Remnant } from './find-outlived.ts'

/** A SIGKILL that was sent to something of an earlier life, to be recorded. */
export interface RemnantKill {
  readonly stream: string
  readonly incarnation: number
  readonly pid: number
}

/**
 * How long after its SIGKILL the proof is awaited that one of them is gone: far more than a loaded machine needs, and only
 * so that what no signal ends keeps nobody waiting for good.
 */
const PROOF_MS = 10_000

/** What no signal has ended. */
export interface Unproven {
  readonly stream: string
  readonly incarnation: number
  readonly pids: readonly number[]
}

/** What has become of the remnants of one life. */
export interface RemnantEnd {
  readonly kills: readonly RemnantKill[]
  readonly unproven: readonly Unproven[]
}

/** Ends what is left of lives that are over, and waits until nothing of them is there any more, or nothing can be done. */
export async function endRemnants(
  host: ProcessHost,
  clock: Pick<Clock, 'arm'>,
  remnants: readonly Remnant[],
): Promise<RemnantEnd> {
  const ends = await Promise.all(remnants.map((remnant) => endRemnant(host, clock, remnant)))
  return { kills: ends.flatMap(({ kills }) => kills), unproven: ends.flatMap(({ unproven }) => unproven) }
}

/** In the words of a `containment.reported`. */
export function describeUnproven({ incarnation, pids }: Unproven): string {
  const what = pids.length === 1 ? `process ${pids[0]}` : `processes ${pids.join(', ')}`
  return `What incarnation ${incarnation} left behind could not be killed: ${what}, ${PROOF_MS / 1000} s after SIGKILL`
}

function endRemnant(
  host: ProcessHost,
  clock: Pick<Clock, 'arm'>,
  { stream, owner, found }: Remnant,
): Promise<RemnantEnd> {
  const { life: key, lifetime } = found
  const kills = new Map<number, RemnantKill>()
  const killed = (pid: number): void => void kills.set(pid, { stream, incarnation: key.incarnation, pid })
  const session = host.open({ treeId: owner.treeId, report: () => {} })
  return new Promise((resolve) => {
    let isOver = false
    let disarm: (() => void) | undefined
    const finish = (unproven: readonly Unproven[] = []): void => {
      isOver = true
      disarm?.()
      session.close()
      resolve({ kills: [...kills.values()], unproven })
    }
    const giveUp = (): void =>
      life.survivors((survivors) => {
        if (isOver) return
        const pids = survivors.map(({ pid }) => pid)
        finish(pids.length === 0 ? [] : [{ stream, incarnation: key.incarnation, pids }])
      })
    const hear = (observation: LifeObservation): void => {
      if (observation.kind === 'escapee' && observation.delivered) killed(observation.identity.pid)
      if (observation.kind === 'swept') finish()
    }
    const life: ProcessLife = session.adopt({ life: key, owner, lifetime, identity: null, killTimeoutMs: 0 }, hear)
    // The oldest and its group at once; the sweep that follows finds whatever else carries its cookie.
    life.signal('SIGKILL', 'group', (delivered) => {
      const [oldest] = found.members
      if (delivered && oldest !== undefined) killed(oldest.pid)
      if (!isOver) disarm = clock.arm(PROOF_MS, giveUp)
    })
  })
}
