import type { Observable, Subscriber } from 'rxjs'
import { IsolatedObservable } from './isolated-observable.ts'

export interface ChannelOptions<T> {
  /** Told with each failure. */
  readonly name: string
  /**
   * Told once of every subscription that failed, after it was removed: it may publish on this very channel.
   * Must not throw.
   */
  readonly onFailure: (error: unknown, name: string) => void
  /**
   * The current value, for a new subscriber; `undefined` where there is none yet. It must already tell what was
   * published last.
   */
  readonly initial?: () => T | undefined
}

/** A hot, ordered stream, seen from the side that publishes. */
export interface Channel<T> {
  /** Hands a value to everyone subscribed at this moment; does nothing once completed. Never throws. */
  publish(value: T): void
  /** Completes the subscribers after what was published before; later ones complete at once. */
  complete(): void
  /** The public side: subscribers are isolated from each other and from the publisher. */
  readonly observable: Observable<T>
  /** Whether anybody is subscribed: publishing to nobody costs nothing, making the value may. */
  readonly observed: boolean
}

/**
 * Makes a channel: each value reaches every subscriber of its moment once, and all of them in the same order, whatever
 * they do inside their handlers. A value published there waits its turn, a subscriber that joins there sees only what is
 * published after, one that was unsubscribed there gets nothing more.
 *
 * With `initial`, a subscriber is given the current value as it joins and then every later one; a publication of the
 * very value it was given is not repeated to it.
 */
export function createChannel<T>(options: ChannelOptions<T>): Channel<T> {
  return new HotChannel(options)
}

/** Stands for "was given nothing", which no value of anybody's can be. */
const nothing = Symbol('nothing')

interface Seat<T> {
  readonly subscriber: Subscriber<T>
  /** How many values had been published when it was taken: those are not for it, though they may still be queued. */
  readonly since: number
  /** What `initial` gave, until the first delivery. */
  given: T | typeof nothing
}

// A class for its memory: there is a channel or two per child, and one made of closures took 840 bytes where this takes
// 90 (Node 24). For the same reason all but the options comes into being with the first subscriber.
class HotChannel<T> implements Channel<T> {
  readonly #options: ChannelOptions<T>
  #observable: Observable<T> | undefined
  /** A Set: it is walked in the order of subscription, and what is deleted on the way is not visited. */
  #seats: Set<Seat<T>> | undefined
  #queue: T[] | undefined
  #published = 0
  #delivered = 0
  #busy = false
  #completed = false

  constructor(options: ChannelOptions<T>) {
    this.#options = options
  }

  get observed(): boolean {
    return this.#seats !== undefined && this.#seats.size > 0
  }

  get observable(): Observable<T> {
    this.#observable ??= new IsolatedObservable<T>(
      (error) => this.#options.onFailure(error, this.#options.name),
      (subscriber) => this.#join(subscriber),
    )
    return this.#observable
  }

  publish(value: T): void {
    if (this.#completed || this.#seats === undefined || this.#seats.size === 0) return
    this.#published += 1
    if (this.#busy) {
      this.#queue ??= []
      this.#queue.push(value)
      return
    }
    this.#exclusively(() => this.#deliver(value))
  }

  complete(): void {
    if (this.#completed) return
    this.#completed = true
    if (!this.#busy) this.#end()
  }

  #join(subscriber: Subscriber<T>): void {
    if (this.#completed) {
      const last = this.#options.initial?.()
      if (last !== undefined) subscriber.next(last)
      subscriber.complete()
      return
    }
    const seat: Seat<T> = { subscriber, since: this.#published, given: nothing }
    this.#seats ??= new Set()
    this.#seats.add(seat)
    subscriber.add(() => this.#seats?.delete(seat))
    const current = this.#options.initial?.()
    if (current === undefined) return
    seat.given = current
    // What its handler publishes comes after what it is being given, as everywhere.
    if (this.#busy) this.#hand(seat, current)
    else this.#exclusively(() => this.#hand(seat, current))
  }

  /** Runs one delivery, then what was published meanwhile, then the end if that was asked for meanwhile. */
  #exclusively(first: () => void): void {
    this.#busy = true
    try {
      first()
      while (this.#queue !== undefined) {
        const batch = this.#queue
        this.#queue = undefined
        for (const value of batch) this.#deliver(value)
      }
    } finally {
      this.#busy = false
      // Already so, unless `onFailure` broke its word: then what was still queued is lost, but nothing after it.
      this.#queue = undefined
      this.#delivered = this.#published
    }
    if (this.#completed) this.#end()
  }

  #deliver(value: T): void {
    this.#delivered += 1
    for (const seat of this.#seats ?? []) {
      if (seat.since >= this.#delivered) continue
      const { given } = seat
      seat.given = nothing
      if (given !== value) this.#hand(seat, value)
    }
  }

  #hand({ subscriber }: Seat<T>, value: T): void {
    try {
      subscriber.next(value)
    } catch (error) {
      this.#drop(subscriber, error)
    }
  }

  /** For hand-made Subscribers only: those of IsolatedObservable and of RxJS's operators catch for themselves. */
  #drop(subscriber: Subscriber<T>, error: unknown): void {
    try {
      subscriber.unsubscribe()
    } catch {
      // A teardown that throws as well: the subscription has its one failure already.
    }
    this.#options.onFailure(error, this.#options.name)
  }

  #end(): void {
    for (const { subscriber } of this.#seats ?? []) {
      try {
        subscriber.complete()
      } catch (error) {
        this.#drop(subscriber, error)
      }
    }
    this.#seats = undefined
  }
}
