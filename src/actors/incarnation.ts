import type { Readable, Writable } from 'node:stream'
import type { Exit } from '../events/exit.ts'
import type { ProcessIdentity } from '../events/identity.ts'
import type { ProcessLife } from '../ports.ts'

/** One life of a child as its owner holds it: the process, its raw streams, its end. */
export interface Incarnation {
  readonly number: number
  /** Null for a task and for a nested supervisor, which have no process of their own. */
  readonly pid: number | null
  readonly identity: ProcessIdentity | null
  /** The pipe of a `raw` stdin. Its errors (EPIPE after an exit) are swallowed; `exited` tells. */
  readonly stdin: Writable | undefined
  readonly stdout: Readable | undefined
  readonly stderr: Readable | undefined
  /** Settles with the exit, after the event was published; never rejects. */
  readonly exited: Promise<Exit>
  /** Says that this life is ready, where `ready` is 'manual'. Does nothing for what is no process, or a second time. */
  ready(): void
}

/** The handle of a life. */
export class LiveIncarnation implements Incarnation {
  readonly number: number
  readonly pid: number | null
  readonly identity: ProcessIdentity | null
  readonly #life: ProcessLife | undefined
  readonly #ready: () => void
  #exit: Exit | undefined
  #exited: PromiseWithResolvers<Exit> | undefined

  constructor(
    { number, pid, identity }: Pick<Incarnation, 'number' | 'pid' | 'identity'>,
    life: ProcessLife | undefined,
    ready: () => void,
  ) {
    this.number = number
    this.pid = pid
    this.identity = identity
    this.#life = life
    this.#ready = ready
  }

  get stdin(): Writable | undefined {
    return this.#life?.stdin
  }

  get stdout(): Readable | undefined {
    return this.#life?.stdout
  }

  get stderr(): Readable | undefined {
    return this.#life?.stderr
  }

  // Made when somebody asks: most lives end without a waiter.
  get exited(): Promise<Exit> {
    if (this.#exited === undefined) {
      this.#exited = Promise.withResolvers()
      if (this.#exit !== undefined) this.#exited.resolve(this.#exit)
    }
    return this.#exited.promise
  }

  ready(): void {
    this.#ready()
  }

  /** The life has ended. */
  end(exit: Exit): void {
    this.#exit = exit
    this.#exited?.resolve(exit)
  }
}
