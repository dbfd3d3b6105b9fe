import type { ProcessSpec } from '../spec/child-spec.ts'
import { redactor } from '../spec/redact.ts'
import type { SupervisorLogger } from '../spec/supervisor-logger.ts'
import { openLogWriter, type WriterSeat } from '../streams/log-writer.ts'
import { createLineLog, type LineLog } from './line-log.ts'
import type { OutputLine } from './output-line.ts'

export interface LineOutputsParts {
  readonly logger: SupervisorLogger | undefined
  /** A logger or writer of a child has failed, or drops lines. */
  readonly failed: (stream: string, source: string, message: string) => void
}

/** Where the lines of a tree's children go besides `lines$`: to loggers and writers, one set for all lives of a child. */
export interface LineOutputs {
  write(spec: ProcessSpec, line: OutputLine, childPid: number | null): void
  /** The output of a life is complete: tells what its writer has missed. */
  drained(stream: string): void
  /** The child is no more. */
  forget(stream: string): void
  /** The tree is over: nobody is written to any more. */
  end(): void
}

interface Outputs {
  readonly log: LineLog
  readonly writer: WriterSeat | undefined
}

export function createLineOutputs({ logger, failed }: LineOutputsParts): LineOutputs {
  const known = new Map<string, Outputs>()
  let ended = false

  const open = ({ id, log, logWriter, secrets }: ProcessSpec, stream: string): Outputs => {
    // Whoever writes knows what the child was given, and may say so when it fails.
    const redact = redactor(secrets)
    const tell = (message: string): void => failed(stream, 'logWriter', redact(message))
    return {
      log: createLineLog({ id, ...(log === undefined ? {} : { log }) }, stream, logger, (source, message) =>
        failed(stream, source, redact(message)),
      ),
      writer: logWriter === undefined ? undefined : openLogWriter(logWriter, { failed: tell, dropping: tell }),
    }
  }

  return {
    write(spec, line, childPid) {
      if (ended || (spec.log === undefined && spec.logWriter === undefined)) return
      let outputs = known.get(line.stream)
      if (outputs === undefined) {
        outputs = open(spec, line.stream)
        known.set(line.stream, outputs)
      }
      outputs.writer?.write(line.source, line.text, line.truncated ?? false)
      outputs.log(line, childPid)
    },
    drained(stream) {
      const dropped = known.get(stream)?.writer?.takeDropped() ?? 0
      if (dropped > 0) failed(stream, 'logWriter', `${dropped} lines were dropped, because it did not drain`)
    },
    forget(stream) {
      known.get(stream)?.writer?.leave()
      known.delete(stream)
    },
    end() {
      ended = true
      for (const { writer } of known.values()) writer?.leave()
      known.clear()
    },
  }
}
