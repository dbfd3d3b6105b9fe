import { BroodError } from '../errors.ts'
import type { Gap } from '../events/event.ts'
import type { Clock } from '../ports.ts'
import { logPosition } from './log-position.ts'
import { type ReadOptions, type ReadPlan, readOptionNames, readPlan } from './read-options.ts'
import type { RetainedLog } from './retained-log.ts'

/**
 * Reads a log: what is retained from `from` on, then, unless `live` is false, what is published, until the log ends.
 * What is not retained any more is told as a `Gap`. Between the two there is neither a hole nor a repetition.
 *
 * Each iteration is a reader of its own. It holds a position, never a copy of what it has still to read, so that one
 * that stands still costs nothing and delays nobody. It is behind if one event-loop turn after a publication it has
 * more than `bufferSize` unread; then it skips to the newest `bufferSize` (`gap`), is rejected with ERR_SLOW_SUBSCRIBER
 * (`error`), or lags until retention overtakes it (`wait`). One that begins with more than `bufferSize` unread is catching
 * up and not behind, until it has read everything for the first time. `next` may be called several times at once.
 *
 * A reader that is no longer wanted is to be left by `break`, `return()` or its signal; a waiting one does not keep
 * the process alive.
 *
 * @param accepted the names of the options that make sense for this log
 * @throws {BroodError} ERR_INVALID_SPEC, at once
 */
export function readLog<T extends { readonly seq: number }>(
  log: RetainedLog<T>,
  clock: Pick<Clock, 'nextTurn'>,
  options: ReadOptions = {},
  accepted: readonly string[] = readOptionNames,
): AsyncIterable<T | Gap> {
  const plan = readPlan(options, accepted)
  return { [Symbol.asyncIterator]: () => openCursor(log, clock, plan) }
}

interface Waiter<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void
  readonly reject: (error: unknown) => void
}

function openCursor<T extends { readonly seq: number }>(
  log: RetainedLog<T>,
  clock: Pick<Clock, 'nextTurn'>,
  { from, live, bufferSize, overflow, types, signal }: ReadPlan,
): AsyncIterator<T | Gap, undefined> {
  const position = logPosition(log, from, types)
  const waiting: Waiter<T | Gap>[] = []
  let catchingUp = position.unread() > bufferSize
  let judgementDue = false
  let closed = false
  /** What ended this reader, until somebody has been told: a holder, since anything can be thrown. */
  let failure: { readonly error: unknown } | undefined

  const stopListening = live ? log.onChange(changed) : undefined
  signal?.addEventListener('abort', abort)
  if (signal?.aborted === true) abort()

  function release(because?: { readonly error: unknown }): void {
    closed = true
    failure = because
    stopListening?.()
    signal?.removeEventListener('abort', abort)
  }

  function close(because?: { readonly error: unknown }): void {
    if (closed) return
    release(because)
    serve()
  }

  function abort(): void {
    close({ error: new BroodError('ERR_ABORTED', 'The read was aborted.', { cause: signal?.reason }) })
  }

  function changed(): void {
    serve()
    if (overflow === 'wait' || catchingUp || judgementDue || position.unread() <= bufferSize) return
    // A burst may be longer than the buffer: a reader is judged by what it leaves unread when it had its chance.
    judgementDue = true
    clock.nextTurn(judge)
  }

  function judge(): void {
    judgementDue = false
    const unread = position.unread()
    if (unread <= bufferSize) return
    if (overflow === 'gap') {
      position.skipToNewest(bufferSize)
      return
    }
    const message = `The reader has ${unread} events unread, more than its \`bufferSize\` of ${bufferSize}.`
    close({ error: new BroodError('ERR_SLOW_SUBSCRIBER', message) })
  }

  /** Answers the calls of `next` in their order, as far as there are answers. */
  function serve(): void {
    for (let waiter = waiting[0]; waiter !== undefined; waiter = waiting[0]) {
      if (!answer(waiter)) return
      waiting.shift()
    }
  }

  function answer({ resolve, reject }: Waiter<T | Gap>): boolean {
    const value = closed ? undefined : advance()
    if (value !== undefined) {
      resolve({ value, done: false })
      return true
    }
    if (!closed) return false
    if (failure === undefined) resolve({ value: undefined, done: true })
    else reject(failure.error)
    failure = undefined
    return true
  }

  function advance(): T | Gap | undefined {
    try {
      const value = position.take()
      catchingUp &&= position.unread() > 0
      if (value === undefined && (!live || log.ended)) release()
      return value
    } catch (error) {
      // A store that cannot be read is this reader's trouble: whoever published must not see it.
      release({ error })
      return undefined
    }
  }

  return {
    next: () =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        serve()
      }),
    return() {
      close()
      failure = undefined
      return Promise.resolve({ value: undefined, done: true })
    },
  }
}
