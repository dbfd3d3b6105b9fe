import type { Writable } from 'node:stream'
import { messageOf } from './message-of.ts'

/** How much may wait in a writer that has asked for a pause, in bytes, before lines are dropped. */
const mostWaiting = 1024 * 1024

/** What a writer's user is told. Must not throw. */
export interface WriterUser {
  /** Once: nothing more will be written for this user. */
  failed(message: string): void
  /** A line was dropped, for the first time since `takeDropped` was asked. */
  dropping(message: string): void
}

/** The place of one user, a child or a run, at a writer that it may share with others. */
export interface WriterSeat {
  /** Hands over a line, or a piece of one where it is `truncated`. Never throws, never waits. */
  write(source: 'stdout' | 'stderr', text: string, truncated: boolean): void
  /** How many lines were dropped since this was asked last. */
  takeDropped(): number
  /** Nothing more will come of this user. */
  leave(): void
}

/** What a seat is to the writer that it shares. */
interface Seat {
  readonly user: WriterUser
  /** What has become of the line that is under way on each stream. */
  readonly lines: { stdout: 'none' | 'begun' | 'dropped'; stderr: 'none' | 'begun' | 'dropped' }
  unanswered: number
  dropped: number
  told: boolean
  left: boolean
}

interface SharedWriter {
  join(user: WriterUser): WriterSeat
}

/** One for each writer: two trees must not tear each other's lines any more than two children. */
const shared = new WeakMap<Writable, SharedWriter>()

/**
 * Takes a place at a writer. Lines are handed over whole, as they come: a line that comes in pieces is put together again
 * there, unless another one comes in between, before which it is ended.
 *
 * A writer may ask for a pause (`write` gives false) and is still handed what comes, since its own buffer keeps the order
 * and nobody has to wait for it at the end; but once 1 MiB waits there whole lines are dropped, until it takes some. One
 * that throws, fails, is ended or closed is given nothing more, by nobody. It is never ended from here; its listeners are
 * there while somebody has a place, and that for errors until it has answered for all that it was given.
 *
 * @see https://nodejs.org/api/stream.html#writablewritechunk-encoding-callback
 */
export function openLogWriter(writer: Writable, user: WriterUser): WriterSeat {
  const known = shared.get(writer)
  if (known !== undefined) return known.join(user)
  const made = shareWriter(writer)
  shared.set(writer, made)
  return made.join(user)
}

function shareWriter(writer: Writable): SharedWriter {
  const seats = new Set<Seat>()
  /** Whose line has begun and is not ended yet. */
  let unfinished: { readonly seat: Seat; readonly source: 'stdout' | 'stderr' } | undefined
  let failure: string | undefined
  let listening = false
  /** It has asked for a pause; and how much it was handed since. */
  let pressed = false
  let sincePressed = 0
  /** A write has failed, and the 'error' that follows is still to come. */
  let errorDue = false

  const attempt = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      fail(messageOf(error))
    }
  }

  const tell = (seat: Seat): void => {
    if (seat.told || failure === undefined) return
    seat.told = true
    seat.user.failed(failure)
  }

  const fail = (message: string): void => {
    if (failure !== undefined) return
    failure = message
    for (const seat of seats) tell(seat)
  }

  const failed = (error: unknown): void => {
    errorDue = false
    fail(messageOf(error))
    quiet()
  }

  const relieved = (): void => {
    pressed = false
    sincePressed = 0
  }

  const listen = (): void => {
    if (listening) return
    listening = true
    // Without a listener an 'error' of what was written from here would end the host.
    attempt(() => writer.on('error', failed).on('drain', relieved))
  }

  const quiet = (): void => {
    if (!listening || seats.size > 0 || errorDue) return
    listening = false
    attempt(() => writer.removeListener('error', failed).removeListener('drain', relieved))
  }

  const remove = (seat: Seat): void => {
    seats.delete(seat)
    quiet()
  }

  /** To write to what was ended is an error that would destroy it, before it is done with what it has. */
  const look = (): void =>
    attempt(() => {
      if (isError(writer.errored)) return fail(messageOf(writer.errored))
      // Undefined for what only looks like a stream.
      const writable: unknown = writer.writable
      if (writable === false) fail('It was ended or closed')
    })

  const isFull = (): boolean => {
    if (!pressed) return false
    const { writableLength, writableObjectMode } = writer
    return (writableObjectMode || !Number.isFinite(writableLength) ? sincePressed : writableLength) >= mostWaiting
  }

  const drop = (seat: Seat): void => {
    seat.dropped += 1
    if (seat.dropped > 1) return
    seat.user.dropping(`It does not drain: lines are dropped while ${mostWaiting} bytes wait in it`)
  }

  const join = (user: WriterUser): WriterSeat => {
    const lines: Seat['lines'] = { stdout: 'none', stderr: 'none' }
    const seat: Seat = { user, lines, unanswered: 0, dropped: 0, told: false, left: false }
    seats.add(seat)
    listen()

    const answered = (error?: Error | null): void => {
      seat.unanswered -= 1
      if (isError(error)) {
        // A writer that was destroyed without an error answers with one, and emits none.
        errorDue ||= failure === undefined && isError(writer.errored)
        fail(messageOf(error))
      }
      if (seat.left && seat.unanswered <= 0) remove(seat)
    }

    return {
      write(source, text, truncated) {
        if (seat.left) return
        if (failure === undefined) look()
        if (failure !== undefined) return tell(seat)
        const before = lines[source]
        if (before === 'dropped' || isFull()) {
          lines[source] = truncated ? 'dropped' : 'none'
          return before === 'dropped' ? undefined : drop(seat)
        }
        const goesOn = before === 'begun' && unfinished?.seat === seat && unfinished.source === source
        const chunk = `${unfinished === undefined || goesOn ? '' : '\n'}${text}${truncated ? '' : '\n'}`
        lines[source] = truncated ? 'begun' : 'none'
        unfinished = truncated ? { seat, source } : undefined
        seat.unanswered += 1
        sincePressed += chunk.length
        try {
          // In these very bytes, whatever the writer takes for granted.
          if (writer.write(chunk, 'utf8', answered)) relieved()
          else pressed = true
        } catch (error) {
          seat.unanswered -= 1
          fail(messageOf(error))
        }
      },
      takeDropped() {
        const { dropped } = seat
        seat.dropped = 0
        return dropped
      },
      leave() {
        if (seat.left) return
        seat.left = true
        // What it has not answered yet may still fail.
        if (seat.unanswered <= 0) remove(seat)
      },
    }
  }

  return { join }
}

const isError = (error: Error | null | undefined): boolean => error !== null && error !== undefined
