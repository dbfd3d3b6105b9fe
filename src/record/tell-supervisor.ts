import type { SupervisorState } from '../machines/supervisor-state.ts'
import { items } from '../machines/vector.ts'
import { counted } from './number-words.ts'
import { tellEnding, type Chain } from './tell-reason.ts'

/** How many names a sentence can bear. */
const MANY = 5

/** One sentence on where a supervisor is in its life, and why. */
export function tellSupervisor(supervisor: SupervisorState, chain: Chain): string {
  const { id, phase, outcome, roster } = supervisor
  const children = [...items(roster)]
  const up = children.filter(({ state }) => state !== 'initial' && state !== 'stopped')
  const names = (among: typeof children): string => {
    const some = among.slice(0, MANY).map((child) => child.id)
    return among.length > MANY ? `${some.join(', ')} and ${among.length - MANY} more` : some.join(', ')
  }
  switch (phase) {
    case 'initial':
      return `${id} has not been started`
    case 'starting': {
      const late = up.filter(({ ready, outcome: rest }) => !ready && rest === undefined)
      return `${id} is starting: it waits for ${late.length === 0 ? counted(supervisor.awaiting, 'child') : names(late)}`
    }
    case 'running':
      return `${id} is running: ${up.length} of ${children.length} children ${up.length === 1 ? 'is' : 'are'} up`
    case 'stopping':
      return `${id} is stopping: ${why(supervisor, chain)}${up.length === 0 ? '' : `; still up: ${names(up)}`}`
    case 'stopped':
      return `${id} ${outcome === 'failed' ? 'failed because' : outcome === 'exited' ? 'has finished:' : 'is stopped:'} ${why(supervisor, chain)}`
  }
}

function why({ stream }: SupervisorState, chain: Chain): string {
  const stopping = chain.find((event) => event.type === 'supervisor.stopping' && event.stream === stream)
  return stopping === undefined ? 'nobody recorded why' : tellEnding(stopping, chain)
}
