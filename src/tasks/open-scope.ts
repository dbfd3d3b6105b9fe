import { onAbort } from './on-abort.ts'
import type { Scope } from './runnable.ts'

/** A scope in the hands of whoever opened it. */
export interface OpenScope {
  readonly scope: Scope
  /** Ends it, with the error that tells why. The first reason stands. */
  cancel(reason: unknown): void
  /** Gives the listeners on the outer scopes back. */
  close(): void
}

/**
 * Opens a scope that ends at the latest when one of the `outer` ones does, for the very same reason: by it whoever
 * ordered the end recognises its echo.
 *
 * Not `AbortSignal.any`: what that follows it follows until it is collected, and an outer signal may live as long as
 * the host.
 */
export function openScope(...outer: readonly Scope[]): OpenScope {
  const controller = new AbortController()
  const cancel = (reason: unknown): void => controller.abort(reason)
  const followed = outer.map(({ signal }) => onAbort(signal, () => cancel(signal.reason)))
  return {
    scope: { signal: controller.signal },
    cancel,
    close: () => followed.forEach((letGo) => letGo()),
  }
}
