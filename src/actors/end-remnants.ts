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

/** Ends what is left of lives that are over, and waits until nothing of them is there any more. */
export async function endRemnants(
  host: ProcessHost,
  clock: Pick<Clock, 'arm'>,
  remnants: readonly Remnant[],
): Promise<readonly RemnantKill[]> {
  const kills = await Promise.all(remnants.map((remnant) => endRemnant(host, clock, remnant)))
  return kills.flat()
}

function endRemnant(
  host: ProcessHost,
  clock: Pick<Clock, 'arm'>,
  { stream, owner, found }: Remnant,
): Promise<readonly RemnantKill[]> {
  const { life: key, lifetime } = found
  const kills = new Map<number, RemnantKill>()
  const killed = (pid: number): void => void kills.set(pid, { stream, incarnation: key.incarnation, pid })
  const session = host.open({ treeId: owner.treeId, report: () => {} })
  return new Promise((resolve) => {
    let isOver = false
    let disarm: (() => void) | undefined
    const finish = (): void => {
      isOver = true
      disarm?.()
      session.close()
      resolve([...kills.values()])
    }
    const hear = (observation: LifeObservation): void => {
      if (observation.kind === 'escapee' && observation.delivered) killed(observation.identity.pid)
      if (observation.kind === 'swept') finish()
    }
    const life: ProcessLife = session.adopt({ life: key, owner, lifetime, identity: null, killTimeoutMs: 0 }, hear)
    // The oldest and its group at once; the sweep that follows finds whatever else carries its cookie.
    life.signal('SIGKILL', 'group', (delivered) => {
      const [oldest] = found.members
      if (delivered && oldest !== undefined) killed(oldest.pid)
      if (!isOver) disarm = clock.arm(PROOF_MS, finish)
    })
  })
}
