import type { ProcessIdentity } from '../events/identity.ts'
import type { StopPolicy } from '../machines/policy.ts'
import type { Clock, Disarm, ProcessLife, Random } from '../ports.ts'

/** The ladder of one run: splay, stop signal, grace, SIGKILL, proof. */
export interface RunLadder {
  /** From the first rung. */
  climb(): void
  /** To the last rung at once, for what an exit has left behind. */
  kill(): void
  /** Something was killed: it has the time for a proof from now on. */
  awaitProof(): void
  /** Nothing is left to signal. */
  leave(): void
  /** Nothing is left to prove. */
  end(): void
}

export interface RunLadderOptions {
  readonly clock: Pick<Clock, 'arm'>
  readonly random: Pick<Random, 'next'>
  readonly stop: StopPolicy
  readonly life: () => ProcessLife | undefined
  /** There was no proof in time. */
  readonly unproven: (survivors: readonly ProcessIdentity[]) => void
}

export function createRunLadder({ clock, random, stop, life, unproven }: RunLadderOptions): RunLadder {
  let rung: Disarm | undefined
  let proof: Disarm | undefined

  const awaitProof = (): void => {
    proof?.()
    proof = clock.arm(stop.verifyMs, () => life()?.survivors(unproven))
  }

  const kill = (): void => {
    rung = undefined
    life()?.signal('SIGKILL', 'group', (delivered) => {
      if (delivered) awaitProof()
    })
  }

  const terminate = (): void => {
    // First, because the signal may be the end of it at once, and the end disarms.
    rung = clock.arm(stop.killTimeoutMs, kill)
    life()?.signal(stop.signal, 'group', () => {})
  }

  return {
    climb() {
      // Both ends included, and 1 is never drawn.
      if (stop.splayMs > 0) rung = clock.arm(Math.floor(random.next() * (stop.splayMs + 1)), terminate)
      else terminate()
    },
    kill,
    awaitProof,
    leave: () => rung?.(),
    end() {
      rung?.()
      proof?.()
    },
  }
}
