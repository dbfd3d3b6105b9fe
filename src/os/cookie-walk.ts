import type { CookieLook } from './environ.ts'
import { isAlive } from './identity.ts'
import type { Kernel } from './kernel.ts'
import type { ProcessStat } from './process-table.ts'

/** How many environments are read at once: half of libuv's default thread pool is left to the host. */
const readers = 2

/** Looks for the cookie of each of `suspects`, tells it to `see`, and calls `done` after the last. */
export function walkCookies(
  kernel: Pick<Kernel, 'cookie' | 'stat'>,
  suspects: readonly ProcessStat[],
  see: (suspect: ProcessStat, look: CookieLook) => void,
  done: () => void,
): void {
  let index = 0
  let running = Math.max(1, Math.min(readers, suspects.length))
  const next = (): void => {
    const suspect = suspects[index++]
    if (suspect === undefined) {
      if (--running === 0) done()
      return
    }
    readTwice(kernel, suspect, (look) => {
      see(suspect, look)
      next()
    })
  }
  for (let reader = running; reader > 0; reader--) next()
}

// In the middle of an exec a process has no environment for a moment (fs/proc/base.c, environ_read): empty is
// believed at the second look, a turn later, and of a living one: a process that has ended has none either.
function readTwice(
  kernel: Pick<Kernel, 'cookie' | 'stat'>,
  suspect: ProcessStat,
  done: (look: CookieLook) => void,
): void {
  kernel.cookie(suspect.pid, (look) => {
    if (look.kind !== 'empty') return done(look)
    setImmediate(() =>
      kernel.cookie(suspect.pid, (again) =>
        done(again.kind === 'empty' && !isAlive(kernel, suspect) ? { kind: 'vanished' } : again),
      ),
    )
  })
}
