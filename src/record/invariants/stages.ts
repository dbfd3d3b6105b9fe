import type { RecordedEvent, StopStage } from '../../events/event.ts'
import { isNow, onLadder, type LadderEvent } from './ladder-events.ts'
import type { Accuse, Law } from './law.ts'
import { isOnUnknownLadder, type Standing } from './standing.ts'

interface Climb {
  readonly stages: readonly StopStage[]
  /** When the splay was over, or the leader gone before. */
  since: number | undefined
  /** When there was a process to signal, where it was born into its ladder. */
  bornAt: number
  /** How many stages are behind it, sent or skipped. */
  next: number
  isNow: boolean
  isOver: boolean
}

/**
 * Stages come in their order and not before their time; none is left out while there is somebody to signal, and none
 * comes after the SIGKILL or the proof. `now` has none.
 */
const stagesComeInOrder: Law = {
  invariant: 'stages-come-in-order',
  watch(_scene, accuse) {
    const climbs = new Map<string, Climb>()
    const begin = (event: LadderEvent, child: Standing | undefined): void => {
      const hurries = isNow(event)
      const stages = event.data.stages?.slice(0, -1)
      const climb = climbs.get(event.stream)
      if (hurries && stages !== undefined) accuse(event, 'stages, although now')
      if (climb !== undefined) climb.isNow ||= hurries
      // What is dead already, or never was, has no ladder.
      else if (
        stages !== undefined &&
        !isOnUnknownLadder(child) &&
        (child?.life === 'begun' || child?.life === 'intended')
      ) {
        climbs.set(event.stream, {
          stages,
          since: undefined,
          bornAt: -Infinity,
          next: 0,
          isNow: hurries,
          isOver: false,
        })
      }
    }
    const beginGrace = (event: RecordedEvent): void => {
      const climb = climbs.get(event.stream)
      if (climb !== undefined) climb.since ??= event.mono
    }
    return {
      'spawn.requested': (event) => void climbs.delete(event.stream),
      'process.spawned'(event) {
        const climb = climbs.get(event.stream)
        if (climb !== undefined) climb.bornAt = event.mono
      },
      ...onLadder(begin),
      'process.exited': beginGrace,
      'splay.elapsed': beginGrace,
      'killTimeout.elapsed'(event, child) {
        const climb = climbs.get(event.stream)
        if (climb === undefined) return
        climb.isOver = true
        if (!climb.isNow && child?.life === 'begun') accuseSkipped(climb, climb.stages.length, event, true, accuse)
      },
      'child.stopped'(event) {
        const climb = climbs.get(event.stream)
        if (climb !== undefined) climb.isOver = true
      },
      'signal.sent'(event, child) {
        const climb = climbs.get(event.stream)
        if (event.data.stage === 'stop' && climb !== undefined) take(climb, event, child?.life === 'begun', accuse)
      },
    }
  },
}

function take(climb: Climb, event: RecordedEvent<'signal.sent'>, isAlive: boolean, accuse: Accuse): void {
  if (climb.isOver) return accuse(event, 'after the end of the ladder')
  const { signal, to } = event.data
  const isDue = ({ atMs }: StopStage): boolean => Math.max((climb.since ?? Infinity) + atMs, climb.bornAt) <= event.mono
  const index = climb.stages.findIndex(
    (stage, n) => n >= climb.next && stage.signal === signal && stage.to === to && isDue(stage),
  )
  if (index < 0) return accuse(event, `${signal} to the ${to} is no stage whose turn has come`)
  accuseSkipped(climb, index, event, isAlive, accuse)
  climb.next = index + 1
}

/** Only a process that has gone is left out; and a tree, which is gone with the death that nobody was told of yet. */
function accuseSkipped(climb: Climb, until: number, event: RecordedEvent, isAlive: boolean, accuse: Accuse): void {
  for (const { signal, to, atMs } of climb.stages.slice(climb.next, until)) {
    const isOwed = to === 'group' || (to === 'process' && isAlive)
    if (isOwed) accuse(event, `${signal} to the ${to} at ${atMs} ms was left out`)
  }
}

export const stageLaws: readonly Law[] = [stagesComeInOrder]
