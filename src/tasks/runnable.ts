/** How long something may go on: until `signal` aborts, which means "end at once". */
export interface Scope {
  readonly signal: AbortSignal
}

/**
 * What a runnable calls, at most once, when it has started: "I run, and what depends on me may use `scope`".
 *
 * Abort the scope's signal to say that the end has come without being asked. The promise settles when the runnable is
 * to end gracefully: resolved because that was asked for, rejected because what ran on top of it failed. A second call,
 * and one after the end, rejects with ERR_INVALID_STATE; a promise that nobody awaits never harms the host.
 */
export type Ready = (scope: Scope) => Promise<void>

/**
 * Something that starts, runs and ends, as one function: it starts, calls `ready`, and runs until the promise of that
 * call settles; then it ends gracefully and settles its own. While it ends, `scope` is still intact, so it may use the
 * network and disks; the abort of `scope.signal` forces it to end at once, at any time.
 *
 * One that settles without having called `ready` has failed to start. One that ignores its signal cannot be ended, and
 * holds up whoever waits for it. Called again it is to begin afresh.
 *
 * @see https://pkg.go.dev/go.pact.im/x/process, whose `Runnable` this is, with a signal for its context
 */
export type Runnable = (scope: Scope, ready: Ready) => Promise<void>

/** One step of a runnable's life; what it returns is awaited, and counts for nothing else. */
export type Step = (scope: Scope) => unknown
