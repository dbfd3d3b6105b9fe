/** `stopping`: told to end, or it announced its end, and is not over yet. */
export type TaskState = 'initial' | 'starting' | 'running' | 'stopping' | 'stopped'

/** How long to be patient. */
export interface TaskOptions {
  /** Its abort forces the task to end; the call then waits for that end and rejects with ERR_ABORTED. Default: never. */
  readonly signal?: AbortSignal | undefined
}

/**
 * One run of a runnable in the background. It has one life: there is no way back from `stopped`. Its verbs need no
 * `this`: `startStop(task.start, task.stop)` is a runnable.
 */
export interface Task {
  readonly state: TaskState
  /**
   * Runs the runnable, at once, and resolves when it is ready. The signal counts until then.
   *
   * Rejects with ERR_INVALID_STATE in any state but `initial`, ERR_EXITED_BEFORE_READY (`cause`: its failure) when it
   * ended before it was ready, ERR_ABORTED when it was aborted or stopped before, ERR_INVALID_SPEC for wrong options.
   */
  start(this: void, options?: TaskOptions): Promise<void>
  /**
   * Ends the task: gracefully where it runs, at once where it is still starting; before its start it forbids it. Resolves
   * when it is over. A further stop joins the first.
   *
   * Rejects with what the runnable failed with, ERR_ABORTED when it was forced by this call's signal, ERR_INVALID_STATE
   * for a task that was already over without having been stopped, ERR_INVALID_SPEC for wrong options.
   */
  stop(this: void, options?: TaskOptions): Promise<void>
  /**
   * Settles once, when the task is over: rejected with what the runnable failed with. Cancelled as ordered is not failed.
   * May be left alone: its rejection never counts as unhandled.
   */
  readonly done: Promise<void>
}
