import type { Readable } from 'node:stream'
import type { Clock, Disarm } from '../ports.ts'
import type { RunLines } from './run-lines.ts'

/** Everything that is written to two streams. */
export interface Capture {
  readonly stdout: () => string
  readonly stderr: () => string
  /** Begins to read; a stream that is not there is empty. */
  read(streams: { readonly stdout?: Readable; readonly stderr?: Readable }): void
  /** The writers are gone: calls `done` when all is read, or at last, when what still holds a pipe has had its time. */
  settle(done: () => void): void
  /** Keeps nothing more, but reads on: who is being stopped must not block, or die, on a full pipe. */
  discard(): void
  /** Closes the streams. */
  close(): void
}

/** How long output is awaited when its writers are gone, in milliseconds: only who escaped can still hold a pipe. */
const drainMs = 200

export interface CaptureOptions {
  readonly clock: Pick<Clock, 'arm' | 'nextTurn'>
  /** How many bytes of each stream are kept. */
  readonly limit: number
  /** Told of everything that is read, kept or not, and of the end of each stream. */
  readonly heard?: Pick<RunLines, 'push' | 'end'> | undefined
  /** Called once, when one has more. */
  readonly overflowed: (source: 'stdout' | 'stderr') => void
}

export function createCapture({ clock, limit, heard, overflowed }: CaptureOptions): Capture {
  const kept = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  const open = new Map<Readable, 'stdout' | 'stderr'>()
  let keeping = true
  let disarm: Disarm | undefined
  let settled: (() => void) | undefined

  const discard = (): void => {
    keeping = false
    kept.stdout = []
    kept.stderr = []
  }

  const finish = (): void => {
    const done = settled
    settled = undefined
    disarm?.()
    done?.()
  }

  const close = (): void => {
    disarm?.()
    const cutOff = [...open]
    open.clear()
    for (const [stream, source] of cutOff) {
      stream.destroy()
      heard?.end(source)
    }
  }

  const collect = (source: 'stdout' | 'stderr', stream: Readable): void => {
    let bytes = 0
    const ended = (): void => {
      if (!open.delete(stream)) return
      heard?.end(source)
      if (open.size === 0) finish()
    }
    open.set(stream, source)
    stream.on('data', (chunk: Buffer) => {
      heard?.push(source, chunk)
      if (!keeping) return
      kept[source].push(chunk)
      bytes += chunk.length
      if (bytes <= limit) return
      discard()
      overflowed(source)
    })
    stream.once('end', ended)
    // A stream that breaks closes without an end.
    stream.once('close', ended)
    stream.on('error', () => {})
  }

  const cut = (): void => {
    close()
    finish()
  }

  return {
    // Decoded as a whole: a character may lie in two chunks.
    stdout: () => Buffer.concat(kept.stdout).toString('utf8'),
    stderr: () => Buffer.concat(kept.stderr).toString('utf8'),
    read({ stdout, stderr }) {
      if (stdout !== undefined) collect('stdout', stdout)
      if (stderr !== undefined) collect('stderr', stderr)
    },
    settle(done) {
      if (open.size === 0) return done()
      settled = done
      // One more turn after the timer, with its polling in between: when the loop was blocked, the timer is overdue
      // while the rest of the output lies in the pipe unread.
      disarm = clock.arm(drainMs, () => clock.nextTurn(cut))
    },
    discard,
    close,
  }
}
