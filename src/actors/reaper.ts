import { inspect } from 'node:util'
import type { Observable } from 'rxjs'
import type { Gap, NewEvent } from '../events/event.ts'
import type { ProcessIdentity } from '../events/identity.ts'
import type { Clock } from '../ports.ts'
import { createChannel } from '../streams/channel.ts'
import { readLog } from '../streams/cursor.ts'
import { invalidOption } from '../streams/invalid-option.ts'
import { messageOf } from '../streams/message-of.ts'
import { publishedLog } from '../streams/published-log.ts'
import { type CursorOptions, cursorOptionNames } from '../streams/read-options.ts'
import { retainedEvents } from '../streams/retained-events.ts'
import { refuseUnknownOptions } from '../streams/unknown-options.ts'

/** Whose process it was: a child's life in a tree, or one that was run without a supervisor. */
export type Origin =
  | { readonly kind: 'child'; readonly supervisor: string; readonly stream: string; readonly incarnation: number }
  | { readonly kind: 'process' }
  /** Absent where nothing told which life it descends from. */
  | { readonly kind: 'orphan'; readonly attributedTo?: OrphanAttribution }

/** The life of a child that an orphan descends from. `tree` is the id of its supervisor tree, as in the host record. */
export interface OrphanAttribution {
  readonly stream: string
  readonly incarnation: number
  readonly tree: string
}

/** Whether something the platform may lack is at work, or in words why not. */
export type Capability = { readonly enabled: true } | { readonly enabled: false; readonly reason: string }

/** The exit of one process that this host started through brood, or of an orphan it has adopted. */
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

/** The exits of all processes of this host, of every supervisor and of none; of orphans, too, where they are enabled. */
export interface Reaper {
  /** Hot, in the order of publication. A subscriber that throws is unsubscribed, with a warning of the process. */
  readonly exits$: Observable<Reaped>
  /**
   * Reads the retained exits and then, unless `live` is false, those to come; it never ends by itself.
   * @throws {BroodError} ERR_INVALID_SPEC, at once
   */
  read(options?: CursorOptions): AsyncIterable<Reaped | Gap>
  /**
   * Makes this process the parent of its descendants' orphans, for as long as it lives, and publishes their ends, too.
   * Linux only, and with the optional package koffi. Never throws; where something is missing nothing is changed.
   */
  enableOrphans(): Capability
}

/** The end of an orphan, as its source tells it. */
export type OrphanExit = Omit<Reaped, 'seq' | 'origin'> & { readonly attributedTo?: OrphanAttribution }

/** A living descendant of a life of this host, found to be its child now. */
export type OrphanFound = Pick<OrphanExit, 'at' | 'pid'> & {
  readonly identity: ProcessIdentity
  readonly attributedTo: OrphanAttribution
}

/** Where orphans are told of. */
export interface OrphanNews {
  readonly adopted: (orphan: OrphanFound) => void
  /** To be called after `adopted`, where that is called at all. */
  readonly reaped: (orphan: OrphanExit) => void
}

/** Records what becomes of the orphans of one tree's lives. Must not throw. */
export type OrphanRecord = (
  life: Pick<OrphanAttribution, 'stream' | 'incarnation'>,
  event: NewEvent<'orphan.adopted' | 'orphan.reaped'>,
) => void

/** Where trees hear of the orphans of their lives. */
export interface OrphanRegistry {
  /** From now on, until what is given back is called, `record` is told of the orphans of this tree. */
  join(tree: string, record: OrphanRecord): () => void
}

/** Where orphans come from. */
export interface OrphanSource {
  /** Reaps orphans from now on; again and again is once. */
  enable(): Capability
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
 * Makes a reaper. There is to be one per host process, in which the exits of all trees meet. `openOrphans` is called when
 * orphans are asked for, once; without it there are none.
 * @throws {BroodError} ERR_INVALID_SPEC
 */
export function createReaper(
  clock: Pick<Clock, 'nextTurn'>,
  options: ReaperOptions = {},
  openOrphans?: (news: OrphanNews) => OrphanSource,
): Reaper & ReaperSink & OrphanRegistry {
  refuseUnknownOptions(options, ['keep', 'warn'])
  const { keep = 10_000, warn = (message) => process.emitWarning(message, 'BroodWarning') } = options
  if (!Number.isSafeInteger(keep) || keep < 1) throw invalidOption('keep', 'an integer >= 1', keep)
  const kept = retainedEvents<Reaped>()
  const log = publishedLog<Reaped>(kept)
  // A warning, not an event: the reaper belongs to no tree, so there is no journal to record it in.
  const exits = createChannel<Reaped>({
    name: 'reaper.exits$',
    onFailure: (error, name) => warn(`A subscriber of ${name} failed and was unsubscribed: ${stackOf(error)}`),
  })

  const publish = (exit: Omit<Reaped, 'seq'>): void => {
    const reaped = Object.freeze({ ...exit, seq: kept.last + 1 })
    kept.append(reaped)
    kept.dropBefore(reaped.seq - keep + 1)
    log.publish(reaped.seq)
    exits.publish(reaped)
  }

  let orphans: OrphanSource | undefined
  const trees = new Map<string, OrphanRecord>()
  const news: OrphanNews = {
    adopted({ pid, identity, attributedTo }) {
      trees.get(attributedTo.tree)?.(attributedTo, { type: 'orphan.adopted', data: { pid, identity } })
    },
    reaped({ attributedTo, ...exit }) {
      const { pid, identity, code, signal, status } = exit
      // First its owner records it, as with every exit.
      if (attributedTo !== undefined && identity !== null && status !== null) {
        const data = { pid, identity, code, signal, status }
        trees.get(attributedTo.tree)?.(attributedTo, { type: 'orphan.reaped', data })
      }
      publish({ ...exit, origin: { kind: 'orphan', ...(attributedTo === undefined ? {} : { attributedTo }) } })
    },
  }

  return {
    get exits$() {
      return exits.observable
    },
    read: (read = {}) => readLog(log, clock, read, cursorOptionNames),
    enableOrphans() {
      orphans ??= openOrphans?.(news)
      return orphans?.enable() ?? { enabled: false, reason: 'This reaper was made without a source of orphans.' }
    },
    publish,
    join(tree, record) {
      trees.set(tree, record)
      return () => void trees.delete(tree)
    },
  }
}

/** With its stack where it has one: there is no event whose place in a log would tell where it came from. */
function stackOf(error: unknown): string {
  try {
    return inspect(error)
  } catch {
    return messageOf(error)
  }
}
