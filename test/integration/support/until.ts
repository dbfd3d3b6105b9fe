/** Far above what anything awaited here takes: it only keeps a broken promise from hanging the run. */
const HANG_MS = 60_000

/** Resolves with the first thing `find` gives that is neither undefined, null nor false; looks again and again. */
export async function until<T>(
  what: string | (() => string),
  find: () => T,
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + HANG_MS
  for (;;) {
    const found = find()
    if (isFound(found)) return found
    if (performance.now() > deadline) {
      throw new Error(`Waited in vain until ${typeof what === 'string' ? what : what()}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function isFound<T>(value: T): value is Exclude<T, undefined | null | false> {
  return value !== undefined && value !== null && value !== false
}
