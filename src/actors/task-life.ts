import { BroodError } from '../errors.ts'
import type { ChildObservation } from '../machines/input.ts'
import type { ProcessLife } from '../ports.ts'
import type { Failure } from '../tasks/failure.ts'
import { createLife } from '../tasks/life.ts'
import { messageOf } from '../streams/message-of.ts'
import type { Runnable } from '../tasks/runnable.ts'

/** One run of a task, held where a process would be: what a ladder signals to a group is asked of the run. */
export interface TaskLife extends ProcessLife {
  /** Its run has not settled. */
  readonly isRunning: boolean
  /** What the run failed with, once it has. */
  readonly failure: Failure | undefined
}

/** What is recorded of a message: enough for people, whatever somebody threw. */
const MESSAGE_LENGTH = 4_096

/**
 * Runs a task once and tells what becomes of it as a host would of a process. The run begins a moment later: what it does
 * at once is then done outside of the turn, and everybody has heard that the life began.
 */
export function beginTask(run: Runnable, observe: (observation: ChildObservation) => void): TaskLife {
  let isRunning = true
  let failure: Failure | undefined
  // A task that announces its end has nobody else to let it go.
  const life = createLife(run, (ending) => ending.stop())
  const follow = async (): Promise<void> => {
    if ((await life.started) === 'ready') observe({ kind: 'ready' })
    failure = await life.ended
    isRunning = false
    const message = failure === undefined ? undefined : words(failure)
    const code = failure === undefined ? 0 : 1
    observe({ kind: 'exited', code, signal: null, ...(message === undefined ? {} : { message }) })
  }
  void follow()
  // It may have been told to stop by then, which forbids it to begin.
  queueMicrotask(() => {
    if (life.state === 'initial') life.start()
  })

  return {
    get isRunning() {
      return isRunning
    },
    get failure() {
      return failure
    },
    signal(signal, to, done) {
      // A caller's own signal is for a process, and nothing is ever sent here.
      if (to === 'group') {
        if (signal === 'SIGKILL') life.cut()
        else life.stop()
      }
      done(false)
    },
    survivors: (done) => done([]),
  }
}

/** Whether a run ended before it was ready and said nothing: there is nothing to add to that. */
function isBareEnd(error: unknown): boolean {
  try {
    return error instanceof BroodError && error.code === 'ERR_EXITED_BEFORE_READY' && error.cause === undefined
  } catch {
    return false
  }
}

/** What a task failed with; nothing where it only ended too early. */
function words({ error }: Failure): string | undefined {
  return isBareEnd(error) ? undefined : messageOf(error).slice(0, MESSAGE_LENGTH)
}
