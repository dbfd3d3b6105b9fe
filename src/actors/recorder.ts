import { announcesGap } from '../events/continuity.ts'
import type { EventData, RecordedEvent } from '../events/event.ts'
import { takeCheckpoint } from '../machines/checkpoint.ts'
import type { Input } from '../machines/input.ts'
import { ROOT, type Tree } from '../machines/tree.ts'
import { messageOf } from '../streams/message-of.ts'
import type { Clock, Disarm, Journal } from '../ports.ts'

export interface RecorderParts {
  readonly journal: Journal
  readonly clock: Pick<Clock, 'mono' | 'arm' | 'nextTurn'>
  /** How many events have gone by since the last checkpoint. */
  readonly sinceCheckpoint: number
  readonly tree: Tree
  /** Decides on what the record itself has to state. */
  readonly apply: (input: Input) => void
  /** Runs a turn, so that the store is asked again. */
  readonly resume: () => void
  /** How many events are remembered for a store that fails. */
  readonly backlog?: number
}

/**
 * A tree's hand on its journal: a store that fails harms no child, and loses nothing while it can be remembered. As a
 * log it shows what was stored and what is still to be, as one.
 */
export interface Recorder extends Pick<Journal, 'first' | 'last' | 'read' | 'close'> {
  append(events: readonly RecordedEvent[]): void
  /** Writes what was appended, or remembers it for later; never throws. */
  commit(): void
  /** What the record itself has to state next: a checkpoint, or how much of it is missing. */
  due(): Input | undefined
  /** False while the store fails and no process is to begin of which there would be no trace. */
  readonly mayStart: boolean
}

/** How many events a store that fails may owe us before they are given up. */
const BACKLOG = 100_000
/** A store that fails is asked again that often, and by the turns between not more often than the other. */
const RETRY_MS = 1_000
const PAUSE_MS = 100
/** What was remembered is written in pieces, and so many of them hold up one turn. */
const PIECE = 1_024
const PIECES = 4

/**
 * A failed append cannot be rolled back: the turn goes on from memory, and what could not be written is written later, in
 * order. Where that becomes too much it is given up as a whole, because the store may only go on behind a gap with a
 * checkpoint: `journal.degraded` tells what is missing, and the checkpoint follows it at once.
 */
export function createRecorder(parts: RecorderParts): Recorder {
  const { journal, clock, tree, apply, resume, backlog = BACKLOG } = parts
  /** Recorded, and not yet in the store: gapless in itself. */
  let pending: RecordedEvent[] = []
  let { sinceCheckpoint } = parts
  /** How many of them the store has taken, and not yet committed. */
  let staged = 0
  /** Why it did not take the rest. */
  let refusal: { readonly error: unknown } | undefined
  let failing = false
  /** The store does not end where the remembered events begin: only behind a gap can it go on. */
  let outOfStep = false
  let notBefore = 0
  let timer: Disarm | undefined

  // Told in a later turn: this one is in the middle of a commit.
  const say = (data: EventData['journal.degraded']): void => clock.nextTurn(() => apply({ of: 'degraded', data }))

  const wake = (): void => {
    const due = dueNow()
    if (due === undefined) resume()
    else apply(due)
  }

  const retryLater = (): void => {
    notBefore = clock.mono() + PAUSE_MS
    timer ??= clock.arm(
      RETRY_MS,
      () => {
        timer = undefined
        notBefore = 0
        wake()
      },
      false,
    )
  }

  const failed = (error: unknown): void => {
    retryLater()
    if (failing) return
    failing = true
    const reason = messageOf(error)
    const stops = journal.onFailure === 'fail-stop' ? ', and no process begins until it can' : ''
    say({ message: `The journal cannot be written${stops}: ${reason}` })
  }

  /** After a failure the store may hold more than it said, or less than it had. */
  const isInStep = (): boolean => {
    const stored = pending.findIndex(({ seq }) => seq > journal.last)
    pending = stored === -1 ? [] : pending.slice(stored)
    const [next] = pending
    if (next === undefined || next.seq === journal.last + 1) return true
    return announcesGap(next) && next.data.from === journal.last + 1
  }

  /** Writes what is remembered, or the next pieces of it. True: all of it is written. */
  const write = (): boolean => {
    if (staged > 0 || refusal !== undefined) {
      const refused = refusal
      // Whatever becomes of it now: what is not committed is not recorded.
      staged = 0
      refusal = undefined
      if (refused !== undefined) throw refused.error
      journal.commit()
      pending = []
      return true
    }
    for (let piece = 0; pending.length > 0; piece++) {
      if (piece === PIECES) {
        notBefore = 0
        clock.nextTurn(wake)
        return false
      }
      const batch = failing ? pending.slice(0, PIECE) : pending
      journal.append(batch)
      journal.commit()
      pending = batch.length === pending.length ? [] : pending.slice(batch.length)
    }
    return true
  }

  const attempt = (): void => {
    try {
      if (!write()) return
    } catch (error) {
      failed(error)
      if (outOfStep || isInStep()) return
      outOfStep = true
      notBefore = 0
      clock.nextTurn(wake)
      return
    }
    if (!failing) return
    failing = false
    timer?.()
    timer = undefined
    say({ message: 'The journal is written again' })
  }

  /** The end of the record is never given up: nothing could tell of it. */
  const giveUp = (): Input | undefined => {
    if ((pending.length <= backlog && !outOfStep) || tree.supervisor(ROOT)?.phase === 'stopped') return undefined
    const from = journal.last + 1
    const to = tree.seq
    pending = []
    outOfStep = false
    sinceCheckpoint = Infinity
    const message = 'Events that could not be written are given up'
    return { of: 'degraded', data: { message, droppedEvents: to - from + 1, from, to } }
  }

  const dueNow = (): Input | undefined => {
    const gap = giveUp()
    if (gap !== undefined) return gap
    if (sinceCheckpoint < Math.max(journal.retain, 8 * tree.children.size)) return undefined
    // Negative by the checkpoint's own append, so that the count begins after it.
    sinceCheckpoint = -1
    return { of: 'checkpoint', state: takeCheckpoint(tree) }
  }

  return {
    append(events) {
      sinceCheckpoint += events.length
      const isFirst = pending.length === staged
      for (const event of events) pending.push(event)
      if (failing || refusal !== undefined || !isFirst) return
      try {
        journal.append(events)
        staged = pending.length
      } catch (error) {
        refusal = { error }
      }
    },
    commit() {
      if (pending.length > 0 && (!failing || clock.mono() >= notBefore)) attempt()
    },
    due: dueNow,
    get mayStart() {
      return !failing || journal.onFailure !== 'fail-stop'
    },
    get first() {
      return journal.first
    },
    get last() {
      return pending.at(-1)?.seq ?? journal.last
    },
    read(from, limit) {
      const stored = from > journal.last ? [] : journal.read(from, limit)
      const unstored = pending.slice(staged)
      const [next] = unstored
      if (next === undefined || stored.length >= limit) return stored
      const begin = Math.max(0, from - next.seq)
      return [...stored, ...unstored.slice(begin, begin + limit - stored.length)]
    },
    close() {
      if (pending.length > 0) attempt()
      timer?.()
      timer = undefined
      const left = pending.length
      const message = `The last ${left} events of the record could not be written to its journal`
      if (left > 0) process.emitWarning(message, 'BroodWarning')
      journal.close()
    },
  }
}
