import type { Abortable, Child } from '../actors/handles.ts'
import type { StopReport } from '../actors/stop-report.ts'
import type { ChildView } from '../machines/view.ts'
import type { ChildOptions } from '../spec/child-options.ts'
import type { Scope } from '../tasks/runnable.ts'

type WithoutId<Options> = Options extends unknown ? Omit<Options, 'id'> & { readonly id?: string | undefined } : never

/** What a table says of a child: its options. The key is the id, which therefore may be left out. */
export type TableRow = WithoutId<ChildOptions>

/**
 * A set of children that is kept somewhere else: a database, a directory, a `Map`. What it does is not trusted: a call
 * that throws, hangs for 30 s or gives nonsense is told as `callback.failed` and tried again at the next reconciliation.
 */
export interface Table {
  /** The row of a key; undefined where there is none. */
  get(key: string): TableRow | undefined | Promise<TableRow | undefined>
  /** All rows, each key once. What it gives is no snapshot: rows may come and go meanwhile. */
  entries(): AsyncIterable<readonly [string, TableRow]> | Iterable<readonly [string, TableRow]>
}

/** How a table is supervised. */
export interface TableOptions {
  /** How long after one reconciliation the next begins, in milliseconds, >= 1; `Infinity`: never. Default 60 000. */
  readonly reconcileMs?: number | undefined
  /** How long the first starts may take before the callback is called all the same, in milliseconds. Default 1 000. */
  readonly startupMs?: number | undefined
}

/**
 * The children of a table, for as long as `run` runs; outside of it every verb rejects with ERR_SUPERVISOR_NOT_RUNNING.
 */
export interface SupervisedTable {
  /**
   * Starts a child for each row, calls `callback` when they are ready or `startupMs` are over, and resolves with what that
   * resolves with, once all children of the table are stopped and removed. Meanwhile it reconciles: new rows are started,
   * failed children restarted, children whose row changed replaced, those whose row is gone stopped and removed.
   *
   * When `options.signal` aborts or the supervisor stops, so does all this at once, and `scope.signal` tells the callback,
   * which is waited for.
   *
   * Rejects with what the callback failed with; ERR_INVALID_STATE while another run lasts, ERR_SUPERVISOR_NOT_RUNNING
   * unless the supervisor is starting or running, ERR_ABORTED or ERR_SUPERVISOR_STOPPED when it is over before the
   * callback was called, ERR_INVALID_SPEC for wrong arguments.
   */
  run<T>(callback: (scope: Scope) => T | PromiseLike<T>, options?: Abortable): Promise<T>
  /**
   * Starts the child of a row that has none, or whose child is stopped, with the options the table has for it now; resolves
   * when it is ready, for a one-shot when it has finished.
   *
   * Rejects with ERR_CHILD_EXISTS where it lives, ERR_CHILD_STOPPING while it stops, ERR_CHILD_NOT_FOUND where the table
   * has no such row or fails to give it (`cause`), ERR_INVALID_SPEC for a bad row, ERR_ABORTED when it was stopped
   * meanwhile, and what `child.start()` rejects with.
   */
  start(key: string): Promise<ChildView>
  /**
   * Stops a child, which then stays so until `start(key)`: reconciling leaves it alone while its row stays.
   * Rejects with ERR_CHILD_NOT_FOUND.
   */
  stop(key: string): Promise<StopReport>
  /** The running child of a key. Rejects with ERR_CHILD_NOT_FOUND, ERR_CHILD_NOT_RUNNING. */
  get(key: string): Promise<Child>
}
