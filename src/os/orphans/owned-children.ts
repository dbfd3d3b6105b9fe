import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'

/** The children that libuv waits for: whoever takes one of them takes its `'exit'` from its owner, for ever. */
export interface OwnedChildren {
  /** Whether `pid` is a child of libuv whose exit was not told yet. */
  has(pid: number): boolean
  /** Lets go of those whose exit was told. */
  forgetEnded(): void
}

/**
 * Learns of every child that is started from now on in this thread by `node:child_process`, whoever starts it. Those
 * of worker threads and of the `Sync` functions are not told, and need not be: the former are never looked at, the latter
 * are over before anybody can look. Never unsubscribes.
 *
 * @see https://nodejs.org/api/diagnostics_channel.html#child-process
 */
export function watchOwnedChildren(): OwnedChildren {
  let announced: ChildProcess[] = []
  const running = new Map<number, ChildProcess>()

  // Told by the constructor, when there is no pid yet: it is there when the spawn has returned, or there never will be.
  subscribe('child_process', (message) => {
    announced.push((message as { readonly process: ChildProcess }).process)
  })

  const admit = (): void => {
    const fresh = announced
    announced = []
    for (const child of fresh) if (child.pid !== undefined) running.set(child.pid, child)
  }

  return {
    has(pid) {
      if (announced.length > 0) admit()
      const child = running.get(pid)
      return child !== undefined && !hasEnded(child)
    },
    forgetEnded() {
      admit()
      for (const [pid, child] of running) if (hasEnded(child)) running.delete(pid)
    },
  }
}

/** Not by an `'exit'` listener: it would be ours among those of the child's owner. */
function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
