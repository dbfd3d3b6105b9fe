import type { Readable } from 'node:stream'
import type { Disarm, LifeObservation } from '../ports.ts'
import { createLineSplitter } from './line-splitter.ts'
import { systemClock } from './system-clock.ts'

/** The `lines` streams of one life. */
export interface Output {
  /** The process has exited: what still comes is awaited for `drainMs`, then cut. */
  settle(): void
  /** Nobody is interested any more: closes the streams and reports nothing. */
  abandon(): void
}

interface LinesStream {
  readonly source: 'stdout' | 'stderr'
  readonly stream: Readable
}

/**
 * Tells the lines of `streams` to `observe` as they come, all of them before `drained`, which comes once, after
 * `settle`. Streams are read whether anybody cares or not: a child must never block on a full pipe.
 */
export function readOutput(
  streams: readonly LinesStream[],
  drainMs: number,
  observe: (observation: LifeObservation) => void,
): Output {
  const open = new Map<Readable, () => void>()
  let settled = false
  let disarm: Disarm | undefined

  const close = (stream: Readable): void => {
    const flush = open.get(stream)
    if (flush === undefined) return
    open.delete(stream)
    flush()
    if (open.size > 0 || !settled) return
    disarm?.()
    observe({ kind: 'drained', cut: false })
  }

  const cut = (): void => {
    if (open.size === 0) return
    const held = [...open]
    open.clear()
    for (const [stream, flush] of held) {
      flush()
      stream.destroy()
    }
    observe({ kind: 'drained', cut: true })
  }

  for (const { source, stream } of streams) {
    const splitter = createLineSplitter((line) => observe({ kind: 'line', source, ...line }))
    open.set(stream, () => splitter.end())
    stream.on('data', (chunk: Buffer) => {
      // What was cut may still have a chunk in flight.
      if (open.has(stream)) splitter.push(chunk)
    })
    stream.once('end', () => close(stream))
    // A stream that breaks closes without an end.
    stream.once('close', () => close(stream))
    stream.on('error', () => {})
  }

  return {
    settle() {
      settled = true
      if (open.size === 0) observe({ kind: 'drained', cut: false })
      // One more turn after the timer, with its polling in between: when the loop was blocked, the timer is overdue
      // while the rest of the output lies in the pipe unread.
      else disarm = systemClock.arm(drainMs, () => setImmediate(cut))
    },
    abandon() {
      disarm?.()
      const held = [...open.keys()]
      open.clear()
      for (const stream of held) stream.destroy()
    },
  }
}
