import type { ProcessIdentity } from '../events/identity.ts'
import { defaultStop } from '../spec/defaults.ts'
import type { IdentityKernel } from './assert-identities.ts'
import type { Family } from './family.ts'
import type { ProcessParts } from './parts.ts'
import { deliver } from './presence.ts'

export interface Stopped {
  /** A SIGKILL was sent. */
  readonly escalated: boolean
  readonly survivors: readonly ProcessIdentity[]
}

export interface StopLadderOptions {
  readonly clock: ProcessParts['clock']
  readonly kernel: IdentityKernel
  readonly family: Family
  readonly killTimeoutMs: number
  /** Sends SIGKILL to one process and what hangs from it; whether anybody got it. */
  readonly kill: (identity: ProcessIdentity) => Promise<boolean>
}

const firstMs = 1
const longestMs = 100
const growth = 1.5

/** From here on each look is a search: the first belong to ordinary deaths, which take a few milliseconds. */
const searchFromMs = 10

/** Stops a family: SIGTERM to each, the grace, SIGKILL to what is left, the proof. */
export async function climbStopLadder(options: StopLadderOptions): Promise<Stopped> {
  const { clock, kernel, family, killTimeoutMs } = options

  /** Waits until nobody lives, for `withinMs` at most, which begin anew whenever `onLook` did something to the living. */
  const gone = async (withinMs: number, onLook: Look = async () => false): Promise<boolean> => {
    let end = clock.mono() + withinMs
    for (let pauseMs = firstMs; ; pauseMs = Math.min(pauseMs * growth, longestMs)) {
      if (pauseMs >= searchFromMs) await family.search()
      let living = family.living()
      if (living.length === 0) {
        // Nobody known is no proof: who was born meanwhile must be looked for.
        await family.search()
        living = family.living()
        if (living.length === 0) return true
      }
      if (await onLook(living)) end = clock.mono() + withinMs
      const leftMs = end - clock.mono()
      if (leftMs <= 0) return false
      await new Promise<void>((resolve) => void clock.arm(Math.min(pauseMs, leftMs), resolve))
    }
  }

  await family.search()
  for (const process of family.living()) deliver(kernel, process, 'SIGTERM')
  // Those born during the grace are not told to go: whoever cleans up may start somebody to help with it.
  if (await gone(killTimeoutMs)) return { escalated: false, survivors: [] }

  let escalated = false
  const killed = new Set<ProcessIdentity>()
  const survive = !(await gone(defaultStop.verifyMs, async (living) => {
    let delivered = false
    for (const process of living) {
      if (killed.has(process)) continue
      killed.add(process)
      delivered = (await options.kill(process)) || delivered
    }
    escalated ||= delivered
    return delivered
  }))
  return { escalated, survivors: survive ? family.living() : [] }
}

type Look = (living: readonly ProcessIdentity[]) => Promise<boolean>
