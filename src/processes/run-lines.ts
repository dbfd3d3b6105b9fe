import { createLineSplitter } from '../os/line-splitter.ts'
import type { ProcessSpec } from '../spec/child-spec.ts'
import { pieceRedactor, redactor } from '../spec/redact.ts'
import { openLogWriter, type WriterSeat } from '../streams/log-writer.ts'
import { createStderrTail } from '../streams/stderr-tail.ts'

type Source = 'stdout' | 'stderr'

/** The lines of a run as they come: the last of stderr for an error, all of them for a `logWriter`. */
export interface RunLines {
  push(source: Source, chunk: Buffer): void
  /** A stream has ended: what is left of it is its last line. */
  end(source: Source): void
  /** Nothing more will come. */
  close(): void
  /** The last lines of stderr, without secrets; undefined before the first. */
  tail(): string | undefined
}

/** `warn` is told of a writer that fails or does not keep up: a run has no journal to record it in. */
export function createRunLines(
  { id, secrets, logWriter }: Pick<ProcessSpec, 'id' | 'secrets' | 'logWriter'>,
  warn: (message: string) => void,
): RunLines {
  const tail = createStderrTail(redactor(secrets))
  const tell = (message: string): void => warn(`The logWriter of "${id}" failed: ${message}`)
  let writer: WriterSeat | undefined

  const split = (source: Source) => {
    const hide = pieceRedactor(secrets)
    return createLineSplitter(({ text, truncated }) => {
      const shown = hide(text, truncated)
      if (source === 'stderr') tail.add(shown)
      if (logWriter === undefined) return
      writer ??= openLogWriter(logWriter, { failed: tell, dropping: tell })
      writer.write(source, shown, truncated)
    })
  }
  const splitters = { stdout: split('stdout'), stderr: split('stderr') }
  const isHeard = { stdout: logWriter !== undefined, stderr: true }

  return {
    push(source, chunk) {
      if (isHeard[source]) splitters[source].push(chunk)
    },
    end: (source) => splitters[source].end(),
    close() {
      const dropped = writer?.takeDropped() ?? 0
      if (dropped > 0) tell(`${dropped} lines were dropped, because it did not drain`)
      writer?.leave()
    },
    tail: () => tail.text(),
  }
}
