import type { Observable, Subscription } from 'rxjs'
import type { RecordedEvent } from '../events/event.ts'
import { describeEvent } from './describe-event.ts'
import type { Logger } from './logger.ts'

/**
 * Writes one line per event: the message in plain words, beside it `{ child, stream, incarnation, childPid, event, seq }`
 * and a few data of the event. `childPid`, because `pid` is the host's own in a pino line.
 *
 * The logger is one more subscriber: what it throws or rejects costs its line and nothing else, and a level it does not
 * have (pino's `useOnlyCustomLevels`) is skipped. Not promised: the wording, and that every event has the same level in
 * the next minor version.
 */
export function logEvents(events$: Observable<RecordedEvent>, logger: Logger): Subscription {
  return events$.subscribe((event) => {
    try {
      write(logger, event)
    } catch {
      // Nobody is left to tell: the logger is the one who would have been told.
    }
  })
}

function write(logger: Logger, event: RecordedEvent): void {
  const { level, message, fields } = describeEvent(event)
  const written: unknown = logger[level]?.(
    {
      ...(event.child === undefined ? {} : { child: event.child }),
      stream: event.stream,
      ...(event.incarnation === undefined ? {} : { incarnation: event.incarnation }),
      event: event.type,
      seq: event.seq,
      ...fields,
    },
    message,
  )
  // An async function fits the type of a log method, and its rejection would end the host.
  if (written instanceof Promise) written.catch(() => {})
}
