import type { ChildState } from '../machines/child-state.ts'
import { isFailure } from '../machines/fold-child.ts'
import { countWithin } from '../machines/limit.ts'
import { durationWords } from './duration-words.ts'
import { exitWords } from './exit-words.ts'
import { cardinal, counted, ordinal } from './number-words.ts'
import { tellAsker, tellEnding, tellLimit, type Chain } from './tell-reason.ts'

/** One sentence on where a child is in its life, and why. `missing`: the siblings that it waits for. */
export function tellState(child: ChildState, chain: Chain, missing: readonly string[] = []): string {
  const { view } = child
  const { id, incarnation } = view
  switch (child.name) {
    case 'initial':
      return `${id} has not been started`
    case 'waiting':
      return `${id} is starting: it waits for ${missing.length === 0 ? 'what it depends on' : missing.join(', ')}`
    case 'spawning':
      return `${id} is starting: incarnation ${incarnation} is being spawned`
    case 'probing':
      return `${id} is starting: incarnation ${incarnation} runs and is not ready yet`
    case 'running':
      return `${id} is running as incarnation ${incarnation}${restarts(child)}`
    case 'splaying':
      return `${id} is stopping (${asked(child, chain)}): its stop signal is delayed by a splay of ${durationWords(child.ladder?.splayMs ?? 0)}`
    case 'terminating':
      return child.ladder?.stages === undefined
        ? `${id} is stopping (${asked(child, chain)}): it was ${isTask(child) ? 'asked to stop' : `sent ${child.ladder?.signal ?? 'its stop signal'}`} and has ${grace(child)} to end`
        : `${id} is stopping (${asked(child, chain)}): it has ${grace(child)} to end, in which its stop signals come stage by stage`
    case 'killing':
      return `${id} is stopping (${asked(child, chain)}): it was ${isTask(child) ? 'aborted' : 'sent SIGKILL'}`
    case 'settling':
      return `${id} is settling: incarnation ${incarnation} ${exitWords(view.lastExit)}${next(child, chain)}`
    case 'backingOff':
      return `${id} is backing off ${durationWords(child.delayMs)} because incarnation ${incarnation} ${ended(child)}${tries(child, chain)}`
    case 'stopped':
      return rested(child, chain)
    case 'removed':
      return `${id} was removed`
  }
}

function rested(child: ChildState, chain: Chain): string {
  const { id, outcome, incarnation } = child.view
  switch (outcome) {
    case 'exited':
      return `${id} has finished: incarnation ${incarnation} ${ended(child)}`
    case 'failed':
      return `${id} has failed${givenUp(chain)}: ${failure(child, chain)}`
    case 'startFailed':
      return `${id} could not be started: ${child.failure?.message ?? 'nobody recorded why'}`
    case 'unkillable': {
      if (isTask(child)) return `${id} was stopped and ignores that: it still runs`
      const pids = child.report?.survivors.map(({ pid }) => pid) ?? []
      const left =
        pids.length === 0
          ? 'something below it was left alive'
          : `left alive: ${pids.map((pid) => `pid ${pid}`).join(', ')}`
      return `${id} was stopped and could not be killed; ${left}`
    }
    case 'aborted':
      return `${id} is stopped: its start was aborted`
    default:
      return `${id} is stopped (${asked(child, chain)})`
  }
}

/** A nested supervisor failed for the reason it ended. */
function failure(child: ChildState, chain: Chain): string {
  const ending = chain.find(({ type, stream }) => type === 'supervisor.stopping' && stream === child.stream)
  if (ending !== undefined) return tellEnding(ending, chain)
  return child.failure?.message ?? `incarnation ${child.view.incarnation} ${ended(child)}`
}

function givenUp(chain: Chain): string {
  const refused = chain.find(({ type }) => type === 'restart.abandoned')
  return refused?.type === 'restart.abandoned' ? ` and was given up after ${tellLimit(refused.data)}` : ''
}

const isTask = ({ view }: ChildState): boolean => (view.kind as string) === 'task'

/** How the current life ended: of one that never began, why; of a task that threw, what. */
function ended(child: ChildState): string {
  const { ended: exit, failure: why, view } = child
  if (isTask(child) && why !== null) return `failed (${why.message})`
  if (exit !== null) return exitWords(exit)
  return why === null ? exitWords(view.lastExit) : `could not be started (${why.message})`
}

const asked = (child: ChildState, chain: Chain): string =>
  child.asked === null ? 'it took too long' : tellAsker(child.stream, child.asked.cause, chain)

const next = (child: ChildState, chain: Chain): string => {
  if (child.asked === null) return ''
  const then = child.asked.kind === 'restart' ? 'it begins again' : 'it stops'
  return `, and ${then} (${asked(child, chain)})`
}

function grace({ ladder }: ChildState): string {
  const ms = ladder?.killTimeoutMs
  return ms === null || ms === undefined ? 'all the time it needs' : durationWords(ms)
}

const restarts = ({ view }: ChildState): string =>
  view.restarts === 0 ? '' : `, after ${counted(view.restarts, 'restart')}`

/** Which automatic restart this is of those that its limit grants within its window. */
function tries(child: ChildState, chain: Chain): string {
  const { history, limit } = child
  const scheduled = chain.findLast(({ type, stream }) => type === 'restart.scheduled' && stream === child.stream)
  if (limit.restarts === null || scheduled?.type !== 'restart.scheduled') return ''
  if (!isFailure(child, scheduled.data.cause)) return ''
  const count = countWithin(history, limit, scheduled.mono)
  const left = limit.restarts - count
  const window = limit.withinMs === null ? '' : ` in ${durationWords(limit.withinMs)}`
  return `, the ${ordinal(count)} automatic restart${window}; ${left <= 0 ? 'with the next' : `${cardinal(left)} more and`} it is given up`
}
