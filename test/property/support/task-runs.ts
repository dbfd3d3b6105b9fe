import type { Runnable } from '../../../src/index.ts'
import type { Clock } from '../../../src/ports.ts'
import type { TaskBehaviour, TaskEnding } from './scenario.ts'

/** The runs of planned tasks, and what only they can see going wrong. */
export interface TaskRuns {
  /** A runnable that behaves in its n-th run as the n-th of `lives` says, or the last. */
  runnable(id: string, lives: readonly TaskBehaviour[]): Runnable
  /** How many runs of a runnable have not settled. */
  running(run: Runnable): number
  /** Ends whatever still runs. */
  endAll(): void
  readonly problems: readonly string[]
}

export function createTaskRuns(clock: Clock): TaskRuns {
  const counts = new Map<Runnable, number>()
  const open = new Set<() => void>()
  const problems: string[] = []
  const later = (ms: number, work: () => void): void => {
    if (ms === 0) work()
    else clock.arm(ms, work)
  }

  return {
    problems,
    running: (run) => counts.get(run) ?? 0,
    endAll() {
      for (const end of open) end()
    },
    runnable(id, lives) {
      let begun = 0
      const run: Runnable = async (scope, ready) => {
        begun += 1
        const count = (counts.get(run) ?? 0) + 1
        counts.set(run, count)
        if (count > 1) problems.push(`neverTwoLivesAtATime: ${count} runs of ${id}`)
        const { readyAfterMs, ends, onStop, onAbort } = lives[Math.min(begun, lives.length) - 1] ?? {}
        const over = Promise.withResolvers<void>()
        const end = (): void => over.resolve()
        open.add(end)
        const settle = (ending: TaskEnding | undefined): void => {
          if (ending === undefined) return
          later(ending.afterMs, () => (ending.fails ? over.reject(new Error(`${id} has failed`)) : over.resolve()))
        }
        scope.signal.addEventListener('abort', () => settle(onAbort))
        const tell = async (): Promise<void> => {
          await ready(scope)
          settle(onStop)
        }
        settle(ends)
        // Too late, where it has ended before it wanted to be ready: that rejects.
        if (readyAfterMs !== undefined) later(readyAfterMs, () => void tell().catch(() => {}))
        try {
          await over.promise
        } finally {
          open.delete(end)
          counts.set(run, (counts.get(run) ?? 1) - 1)
        }
      }
      return run
    },
  }
}
