import type { RecordedEvent } from '../../../src/events/event.ts'
import { adoptedState, at, dependenciesOf, strategiesOf, walk, type Standing } from './read-log.ts'

type Log = readonly RecordedEvent[]

const rests = ({ name }: Standing): boolean => name === 'initial' || name === 'stopped' || name === 'removed'
const hasProcess = ({ name }: Standing): boolean => name === 'probing' || name === 'running'

/** When the root has stopped, nothing follows; and everything below a supervisor is at rest when it stops. */
export function supervisorsStopLast(events: Log): string[] {
  const found: string[] = []
  let end: RecordedEvent | undefined
  walk(events, (event, _standing, all) => {
    if (end !== undefined) found.push(`${at(event)}: after ${at(end)}`)
    if (event.type !== 'supervisor.stopped') return
    if (event.stream === '/') end = event
    for (const child of all.values()) {
      if (child.rules.parent === event.stream && !rests(child)) {
        found.push(`${at(event)}: ${child.rules.stream} is ${child.name}`)
      }
    }
  })
  return found
}

/** A shutdown in order asks nobody to stop while somebody who depends on it is up. */
export function dependantsStopFirst(events: Log): string[] {
  const found: string[] = []
  const strategies = strategiesOf(events)
  walk(events, (event, standing, all) => {
    if (event.type !== 'stop.requested' || standing === undefined || !hasProcess(standing)) return
    if (event.data.cause !== 'shutdown' || event.data.now) return
    for (const other of all.values()) {
      if (rests(other) || other.rules.parent !== standing.rules.parent) continue
      if (dependenciesOf(other, all, strategies).some(({ on }) => on === standing)) {
        found.push(`${at(event)}: ${other.rules.stream}, which depends on it, is ${other.name}`)
      }
    }
  })
  return found
}

/** A start that somebody asked for waits until all it depends on is there; no start overtakes one on its way up. */
export function startsWaitForDependencies(events: Log): string[] {
  const found: string[] = []
  const strategies = strategiesOf(events)
  const asked = new Set<string>()
  const outcomes = new Map<string, string>()
  walk(events, (event, standing, all) => {
    if (standing === undefined) return
    const { type, stream } = event
    const adopted = adoptedState(event)
    if (type === 'start.requested' || (adopted?.name === 'waiting' && adopted.startedBy === 'caller')) asked.add(stream)
    if (adopted?.view.outcome !== undefined) outcomes.set(stream, adopted.view.outcome)
    if (type === 'restart.due') asked.delete(stream)
    if (type === 'child.stopped') outcomes.set(stream, event.data.outcome)
    if (type !== 'spawn.requested') return
    for (const { on, id, condition } of dependenciesOf(standing, all, strategies)) {
      const completed = on?.name === 'stopped' && outcomes.get(on.rules.stream) === 'exited'
      const isThere =
        (condition === 'ready' && on?.name === 'running' && !on.rules.oneShot) ||
        (condition === 'started' && (on?.name === 'running' || on?.name === 'probing')) ||
        (completed && (condition === 'completed' || on.rules.oneShot))
      const isComing = on?.name === 'waiting' || on?.name === 'spawning' || on?.name === 'backingOff'
      if (!isThere && (asked.has(stream) || isComing)) {
        found.push(`${at(event)}: ${id} must be ${condition}, and is ${on?.name ?? 'not there'}`)
      }
    }
  })
  return found
}
