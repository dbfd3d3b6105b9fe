import { config } from 'rxjs'

/**
 * What RxJS would have thrown at the host (an uncaughtException) because of `run`.
 *
 * RxJS rethrows from a `setTimeout` of no delay. Node fires timers of equal delay in the order in which they were set, so
 * one that is set afterwards fires when all of those have.
 */
export async function unhandledErrors(run: () => unknown): Promise<readonly unknown[]> {
  const errors: unknown[] = []
  config.onUnhandledError = (error) => errors.push(error)
  try {
    await run()
    await new Promise((resolve) => void setTimeout(resolve))
  } finally {
    config.onUnhandledError = null
  }
  return errors
}
