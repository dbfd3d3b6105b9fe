import type { ProcessIdentity } from '../events/identity.ts'
import { isAlive } from './identity.ts'
import type { Kernel } from './kernel.ts'
import { visitInSlices } from './slices.ts'

/** Waits for the ends of processes that are not children of this one: nobody tells them, so they are looked for. */
export interface IdentityWatch {
  /** Calls `ended` once, never from within this call, when the process is no more. */
  add(identity: ProcessIdentity, ended: () => void): WatchedIdentity
}

export interface WatchedIdentity {
  /**
   * The tick at which it was seen alive last: until then its number was its own. Before the first look that of its
   * start, when it had the number for certain.
   */
  readonly seenTicks: number
  /** Something was done to it: look again soon. */
  hurry(): void
  stop(): void
}

interface Vigil {
  readonly identity: ProcessIdentity
  readonly ended: () => void
  seenTicks: number
  intervalMs: number
  dueAt: number
}

const firstMs = 1
/** A look costs some 16 µs: of a thousand processes at rest, less than two percent of the loop. */
const longestMs = 1_000
const growth = 1.5
/** Whoever is due within this share of his interval is looked at as well, so that all who rest share one timer. */
const early = 0.25

/**
 * One timer for all, each looked at ever more rarely, and often again after it was signalled. It keeps the event loop
 * alive, as the handle of a child does: somebody waits for the answer.
 *
 * Node has no pidfd_open(2), which would tell an end at once.
 */
export function createIdentityWatch(kernel: Pick<Kernel, 'stat' | 'uptimeTicks'>): IdentityWatch {
  const vigils = new Set<Vigil>()
  let timer: NodeJS.Timeout | undefined
  let timerDueAt = Infinity
  let looking = false

  const look = (): void => {
    timer = undefined
    timerDueAt = Infinity
    looking = true
    // Before any of them is seen, so that it is never later than that.
    const ticks = kernel.uptimeTicks()
    const now = performance.now()
    const due = [...vigils].filter((vigil) => vigil.dueAt <= now + vigil.intervalMs * early)
    visitInSlices(
      due,
      (vigil) => visit(vigil, ticks),
      () => {
        looking = false
        for (const { dueAt } of vigils) arm(dueAt)
      },
    )
  }

  const visit = (vigil: Vigil, ticks: number): void => {
    if (!vigils.has(vigil)) return
    if (isAlive(kernel, vigil.identity)) {
      vigil.seenTicks = Math.max(vigil.seenTicks, ticks)
      vigil.intervalMs = Math.min(vigil.intervalMs * growth, longestMs)
      vigil.dueAt = performance.now() + vigil.intervalMs
      return
    }
    vigils.delete(vigil)
    vigil.ended()
  }

  const arm = (dueAt: number): void => {
    if (looking || dueAt >= timerDueAt) return
    clearTimeout(timer)
    timerDueAt = dueAt
    timer = setTimeout(look, Math.max(0, dueAt - performance.now()))
  }

  return {
    add(identity, ended) {
      const { startTicks } = identity
      const vigil: Vigil = { identity, ended, seenTicks: startTicks, intervalMs: firstMs, dueAt: performance.now() }
      vigils.add(vigil)
      arm(vigil.dueAt)
      return {
        get seenTicks() {
          return vigil.seenTicks
        },
        hurry() {
          if (!vigils.has(vigil)) return
          vigil.intervalMs = firstMs
          vigil.dueAt = performance.now() + firstMs
          arm(vigil.dueAt)
        },
        stop() {
          vigils.delete(vigil)
          if (vigils.size > 0) return
          clearTimeout(timer)
          timer = undefined
          timerDueAt = Infinity
        },
      }
    },
  }
}
