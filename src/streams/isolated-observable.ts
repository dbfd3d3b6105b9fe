import { Observable, type Observer, type Operator, Subscriber, type Subscription, type TeardownLogic } from 'rxjs'
import { IsolatedSubscriber } from './isolated-subscriber.ts'

/**
 * An Observable whose subscribers cannot harm anybody: what a handler or an operator of the pipe throws ends that one
 * subscription, is told to `onFailure` once, and reaches neither the publisher nor another subscriber nor the host.
 *
 * An error that arises in the pipe (a `timeout`, a `throwError`) is such a failure too, also where an `error` handler
 * is told of it; one that the pipe itself catches (`catchError`, `retry`) is not. `firstValueFrom` and `forEach` hand
 * the failure to their promise alone.
 *
 * Not promised: what an `async` handler rejects with is its own unhandled rejection. What operators make of several
 * sources (`merge`, `combineLatest`) or hand out inside values (`groupBy`, `window`), a `Subject` that was subscribed to
 * this, and `publish` before its `refCount` are plain RxJS, with RxJS's rules. `onFailure` must not throw.
 */
export class IsolatedObservable<T> extends Observable<T> {
  readonly #onFailure: (error: unknown) => void

  constructor(onFailure: (error: unknown) => void, subscribe?: (subscriber: Subscriber<T>) => TeardownLogic) {
    super(subscribe)
    this.#onFailure = onFailure
    // Operators build the next Observable of a pipe through `lift`: without this, `pipe` would give a plain one and its
    // subscriber a plain end. A function of the instance and not a method, because `publish` copies `lift` to
    // an Observable of its own class, where a private name is not to be found.
    this.lift = function lift<R>(this: Observable<unknown>, operator?: Operator<T, R>): Observable<R> {
      const lifted = new IsolatedObservable<R>(onFailure)
      lifted.source = this
      lifted.operator = operator
      return lifted
    }
  }

  override subscribe(
    observerOrNext?: Partial<Observer<T>> | ((value: T) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // A Subscriber is an inner link, an operator subscribing to its source: only the end of a chain is to be isolated,
    // or a failure that `catchError` is about to handle would be told by the link before it.
    if (observerOrNext instanceof Subscriber) return super.subscribe(observerOrNext)
    const handlers =
      typeof observerOrNext === 'object' && observerOrNext !== null
        ? observerOrNext
        : { next: observerOrNext, error, complete }
    return super.subscribe(new IsolatedSubscriber<T>(handlers, this.#onFailure))
  }
}
