import type { RecordedEvent } from '../events/event.ts'
import type { Cause, Exit } from '../events/exit.ts'
import type { ChildState } from '../machines/child-state.ts'

/** One sentence on where a child is in its life, and why. */
export function tellState(child: ChildState, chain: readonly RecordedEvent[]): string {
  const { view } = child
  const { id } = view
  switch (child.name) {
    case 'initial':
      return `${id} has not been started`
    case 'waiting':
      return `${id} is starting: it waits for what it depends on`
    case 'spawning':
      return `${id} is starting: incarnation ${view.incarnation} is being spawned`
    case 'probing':
      return `${id} is starting: incarnation ${view.incarnation} runs and is not ready yet`
    case 'running':
      return `${id} is running as incarnation ${view.incarnation}${restarts(child)}`
    case 'splaying':
      return `${id} is stopping (${asked(child)}): its stop signal is delayed by a splay of ${child.ladder?.splayMs ?? 0} ms`
    case 'terminating':
      return child.ladder?.stages === undefined
        ? `${id} is stopping (${asked(child)}): it was ${isTask(child) ? 'asked to stop' : `sent ${child.ladder?.signal ?? 'its stop signal'}`} and has ${grace(child)} to end`
        : `${id} is stopping (${asked(child)}): it has ${grace(child)} to end, in which its stop signals come stage by stage`
    case 'killing':
      return `${id} is stopping (${asked(child)}): it was ${isTask(child) ? 'aborted' : 'sent SIGKILL'}`
    case 'settling':
      return `${id} is settling: incarnation ${view.incarnation} ${ended(view.lastExit)}`
    case 'backingOff':
      return `${id} is backing off ${child.delayMs} ms because incarnation ${view.incarnation} ${told(child)}${restartsLeft(child)}`
    case 'stopped':
      return rested(child, chain)
    case 'removed':
      return `${id} was removed`
  }
}

function rested(child: ChildState, chain: readonly RecordedEvent[]): string {
  const { id, outcome, lastExit, incarnation } = child.view
  const givenUp = chain.some(({ type }) => type === 'restart.abandoned')
  switch (outcome) {
    case 'exited':
      return `${id} has finished: incarnation ${incarnation} ${ended(lastExit)}`
    case 'failed':
      return `${id} has failed${givenUp ? ' and was given up' : ''}: ${child.failure?.message ?? `incarnation ${incarnation} ${ended(lastExit)}`}`
    case 'startFailed':
      return `${id} could not be started: ${child.failure?.message ?? 'nobody recorded why'}`
    case 'unkillable':
      if (isTask(child)) return `${id} was stopped and ignores that: it still runs`
      return `${id} was stopped and could not be killed: ${child.report?.survivors.length ?? 0} of its processes were left alive`
    case 'aborted':
      return `${id} is stopped: its start was aborted`
    default:
      return `${id} is stopped (${asked(child)})`
  }
}

const isTask = ({ view }: ChildState): boolean => view.kind === 'task'

/** How a life ended: of a task that threw, what. */
function told({ view, failure }: ChildState): string {
  return view.kind === 'task' && failure !== null ? `failed (${failure.message})` : ended(view.lastExit)
}

const asked = (child: ChildState): string => (child.asked === null ? 'it took too long' : whoAsked[child.asked.cause])

const whoAsked: Record<Cause, string> = {
  operator: 'its owner asked for it',
  shutdown: 'its supervisor stops',
  abort: 'its start was aborted',
  strategy: 'a sibling failed',
  reload: 'it was reloaded',
  replace: 'it was replaced',
  dependency: 'what it depends on failed',
  timeout: 'it took too long',
  health: 'it was ill',
  crash: 'it crashed',
  finished: 'it had finished',
}

function grace({ ladder }: ChildState): string {
  const ms = ladder?.killTimeoutMs
  return ms === null || ms === undefined ? 'all the time it needs' : `${ms} ms`
}

function ended(exit: Exit | undefined): string {
  if (exit === undefined) return 'never began'
  if (exit.signal !== null) return `was ended by ${exit.signal}`
  return exit.code === null ? 'ended, nobody knows how' : `exited with code ${exit.code}`
}

const restarts = ({ view }: ChildState): string => (view.restarts === 0 ? '' : `, after ${times(view.restarts)}`)

const times = (count: number): string => (count === 1 ? 'one restart' : `${count} restarts`)

function restartsLeft({ history, limit }: ChildState): string {
  if (limit.restarts === null) return ''
  const left = limit.restarts - history.length
  const window = limit.withinMs === null ? '' : ` in ${limit.withinMs / 1000} s`
  return `, automatic restart ${history.length}${window}; ${left <= 0 ? 'one more and it is given up' : `${left + 1} more and it is given up`}`
}
