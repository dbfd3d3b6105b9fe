import type { RecordedEvent, RecordedLimit } from '../events/event.ts'
import type { Cause } from '../events/exit.ts'
import { durationWords } from './duration-words.ts'
import { exitWords } from './exit-words.ts'
import { counted } from './number-words.ts'

export type Chain = readonly RecordedEvent[]

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

/** Who asked for a stop or restart of `stream`, and why, as the chain of causes tells. */
export function tellAsker(stream: string, cause: Cause, chain: Chain): string {
  const asked = chain.findLast(
    (event) => (event.type === 'stop.requested' || event.type === 'restart.requested') && event.stream === stream,
  )
  const reason = reasonOf(asked)
  if (cause === 'strategy') {
    const sibling = chain.findLast((event) => event.stream !== stream && isEnd(event))
    return sibling === undefined ? whoAsked.strategy : `its sibling ${tellEnd(sibling)}`
  }
  if (cause === 'shutdown') {
    const stopping = chain.findLast((event) => event.type === 'supervisor.stopping')
    return stopping === undefined
      ? `${whoAsked.shutdown}${reason}`
      : `its supervisor stops: ${tellEnding(stopping, chain)}`
  }
  return `${whoAsked[cause]}${reason}`
}

const reasonOf = (event: RecordedEvent | undefined): string => {
  const { reason } = (event?.data ?? {}) as { readonly reason?: unknown }
  return typeof reason === 'string' && reason !== '' ? `: ${reason}` : ''
}

const isEnd = ({ type }: RecordedEvent): boolean => type === 'process.exited' || type === 'process.spawnFailed'

function tellEnd(event: RecordedEvent): string {
  const who = event.child ?? event.stream
  if (event.type === 'process.spawnFailed') return `${who} could not be started`
  return `${who} ${event.type === 'process.exited' ? exitWords(event.data) : 'ended'}`
}

/** Why a supervisor ends. */
export function tellEnding(event: RecordedEvent, chain: Chain): string {
  if (event.type !== 'supervisor.stopping') return 'nobody recorded why'
  const { cause, by, outcome } = event.data
  const reason = reasonOf(event)
  if (by === undefined)
    return `${cause === 'timeout' ? 'its time to stop was over' : 'its owner asked for it'}${reason}`
  const who = nameOf(by, chain)
  const exceeded = chain.find((other) => other.type === 'intensity.exceeded' && other.stream === event.stream)
  if (exceeded?.type === 'intensity.exceeded') return `${who} exceeded its intensity of ${tellLimit(exceeded.data)}`
  if (cause === 'abort') return `${who}, which its start waited for, did not start`
  return outcome === 'exited' ? `${who}, which is significant, has finished` : `${who}, which is significant, failed`
}

/** The id of whom a stream is, where the chain tells it. */
function nameOf(stream: string, chain: Chain): string {
  const { child } = chain.find((event) => event.stream === stream && event.child !== undefined) ?? {}
  return child ?? decodeURIComponent(stream.slice(stream.lastIndexOf('/') + 1).replace(/@\d+$/, ''))
}

/** A limit, in words. */
export function tellLimit({ restarts, withinMs }: RecordedLimit): string {
  const count = restarts === null ? 'any number of restarts' : counted(restarts, 'restart')
  return withinMs === null ? count : `${count} in ${durationWords(withinMs)}`
}
