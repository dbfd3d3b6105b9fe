import type { RecordedEvent } from '../events/event.ts'
import { describeEvent } from '../logging/describe-event.ts'
import type { LogLevel } from '../logging/logger.ts'
import { hueOf, levelFormats, type Paint } from './paint.ts'
import { showText } from './show-text.ts'

/** Writes events one to a line, below each other. It remembers the day, the beginning of the run and the widest name. */
export interface Timeline {
  line(event: RecordedEvent): string
  /** Where events are missing. */
  gap(missed: number): string
}

const marks: Readonly<Record<LogLevel, string>> = { debug: '·', info: '●', warn: '▲', error: '✖' }

/** Names longer than this push their line to the right, rather than all others. */
const WIDEST = 24

export function createTimeline(paint: Paint): Timeline {
  let day = ''
  let width = 8
  let began: RecordedEvent | undefined
  let isOver = false

  return {
    line(event) {
      if (began === undefined || isOver) began = event
      isOver = event.type === 'supervisor.stopped' && event.stream === '/'
      const at = new Date(event.at)
      const today = dayOf(at)
      const heading = today === day ? '' : `${paint('dim', `── ${today} ──`)}\n`
      day = today

      const { level, message, fields } = describeEvent(event)
      const name = showText(event.incarnation === undefined ? event.stream : `${event.stream} #${event.incarnation}`)
      width = Math.max(width, Math.min(name.length, WIDEST))
      return [
        `${heading}${paint('dim', timeOf(at))}`,
        paint('dim', `+${(Math.max(event.mono - began.mono, 0) / 1_000).toFixed(3)}`.padStart(11)),
        paint('dim', String(event.seq).padStart(6)),
        paint(hueOf(event.stream), name.padEnd(width)),
        paint(levelFormats[level], marks[level]),
        `${paint(levelFormats[level], showText(message))}${paint('dim', details(event, fields))}`,
      ].join('  ')
    },
    gap: (missed) => paint('yellow', `… ${missed} ${missed === 1 ? 'event is' : 'events are'} no longer there`),
  }
}

/** What the words leave out and an operator looks for. */
function details(
  event: RecordedEvent,
  { childPid, stage, to, cause, reason }: Readonly<Record<string, unknown>>,
): string {
  const told: string[] = []
  if (typeof childPid === 'number' && event.type === 'process.spawned') told.push(`pid ${childPid}`)
  if (typeof stage === 'string') told.push(`${stage}, to the ${String(to)}`)
  if (typeof cause === 'string') told.push(cause)
  if (typeof reason === 'string') told.push(reason)
  return told.length === 0 ? '' : `  (${showText(told.join('; '))})`
}

const two = (value: number): string => String(value).padStart(2, '0')

const dayOf = (at: Date): string => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`

const timeOf = (at: Date): string =>
  `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`
