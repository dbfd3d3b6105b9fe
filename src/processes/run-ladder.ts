import type { StopStage } from '../events/event.ts'
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
  /** The signals before the SIGKILL. */
  const stages: readonly StopStage[] = stop.stages?.slice(0, -1) ?? [{ signal: stop.signal, to: 'group', atMs: 0 }]
  let sent = 0
  let rungs: readonly Disarm[] = []
  let proof: Disarm | undefined

  const awaitProof = (): void => {
    proof?.()
    proof = clock.arm(stop.verifyMs, () => life()?.survivors(unproven))
  }

  const leave = (): void => {
    for (const disarm of rungs) disarm()
    rungs = []
  }

  const kill = (): void => {
    leave()
    life()?.signal('SIGKILL', 'group', (delivered) => {
      if (delivered) awaitProof()
    })
  }

  /** Sends the stages up to the time of one, each once: however late the timers are, none overtakes another. */
  const reach = (atMs: number): void => {
    for (let stage = stages[sent]; stage !== undefined && stage.atMs <= atMs; stage = stages[sent]) {
      sent += 1
      life()?.signal(stage.signal, stage.to, () => {})
    }
  }

  const terminate = (): void => {
    // First, because a signal may be the end of it at once, and the end disarms.
    rungs = [
      ...stages.filter(({ atMs }) => atMs > 0).map(({ atMs }) => clock.arm(atMs, () => reach(atMs))),
      clock.arm(stop.killTimeoutMs, () => {
        reach(stop.killTimeoutMs)
        kill()
      }),
    ]
    reach(0)
  }

  return {
    climb() {
      // Both ends included, and 1 is never drawn.
      if (stop.splayMs > 0) rungs = [clock.arm(Math.floor(random.next() * (stop.splayMs + 1)), terminate)]
      else terminate()
    },
    kill,
    awaitProof,
    leave,
    end() {
      leave()
      proof?.()
    },
  }
}
