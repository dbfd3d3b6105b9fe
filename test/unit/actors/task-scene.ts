import type { Ready, Runnable, Scope, TaskChildOptions } from '../../../src/index.ts'
import { createScene, type Scene } from './scene.ts'

/** One run of a task that a test holds in its hands. */
export interface Run {
  readonly scope: Scope
  /** Calls the task's `ready`, and gives its promise. */
  ready(): ReturnType<Ready>
  /** `ready`'s promise has resolved: it was asked to stop. */
  readonly isAsked: boolean
  end(): void
  fail(error: unknown): void
}

export interface Runs {
  readonly run: Runnable
  /** The n-th call of the runnable, from 1. */
  nth(n: number): Run
  readonly count: number
  /** How many runs there were at most at a time. */
  readonly most: number
}

/** A task that does nothing unless it is told: it ignores stops, and its abort too. */
export function createRuns(): Runs {
  const runs: Run[] = []
  let running = 0
  let most = 0
  return {
    get count() {
      return runs.length
    },
    get most() {
      return most
    },
    nth(n) {
      const run = runs[n - 1]
      if (run === undefined) throw new Error(`There were ${runs.length} runs`)
      return run
    },
    async run(scope, ready) {
      const over = Promise.withResolvers<void>()
      let isAsked = false
      runs.push({
        scope,
        ready() {
          const asked = ready(scope)
          asked.then(
            () => (isAsked = true),
            () => {},
          )
          return asked
        },
        get isAsked() {
          return isAsked
        },
        end: () => over.resolve(),
        fail: (error) => over.reject(error),
      })
      running += 1
      most = Math.max(most, running)
      await over.promise.finally(() => (running -= 1))
    },
  }
}

/** A scene with one task, `job`, that has been started and not become ready. */
export async function startedTask(more: Partial<TaskChildOptions> = {}): Promise<{ scene: Scene; runs: Runs }> {
  const runs = createRuns()
  const scene = createScene({ children: [{ id: 'job', kind: 'task', run: runs.run, restart: 'temporary', ...more }] })
  await scene.start()
  return { scene, runs }
}

/** The same, running; what was said so far is forgotten. */
export async function runningTask(more: Partial<TaskChildOptions> = {}): Promise<{ scene: Scene; runs: Runs }> {
  const { scene, runs } = await startedTask(more)
  void runs.nth(1).ready()
  await scene.world.advance(0)
  scene.listen()
  return { scene, runs }
}
