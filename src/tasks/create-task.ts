import { BroodError, isBroodError } from '../errors.ts'
import { checkFunction } from './check-runnables.ts'
import { checkTaskOptions } from './check-task-options.ts'
import type { Failure } from './failure.ts'
import { createLife } from './life.ts'
import { messageOf } from '../streams/message-of.ts'
import { onAbort } from './on-abort.ts'
import type { Runnable } from './runnable.ts'
import type { Task, TaskState } from './task.ts'

/**
 * Makes a task of a runnable, to be started, stopped and waited for from outside. Nothing runs yet.
 *
 * @throws {BroodError} ERR_INVALID_SPEC for what is no function
 */
export function createTask(runnable: Runnable): Task {
  checkFunction('runnable', runnable)
  // A task that announces its end has nobody else to let it go.
  const life = createLife(runnable, (ending) => ending.stop())
  const done = life.ended.then(throwIt)
  done.catch(() => {})
  let wasStopped = false

  return {
    done,
    get state() {
      return life.state
    },

    async start(options = {}) {
      const { signal } = checkTaskOptions(options)
      if (life.state !== 'initial') throw invalidState('start', life.state)
      if (signal?.aborted === true) life.stop()
      else life.start()
      const letGo = signal && onAbort(signal, () => life.state === 'starting' && life.stop())
      const started = await life.started
      letGo?.()
      if (started === 'cut') throw aborted('start', signal)
      if (started === 'over') throw endedBeforeReady(await life.ended)
    },

    async stop(options = {}) {
      const { signal } = checkTaskOptions(options)
      if (life.state === 'stopped' && !wasStopped) throw invalidState('stop', 'stopped')
      wasStopped = true
      life.stop()
      let wasForced = false
      const force = (): void => {
        if (life.state === 'stopped') return
        wasForced = true
        life.cut()
      }
      const letGo = signal && onAbort(signal, force)
      const failure = await life.ended
      letGo?.()
      if (wasForced) throw aborted('stop', signal)
      throwIt(failure)
    },
  }
}

function throwIt(failure: Failure | undefined): void {
  if (failure !== undefined) throw failure.error
}

function invalidState(verb: string, state: TaskState): BroodError {
  return new BroodError('ERR_INVALID_STATE', `Cannot ${verb} a task that is ${state}.`)
}

function aborted(verb: string, signal: AbortSignal | undefined): BroodError {
  return new BroodError('ERR_ABORTED', `The ${verb} of the task was aborted.`, { cause: signal?.reason })
}

function endedBeforeReady(failure: Failure | undefined): BroodError {
  // What ended without an error was given this one already, and there is no cause to add.
  if (isBroodError(failure?.error, 'ERR_EXITED_BEFORE_READY')) return failure.error
  const message = `The task ended before it was ready: ${messageOf(failure?.error)}`
  return new BroodError('ERR_EXITED_BEFORE_READY', message, { cause: failure?.error })
}
