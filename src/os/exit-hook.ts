/** Ends what must not outlive the host when the host ends by itself. */
export interface ExitHook {
  /** Calls `end`, which must be synchronous, when the process exits. Returns how to take it back. */
  add(end: () => void): () => void
}

/**
 * One `'exit'` listener for all, there only while something is held: it runs on `process.exit`, an uncaught exception
 * and an empty event loop, not on a signal that nobody handles (that is what a guard is for).
 */
export function createExitHook(host: Pick<NodeJS.Process, 'on' | 'off'> = process): ExitHook {
  const ends = new Set<() => void>()
  const onExit = (): void => {
    for (const end of ends) end()
  }
  return {
    add(end) {
      if (ends.size === 0) host.on('exit', onExit)
      ends.add(end)
      return () => {
        if (ends.delete(end) && ends.size === 0) host.off('exit', onExit)
      }
    },
  }
}
