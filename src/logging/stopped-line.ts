import type { EventData, Outcome } from '../events/event.ts'
import type { LogLine } from './log-line.ts'
import type { LogLevel } from './logger.ts'

const endings: Readonly<Record<Outcome, readonly [level: LogLevel, words: string]>> = {
  stopped: ['info', 'stopped'],
  exited: ['info', 'is done'],
  aborted: ['info', 'was aborted'],
  startFailed: ['warn', 'did not start'],
  failed: ['warn', 'failed and stays down'],
  unkillable: ['error', 'could not be ended'],
}

/** How a child came to rest, with the exit and the error that brought it there. */
export function stoppedLine(data: EventData['child.stopped'], who: string): LogLine {
  const { outcome, exit, cause, error, survivors } = data
  const [level, words] = endings[outcome]
  return {
    level,
    message: `${who} ${words}${error === undefined ? '' : `: ${error.message}`}`,
    fields: {
      outcome,
      cause,
      code: exit?.code,
      signal: exit?.signal,
      error: error?.code,
      childPids: survivors?.map((survivor) => survivor.pid),
    },
  }
}
