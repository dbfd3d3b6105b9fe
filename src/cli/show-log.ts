import { setTimeout as pause } from 'node:timers/promises'
import type { RecordedEvent } from '../events/event.ts'
import { createTimeline } from './event-line.ts'
import { exitCodes } from './exit-codes.ts'
import { unknownChild } from './unknown-child.ts'
import type { OpenJournal } from './open-journal.ts'
import { painter } from './paint.ts'
import type { Terminal } from './terminal.ts'

export interface LogOptions {
  readonly follow?: boolean
  readonly child?: string
  readonly json?: boolean
  /** Ends a `follow`. */
  readonly signal: AbortSignal
}

/** How often a followed journal is asked for more. A file cannot tell: WAL pages appear long before they are committed. */
const POLL_MS = 250
/** Lines that are written at once: a call of the system per line is slow. */
const PAGE = 256

/** `brood log`: the events, one to a line, or each as the JSON that it is. */
export async function showLog(
  open: OpenJournal,
  terminal: Terminal,
  file: string,
  options: LogOptions,
): Promise<number> {
  const { follow = false, child, json = false, signal } = options
  const timeline = createTimeline(painter(terminal.isColoured))
  const streams = new Map<string, string>()
  let next: number | undefined
  let lines: string[] = []
  const flush = async (): Promise<void> => {
    const page = lines
    lines = []
    if (page.length > 0) await terminal.out(`${page.join('\n')}\n`)
  }

  for (;;) {
    try {
      for await (const event of open(file, next === undefined ? {} : { from: next })) {
        if (next !== undefined && event.seq > next && !json) lines.push(timeline.gap(event.seq - next))
        next = event.seq + 1
        if (event.child !== undefined) streams.set(event.stream, event.child)
        if (child === undefined || isOf(event, child)) lines.push(json ? JSON.stringify(event) : timeline.line(event))
        if (lines.length >= PAGE) await flush()
        if (signal.aborted) break
      }
    } finally {
      // Also where what follows is damaged.
      await flush()
    }
    if (!follow || signal.aborted) break
    await pause(POLL_MS, undefined, { signal }).catch(() => {})
  }

  if (signal.aborted) return exitCodes.interrupted
  if (next === undefined) terminal.err('The journal is empty.\n')
  else if (child !== undefined && ![...streams].some(([stream, id]) => id === child || stream === child)) {
    throw unknownChild(child, [...streams.values()])
  }
  return exitCodes.fine
}

/** A child by its id or stream, and what is below it. */
function isOf({ stream, child: id }: RecordedEvent, child: string): boolean {
  return id === child || stream === child || stream.startsWith(`${child}/`)
}
