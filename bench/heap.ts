import { setImmediate } from 'node:timers/promises'

/** Lets everything that is due happen, and clears what is dead: nobody pays for the garbage of another. */
export async function settle(): Promise<void> {
  if (globalThis.gc === undefined) throw new Error('Expected node to be started with --expose-gc')
  // Twice: what a finaliser or a last callback lets go of is found by the second.
  for (let time = 0; time < 2; time++) {
    await setImmediate()
    globalThis.gc()
  }
}

/** Bytes of living objects. */
export async function livingBytes(): Promise<number> {
  await settle()
  return process.memoryUsage().heapUsed
}

/** The same work, on a clean heap. */
export const settled =
  <M>(work: () => Promise<M>) =>
  async (): Promise<M> => {
    await settle()
    return work()
  }
