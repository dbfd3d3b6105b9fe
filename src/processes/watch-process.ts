import { BroodError } from '../errors.ts'
import type { ProcessIdentity } from '../events/identity.ts'
import { isSignal } from '../os/send-signal.ts'
import type { Disarm } from '../ports.ts'
import { invalidOption } from '../streams/invalid-option.ts'
import { refuseUnknownOptions } from '../streams/unknown-options.ts'
import { assertIdentities } from './assert-identities.ts'
import { checkAbortSignal } from './check-options.ts'
import type { ProcessParts } from './parts.ts'
import { deliver, presenceOf } from './presence.ts'
import { assertMortal, checkIdentity } from './target.ts'

export interface WatchOptions {
  /** How often, in milliseconds, the process is looked at while somebody waits; an integer >= 1. Default 2 000. */
  readonly pollMs?: number | undefined
}

/** Any process, watched from outside: its exit code is its parent's alone. */
export interface WatchedProcess {
  /**
   * Resolves when it has ended; a zombie has. All waiters share one poll loop, which keeps the event loop alive while
   * there are any; whoever aborts leaves the others alone.
   * @throws {BroodError} rejects ERR_ABORTED, ERR_INVALID_SPEC
   */
  wait(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>
  /**
   * Signals the process alone, a SIGTERM followed by a SIGCONT. False: it has ended, and nobody was signalled. 0 probes.
   * @throws {BroodError} rejects ERR_BAD_SIGNAL; ERR_INVALID_STATE for pid 1 and this process (unless it is a probe), and
   * where this user may not signal it
   */
  signal(signal: NodeJS.Signals | 0): Promise<boolean>
  /** Sends SIGKILL if it still runs, and waits for nothing. @throws {BroodError} ERR_INVALID_STATE for pid 1 and this process */
  kill(): void
}

const firstMs = 1
const growth = 2

/** Watches any process; what it promises is said in `Processes`. */
export function watchProcess(
  { clock, kernel }: Pick<ProcessParts, 'clock' | 'kernel'>,
  identity: ProcessIdentity,
  options: WatchOptions,
): WatchedProcess {
  refuseUnknownOptions(options, ['pollMs'])
  const { pollMs = 2_000 } = options
  if (!Number.isSafeInteger(pollMs) || pollMs < 1) throw invalidOption('pollMs', 'an integer >= 1', pollMs)
  const target = checkIdentity(identity)
  assertIdentities(kernel)
  const waiters = new Set<() => void>()
  let ended = false
  let disarm: Disarm | undefined
  let nextMs = pollMs

  // Once is for ever: an identity does not come back.
  const hasEnded = (): boolean => (ended ||= presenceOf(kernel, target) !== 'running')

  const arm = (): void => {
    disarm = clock.arm(nextMs, look)
    nextMs = Math.min(nextMs * growth, pollMs)
  }

  const look = (): void => {
    disarm = undefined
    if (!hasEnded()) return arm()
    for (const tell of waiters) tell()
    waiters.clear()
  }

  const rest = (): void => {
    disarm?.()
    disarm = undefined
  }

  // Signals are mostly meant to end what they are sent to: look soon, and then ever later again.
  const hurry = (): void => {
    nextMs = Math.min(firstMs, pollMs)
    if (disarm === undefined) return
    rest()
    arm()
  }

  return {
    async wait(wait = {}) {
      refuseUnknownOptions(wait, ['signal'])
      const { signal } = wait
      checkAbortSignal(signal)
      const aborted = (): BroodError =>
        new BroodError('ERR_ABORTED', `Waiting for process ${target.pid} was aborted`, { cause: signal?.reason })
      if (signal?.aborted === true) throw aborted()
      if (hasEnded()) return
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const tell = (): void => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const abort = (): void => {
        waiters.delete(tell)
        if (waiters.size === 0) rest()
        reject(aborted())
      }
      signal?.addEventListener('abort', abort, { once: true })
      waiters.add(tell)
      if (disarm === undefined) arm()
      return promise
    },
    async signal(signal) {
      if (!isSignal(signal)) {
        throw new BroodError(
          'ERR_BAD_SIGNAL',
          `Expected \`signal\` to be the name of a signal or 0, got ${String(signal)}`,
        )
      }
      if (hasEnded()) return false
      if (signal !== 0) assertMortal(target)
      const result = deliver(kernel, target, signal)
      // Who refuses is there: that is all a probe asks.
      if (result === 'refused' && signal !== 0) {
        throw new BroodError('ERR_INVALID_STATE', `Process ${target.pid} may not be signalled by this user`)
      }
      hurry()
      return result !== 'absent'
    },
    kill() {
      if (hasEnded()) return
      assertMortal(target)
      deliver(kernel, target, 'SIGKILL')
      hurry()
    },
  }
}
