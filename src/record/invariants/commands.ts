import type { RecordedEvent } from '../../events/event.ts'
import { isSuccess } from '../../machines/verdict.ts'
import type { Law } from './law.ts'
import type { Standing } from './standing.ts'

/** After a stop nothing is spawned before somebody asks for a life again; a strategy is not somebody. */
const noSpawnAfterAStop: Law = {
  invariant: 'no-spawn-after-a-stop',
  watch(scene, accuse) {
    const stops = new Map<string, RecordedEvent>()
    return {
      'stop.requested': (event) => void stops.set(event.stream, event),
      'start.requested': (event) => void stops.delete(event.stream),
      'restart.requested'(event) {
        const stop = stops.get(event.stream)
        if (stop !== undefined && event.data.cause === 'strategy')
          accuse(event, `revives it after its stop, ${stop.seq}`)
        stops.delete(event.stream)
      },
      // In a life of its supervisor that begins anew it is a child like the others.
      'supervisor.started'(event) {
        for (const { stream } of scene.companies.get(event.stream)?.members ?? []) stops.delete(stream)
      },
      'spawn.requested'(event) {
        const stop = stops.get(event.stream)
        if (stop !== undefined) accuse(event, `after its stop, ${stop.seq}, nobody asked for a start`)
      },
    }
  },
}

/** While a supervisor stops, and after, none of its children is spawned. */
const noSpawnUnderAStoppingSupervisor: Law = {
  invariant: 'no-spawn-under-a-stopping-supervisor',
  watch(scene, accuse) {
    return {
      'spawn.requested'(event, child) {
        const phase = child === undefined ? undefined : scene.companies.get(child.parent)?.phase
        if (phase === 'stopping' || phase === 'stopped') accuse(event, `its supervisor is ${phase}`)
      },
    }
  },
}

/** Calls that join say nothing: a stop or restart is recorded when it begins, changes or hurries something. */
const commandsJoin: Law = {
  invariant: 'commands-join',
  watch(_scene, accuse) {
    const judge = (event: RecordedEvent<'stop.requested' | 'restart.requested'>, child: Standing | undefined): void => {
      if (child === undefined || child.name === 'stopped' || child.asked === undefined || child.isPartlyKnown) return
      const kind = event.type === 'stop.requested' ? 'stop' : 'restart'
      // A restart that a strategy asked for is taken over by name.
      if (child.asked.kind === kind && !event.data.now) accuse(event, `it was asked to ${kind} already`)
    }
    return { 'stop.requested': judge, 'restart.requested': judge }
  },
}

/** `expected` and `cause` of every exit follow from what was recorded before it in its life. */
const exitsTellTheirCause: Law = {
  invariant: 'exits-tell-their-cause',
  watch(_scene, accuse) {
    return {
      'process.exited'(event, child) {
        if (child?.rules === undefined || child.isPartlyKnown) return
        const { expected, cause } = event.data
        const succeeded = isSuccess(child.rules.restart, event.data)
        const isLaddered = child.isOverdue || cause === 'health'
        const own = child.isOverdue ? 'timeout' : cause === 'health' ? 'health' : succeeded ? 'finished' : 'crash'
        const asked = child.asked?.cause
        if (cause !== (asked ?? own)) accuse(event, `cause ${cause}, and the log says ${asked ?? own}`)
        const isExpected = asked !== undefined || (child.oneShot && succeeded && !isLaddered)
        if (expected !== isExpected)
          accuse(event, `${expected ? 'expected' : 'unexpected'}, and the log says otherwise`)
      },
    }
  },
}

/** How a child came to rest agrees with what was asked of it and with how its last life ended. */
const outcomesAreTruthful: Law = {
  invariant: 'outcomes-are-truthful',
  watch(_scene, accuse) {
    return {
      'child.stopped'(event, child) {
        if (child === undefined || child.name === 'stopped') return
        const { outcome, exit } = event.data
        // The late death of what could not be killed is told as `stopped`, whatever had been asked.
        if (outcome === 'unkillable' || (child.outcome === 'unkillable' && outcome === 'stopped')) return
        const stop = child.asked?.kind === 'stop' ? child.asked : undefined
        const isByStop = outcome === 'stopped' || outcome === 'aborted'
        // What a recovery has asked to stop is to be begun again: that says as what it rests.
        if (event.data.recovered !== true && isByStop !== (stop !== undefined)) {
          accuse(event, `${outcome}, ${stop === undefined ? 'and nobody asked it' : 'though asked'} to stop`)
        } else if (event.data.recovered !== true && isByStop && (outcome === 'aborted') !== (stop?.cause === 'abort')) {
          accuse(event, `${outcome}, asked because of ${stop?.cause ?? 'nothing'}`)
        }
        const succeeded =
          child.rules === undefined || (child.exit !== undefined && isSuccess(child.rules.restart, child.exit))
        if (outcome === 'exited' && !succeeded) accuse(event, 'exited, without a success')
        if (
          exit !== undefined &&
          child.exit !== undefined &&
          (exit.code !== child.exit.code || exit.signal !== child.exit.signal)
        ) {
          accuse(event, `tells of exit ${exit.code ?? exit.signal}, and it was ${child.exit.code ?? child.exit.signal}`)
        }
      },
    }
  },
}

/** `child.stopped` means that no life is left in it or below it, or says `unkillable` and names who is. */
const stoppedMeansGone: Law = {
  invariant: 'stopped-means-gone',
  watch(scene, accuse) {
    return {
      'child.stopped'(event, child) {
        if (child === undefined) return
        const below = [...(scene.companies.get(event.stream)?.members ?? [])]
        if (event.data.outcome !== 'unkillable') {
          // A nested supervisor ended with its host: what it left alive below it has its own end, or goes on.
          const left = child.isPartlyKnown ? below.filter(({ isPartlyKnown }) => !isPartlyKnown) : below
          for (const { stream, life } of [child, ...left]) if (life === 'begun') accuse(event, `${stream} is alive`)
          return
        }
        const isNamed = (event.data.survivors ?? []).length > 0
        const isHeld = below.some(({ outcome }) => outcome === 'unkillable')
        // A task's run has no identity to be named by.
        const isTask = (child.kind as string) === 'task'
        if (!isNamed && !isHeld && !isTask) accuse(event, 'names no survivor')
      },
    }
  },
}

export const commandLaws: readonly Law[] = [
  noSpawnAfterAStop,
  noSpawnUnderAStoppingSupervisor,
  commandsJoin,
  exitsTellTheirCause,
  outcomesAreTruthful,
  stoppedMeansGone,
]
