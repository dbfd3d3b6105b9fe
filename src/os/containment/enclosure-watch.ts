import type { Enclosure } from './enclosure.ts'

/** Waits for the end of what was killed. */
export interface EnclosureWatch {
  /**
   * Kills everything within, again and again until nothing is left, and then calls `empty`. `stubborn` is called once
   * before that if something withstands for longer than a kill takes. Returns how to stop waiting.
   */
  add(enclosure: Enclosure, told: { readonly empty: () => void; readonly stubborn: () => void }): () => void
}

const firstMs = 1
const longestMs = 500
const growth = 1.5

/** The pause by which a kill has had its time: what it interrupts ends within one. */
const stubbornMs = 50

/** A timer for each, which keeps the event loop alive: somebody waits for the answer. Mostly the first look is the last. */
export function createEnclosureWatch(): EnclosureWatch {
  return {
    add(enclosure, { empty, stubborn }) {
      let timer: NodeJS.Timeout | undefined
      let isTold = false
      const look = (pauseMs: number): void => {
        if (enclosure.isEmpty()) return empty()
        // Without cgroup.kill, processes that fork are killed one by one; and whatever came in after the last time.
        enclosure.kill()
        if (pauseMs >= stubbornMs && !isTold) {
          isTold = true
          stubborn()
        }
        timer = setTimeout(() => look(Math.min(pauseMs * growth, longestMs)), pauseMs)
      }
      // Never from within: whoever waits has yet to be given the way to stop.
      timer = setTimeout(() => look(firstMs), 0)
      enclosure.kill()
      return () => clearTimeout(timer)
    },
  }
}
