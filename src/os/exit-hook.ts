/** Ends what must not outlive the host when the host ends by itself. */
export interface ExitHook {
  /** Calls `end`, which must be synchronous, when the process exits. Returns how to take it back. */
  add(end: () => void): () => void
  /** The same, but after all that was added: for what has to look at what those leave. */
  addLast(end: () => void): () => void
}

/**
 * One `'exit'` listener for all, there only while something is held: it runs on `process.exit`, an uncaught exception
 * and an empty event loop, not on a signal that nobody handles (that is what a guard is for).
 */
export function createExitHook(host: Pick<NodeJS.Process, 'on' | 'off'> = process): ExitHook {
  const ends = new Set<() => void>()
  const lastEnds = new Set<() => void>()
  const onExit = (): void => {
    for (const end of [...ends, ...lastEnds]) end()
  }
  const adder =
    (set: Set<() => void>) =>
    (end: () => void): (() => void) => {
      if (ends.size + lastEnds.size === 0) host.on('exit', onExit)
      set.add(end)
      return () => {
        if (set.delete(end) && ends.size + lastEnds.size === 0) host.off('exit', onExit)
      }
    }
  return { add: adder(ends), addLast: adder(lastEnds) }
}
