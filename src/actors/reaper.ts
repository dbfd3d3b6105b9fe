import { inspect } from 'node:util'
import type { Observable } from 'rxjs'
import type { Gap } from '../events/event.ts'
import type { ProcessIdentity } from '../events/identity.ts'
import type { Clock } from '../ports.ts'
import { createChannel } from '../streams/channel.ts'
import { readLog } from '../streams/cursor.ts'
import { invalidOption } from '../streams/invalid-option.ts'
import { publishedLog } from '../streams/published-log.ts'
import { type CursorOptions, cursorOptionNames } from '../streams/read-options.ts'
import { retainedEvents } from '../streams/retained-events.ts'
import { refuseUnknownOptions } from '../streams/unknown-options.ts'

/** Whose process it was: a child's life in a tree, or one that was run without a supervisor. */
export type Origin =
  | { readonly kind: 'child'; readonly supervisor: string; readonly stream: string; readonly incarnation: number }
  | { readonly kind: 'process' }

/** The exit of one process that this host started through brood. */
export interface Reaped {
  /** Gapless, from 1, of this host process: not the `seq` of any journal. */
  readonly seq: number
  /** Epoch milliseconds. */
  readonly at: number
  readonly pid: number
  /** Null where the platform could not tell. */
  readonly identity: ProcessIdentity | null
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The shell's view: the code, or 128 + n for signal n. Null where neither is known. */
  readonly status: number | null
  readonly origin: Origin
}

/** The exits of all processes of this host, of every supervisor and of none. */
export interface Reaper {
  /** Hot, in the order of publication. A subscriber that throws is unsubscribed, with a warning of the process. */
  readonly exits$: Observable<Reaped>
  /**
   * Reads the retained exits and then, unless `live` is false, those to come; it never ends by itself.
   * @throws {BroodError} ERR_INVALID_SPEC, at once
   */
  read(options?: CursorOptions): AsyncIterable<Reaped | Gap>
}

/** The side on which exits enter. */
export interface ReaperSink {
  /** Numbers, keeps and publishes one exit. To be called after its owner has committed it; never throws. */
  publish(exit: Omit<Reaped, 'seq'>): void
}

export interface ReaperOptions {
  /** How many of the latest exits are kept, an integer >= 1. Default 10 000. */
  readonly keep?: number
  /** Told of a subscriber that failed; must not throw. Default: `process.emitWarning`. */
  readonly warn?: (message: string) => void
}

/**
 * Makes a reaper. There is to be one per host process, in which the exits of all trees meet.
 * @throws {BroodError} ERR_INVALID_SPEC
 */
export function createReaper(clock: Pick<Clock, 'nextTurn'>, options: ReaperOptions = {}): Reaper & ReaperSink {
  refuseUnknownOptions(options, ['keep', 'warn'])
  const { keep = 10_000, warn = (message) => process.emitWarning(message, 'BroodWarning') } = options
  if (!Number.isSafeInteger(keep) || keep < 1) throw invalidOption('keep', 'an integer >= 1', keep)
  const kept = retainedEvents<Reaped>()
  const log = publishedLog<Reaped>(kept)
  // A warning, not an event: the reaper belongs to no tree, so there is no journal to record it in.
  const exits = createChannel<Reaped>({
    name: 'reaper.exits$',
    onFailure: (error, name) => warn(`A subscriber of ${name} failed and was unsubscribed: ${inspect(error)}`),
  })

  return {
    get exits$() {
      return exits.observable
    },
    read: (read = {}) => readLog(log, clock, read, cursorOptionNames),
    publish(exit) {
      const reaped = Object.freeze({ ...exit, seq: kept.last + 1 })
      kept.append(reaped)
      kept.dropBefore(reaped.seq - keep + 1)
      log.publish(reaped.seq)
      exits.publish(reaped)
    },
  }
}
