import { styleText } from 'node:util'
import type { RecordedEvent } from '../../src/index.ts'
import { tag } from './lines.ts'

/** One event as one line: who, what, and the part of its payload that somebody would ask about. */
export function eventLine(event: RecordedEvent): string {
  const { stream, child, incarnation, type } = event
  const who = stream === '/' || child === undefined ? tag('') : tag(child)
  const life = incarnation === undefined ? '  ' : `#${incarnation}`
  return `${who} ${styleText('dim', life)} ${type.padEnd(20)} ${styleText('dim', detail(event))}`.trimEnd()
}

function detail(event: RecordedEvent): string {
  switch (event.type) {
    case 'process.spawned':
      return `pid ${event.data.pid}`
    case 'process.exited': {
      const { code, signal, expected, cause } = event.data
      return `${signal ?? `code ${code}`}, ${expected ? 'expected' : 'unexpected'}, ${cause}`
    }
    case 'restart.scheduled':
      return `in ${event.data.delayMs} ms`
    case 'restart.abandoned':
      return `after ${event.data.restarts} restarts in ${(event.data.withinMs ?? Infinity) / 1_000} s`
    case 'stop.requested':
    case 'restart.requested':
    case 'supervisor.stopping':
      return event.data.reason ?? event.data.cause
    case 'signal.sent':
      return `${event.data.signal} to the ${event.data.to}`
    case 'child.stopped':
    case 'supervisor.stopped':
      return event.data.outcome
    case 'process.spawnFailed':
      return event.data.message
    default:
      return ''
  }
}
