import type { Runnable, Scope } from '../../../src/tasks/runnable.ts'

/** A promise and the way to settle it: a handshake. */
export type Gate = PromiseWithResolvers<void>
export const gate = (): Gate => Promise.withResolvers<void>()

/** A scope that nothing ends. */
export const endless = (): Scope => ({ signal: new AbortController().signal })

export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Rejects with the signal's reason as soon as it aborts. */
export const untilAborted = async ({ signal }: Scope): Promise<void> => {
  await aborted(signal)
  signal.throwIfAborted()
}

/** One turn of the event loop: what was not waiting for anything has happened. */
export const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

export interface Script {
  readonly start?: (scope: Scope) => unknown
  /** Settles when the unit ends by itself. */
  readonly ends?: Promise<void>
  readonly stop?: (scope: Scope) => unknown
}

/** A well-behaved runnable that writes what happens to it into a log. Where it fails by itself it rejects with that. */
export function scripted(name: string, log: string[], { start, ends, stop }: Script = {}): Runnable {
  return async (scope, ready) => {
    log.push(`+${name}`)
    await start?.(scope)
    const own = new AbortController()
    let failure: Promise<void> | undefined
    ends
      ?.then(() => own.abort())
      .catch((error: unknown) => {
        failure = Promise.reject(error)
        failure.catch(() => {})
        own.abort()
      })
    log.push(`${name} ready`)
    try {
      await ready({ signal: own.signal })
    } finally {
      log.push(`${name} ${scope.signal.aborted ? 'is forced' : 'stops'}`)
      await stop?.(scope)
      log.push(`-${name}`)
    }
    await failure
  }
}

/** What an `unhandledRejection` would have told the host because of `run`. */
export async function unhandledRejectionsOf(run: () => unknown): Promise<readonly unknown[]> {
  const caught: unknown[] = []
  const listeners = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', (error) => caught.push(error))
  try {
    await run()
    // Node looks for them when the microtasks of a turn are done.
    await turn()
    await turn()
  } finally {
    process.removeAllListeners('unhandledRejection')
    for (const listener of listeners) process.on('unhandledRejection', listener)
  }
  return caught
}
