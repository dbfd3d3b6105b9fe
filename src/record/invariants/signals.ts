import type { RecordedEvent } from '../../events/event.ts'
import { onLadder, type LadderEvent } from './ladder-events.ts'
import type { Law } from './law.ts'
import { isOnUnknownLadder, type Standing } from './standing.ts'

/** A signal to a process or its group is one to the process that was recorded for that life. */
const signalsReachTheirProcess: Law = {
  invariant: 'signals-reach-their-process',
  watch(_scene, accuse) {
    return {
      'signal.sent'(event, child) {
        const { to, pid } = event.data
        if (child === undefined || child.life === 'none' || to === 'escapee') return
        if (child.life === 'intended') accuse(event, 'to a life that has no process yet')
        else if (pid !== null && child.pid !== null && pid !== child.pid) {
          accuse(event, `to pid ${pid}, and its process is ${child.pid}`)
        }
      },
    }
  },
}

/** `child.stopped` proves that nothing is left, the next life that the group is: after it no signal goes there. */
const noSignalAfterTheProof: Law = {
  invariant: 'no-signal-after-the-proof',
  watch(_scene, accuse) {
    /** By stream, the last life whose group is proven empty, and the last that is proven swept. */
    const gone = new Map<string, number>()
    const swept = new Map<string, number>()
    const isGone = (event: RecordedEvent, child: Standing | undefined): void => {
      if (child?.life === 'ended') gone.set(event.stream, child.incarnation)
    }
    const judge = (event: RecordedEvent): void => {
      if (event.type !== 'signal.sent') return
      const { stream, incarnation = 0, data } = event
      const proven = (data.to === 'escapee' ? swept : gone).get(stream)
      if (proven !== undefined && incarnation <= proven) {
        accuse(event, `${data.signal} to incarnation ${incarnation}, of which nothing was left`)
      }
    }
    return {
      'restart.scheduled': isGone,
      'restart.due'(event, child) {
        if (child?.name === 'settling') isGone(event, child)
      },
      'child.stopped'(event, child) {
        if (event.data.outcome === 'unkillable' || child === undefined || child.life === 'begun') return
        isGone(event, child)
        swept.set(event.stream, child.incarnation)
      },
      'signal.sent': judge,
      late: judge,
    }
  },
}

/** Each rung of a ladder is stepped on at most once: one stop signal (one per stage), one SIGKILL. */
const oneSignalPerStage: Law = {
  invariant: 'one-signal-per-stage',
  watch(_scene, accuse) {
    const sent = new Map<string, Map<string, number>>()
    const stages = new Map<string, number>()
    const plan = (event: LadderEvent): void => {
      const { stages: planned } = event.data
      if (planned !== undefined && !stages.has(event.stream)) stages.set(event.stream, planned.length)
    }
    const ask = (event: RecordedEvent<'stop.requested' | 'restart.requested'>, child: Standing | undefined): void => {
      plan(event)
      // A stop that begins after the exit is an episode of its own; so is one of what could not be killed.
      if (child?.name === 'stopped' || (child?.name === 'settling' && child.asked === undefined)) {
        sent.delete(event.stream)
      }
    }
    return {
      'spawn.requested'(event) {
        sent.delete(event.stream)
        stages.delete(event.stream)
      },
      // Whether the signals of the host before had any effect nobody knows.
      'supervisor.recovered': () => sent.clear(),
      'stop.requested': ask,
      'restart.requested': ask,
      'ready.timedOut': plan,
      'run.timedOut': plan,
      'signal.sent'(event, child) {
        const { stream, data } = event
        const { stage, signal } = data
        if (stage !== 'stop' && stage !== 'kill' && stage !== 'remnants') return
        const counts = sent.get(stream) ?? new Map<string, number>()
        const key = stage === 'remnants' ? `${stage} ${signal}` : stage
        const count = (counts.get(key) ?? 0) + 1
        sent.set(stream, counts.set(key, count))
        const planned = stages.get(stream) ?? (child?.isPartlyKnown === true ? Infinity : 1)
        const most = stage === 'stop' ? planned : 1
        if (count > most) accuse(event, `${signal} is signal ${count} of stage ${stage}, granted are ${most}`)
      },
    }
  },
}

/** The stop signal that is sent is the one that the ladder was recorded with. */
const stopSignalsAreAsRecorded: Law = {
  invariant: 'stop-signals-are-as-recorded',
  watch(_scene, accuse) {
    const ladders = new Map<string, readonly string[]>()
    const begin = (event: LadderEvent, child: Standing | undefined): void => {
      if (ladders.has(event.stream) || isOnUnknownLadder(child)) return
      const { signal, stages } = event.data
      ladders.set(event.stream, stages === undefined ? [signal] : stages.map((stage) => stage.signal))
    }
    return {
      'spawn.requested': (event) => void ladders.delete(event.stream),
      ...onLadder(begin),
      'signal.sent'(event) {
        const { stage, signal } = event.data
        const ladder = ladders.get(event.stream)
        if (stage === 'stop' && ladder !== undefined && !ladder.includes(signal)) {
          accuse(event, `${signal}, and the ladder says ${ladder.join(', ')}`)
        }
      },
    }
  },
}

export const signalLaws: readonly Law[] = [
  signalsReachTheirProcess,
  noSignalAfterTheProof,
  oneSignalPerStage,
  stopSignalsAreAsRecorded,
]
