import type { RecordedEvent } from '../../events/event.ts'
import { childTable, isFailure } from '../../machines/fold-child.ts'
import { remember } from '../../machines/limit.ts'
import type { Standing } from './standing.ts'

/** Takes a fact of its current life into a child: the chart says where it is, the payload the rest. */
export function followChild(child: Standing, event: RecordedEvent): void {
  switch (event.type) {
    case 'start.requested':
      child.startedBy = 'caller'
      break
    case 'restart.due':
      child.startedBy = begunBy(child)
      break
    case 'spawn.requested':
      child.incarnation = event.incarnation ?? child.incarnation + 1
      child.life = 'intended'
      child.pid = null
      child.identity = null
      child.exit = undefined
      child.isOverdue = false
      child.readyMono = undefined
      child.isPartlyKnown = false
      break
    case 'process.spawned':
      child.life = 'begun'
      child.pid = event.data.pid
      child.identity = event.data.identity
      break
    case 'process.spawnFailed':
      child.life = 'ended'
      child.endedMono = event.mono
      break
    case 'child.ready':
      child.readyMono = event.mono
      break
    case 'ready.timedOut':
    case 'run.timedOut':
      child.isOverdue = true
      break
    case 'process.exited':
      child.life = 'ended'
      child.exit = event.data
      child.endedMono = event.mono
      break
    case 'stop.requested':
    case 'restart.requested': {
      const { cause, now } = event.data
      child.asked = { kind: event.type === 'stop.requested' ? 'stop' : 'restart', cause, now }
      if (cause === 'operator' || cause === 'reload') child.attempt = 0
      break
    }
    case 'restart.scheduled':
      child.attempt = event.data.attempt + 1
      if (isFailure(child, event.data.cause)) child.history = remember(child.history, child.limit, event.mono)
      break
    case 'child.stopped':
      child.outcome = event.data.outcome
      break
    default:
  }
  const name = childTable.next(child.name, event.type) ?? child.name
  if (name === 'waiting' && child.name !== 'waiting') {
    child.asked = undefined
    child.outcome = undefined
  }
  child.name = name
}

/** A life begun because somebody asked is one attempt; one begun by policy or strategy may be tried again. */
function begunBy({ name, asked }: Standing): Standing['startedBy'] {
  if (name === 'stopped') return 'caller'
  return asked !== undefined && asked.cause !== 'strategy' ? 'caller' : 'automatic'
}
