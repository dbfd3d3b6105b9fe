import { Subscriber } from 'rxjs'

/** What a subscriber brings: any of the three, called as methods of the object. */
export interface Handlers<T> {
  readonly next?: ((value: T) => void) | null | undefined
  readonly error?: ((error: unknown) => void) | null | undefined
  readonly complete?: (() => void) | null | undefined
}

/**
 * The end of a subscription, where whatever its handlers throw and whatever its pipe failed with comes to rest: the
 * subscription ends, then the failure is told to `onFailure`, once.
 *
 * RxJS's own `SafeSubscriber` rethrows in a timer instead, which is an uncaughtException of the host, and goes on
 * delivering. A missing handler is no failure, an `error` handler is called before the failure is told, and what is
 * thrown after the first failure (by that handler, by a teardown) is the same failure, not another.
 */
export class IsolatedSubscriber<T> extends Subscriber<T> {
  readonly #handlers: Handlers<T>
  readonly #onFailure: (error: unknown) => void

  constructor(handlers: Handlers<T>, onFailure: (error: unknown) => void) {
    super()
    this.#handlers = handlers
    this.#onFailure = onFailure
  }

  protected override _next(value: T): void {
    try {
      this.#handlers.next?.(value)
    } catch (error) {
      this.#fail(error)
    }
  }

  protected override _error(error: unknown): void {
    try {
      this.#handlers.error?.(error)
    } catch {
      // Told below: the error that this handler was called with.
    }
    this.#fail(error)
  }

  protected override _complete(): void {
    try {
      this.#handlers.complete?.()
      // Runs the teardowns (`finalize`), which may throw like any other part of the pipe.
      this.unsubscribe()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Out first, told second: the report is perhaps a value of the very stream that this was subscribed to. */
  #fail(error: unknown): void {
    try {
      this.unsubscribe()
    } catch {
      // An UnsubscriptionError of the teardowns, caused by the failure or outdone by it.
    }
    this.#onFailure(error)
  }
}
