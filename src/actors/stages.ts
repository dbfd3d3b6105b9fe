import type { LadderData, StopStage } from '../events/event.ts'
import type { ChildState } from '../machines/child-state.ts'
import { noNotes, type LiveTree } from '../machines/live-tree.ts'
import type { Clock } from '../ports.ts'
import type { Timers } from './timers.ts'

export interface StagesParts {
  readonly tree: LiveTree
  readonly clock: Pick<Clock, 'mono'>
  readonly timers: Timers
  /** Sends one stage; `answered` is called once, perhaps before this returns. */
  readonly send: (child: ChildState, stage: StopStage, answered: () => void) => void
}

/**
 * The signals of a ladder up to its SIGKILL, which is the rung of the kill timeout: the one stop signal, or the stages
 * before the last.
 */
export interface Stages {
  /** Begins a ladder, or goes on with it now that there is a process: sends what is due, and the rest in its time. */
  climb(child: ChildState, ladder: Pick<LadderData, 'signal' | 'stages'>): void
  /** Goes on with a ladder that an earlier host had begun, behind the signals that are recorded. */
  resume(child: ChildState, ladder: Pick<LadderData, 'signal' | 'stages'>): void
  /** The time of the SIGKILL has come: whatever was due before it is sent before it, however late the timers are. */
  finish(stream: string): void
  /** Nothing more is sent. */
  end(stream: string): void
  /** The child has moved: nothing more is sent from here. */
  leave(stream: string): Climb | undefined
  enter(stream: string, climb: Climb): void
}

/** A ladder that is being climbed. It follows its child wherever that moves. */
export interface Climb {
  readonly incarnation: number
  readonly stages: readonly StopStage[]
  /** Monotonic: the end of the splay. */
  readonly began: number
  /** How many stages are due by now. */
  due: number
  /** How many of them were sent, or found nothing to signal. */
  sent: number
  /** The last one sent was not answered yet: to look up a tree takes time, and no stage overtakes another. */
  pending: boolean
  /** The pending one was answered: goes on where the child lives by now. */
  goOn: () => void
}

export function createStages({ tree, clock, timers, send }: StagesParts): Stages {
  const climbs = new Map<string, Climb>()

  const end = (stream: string): void => {
    if (climbs.delete(stream)) timers.disarm(stream, 'stage')
  }

  const sendDue = (stream: string, climb: Climb): void => {
    while (climbs.get(stream) === climb && !climb.pending && climb.sent < climb.due) {
      const child = tree.child(stream)
      if (child === undefined || !isClimbing(tree, child, climb)) return end(stream)
      // It is told again as soon as there is a process.
      if (child.pid === null) return
      const stage = climb.stages[climb.sent]
      if (stage === undefined) return
      climb.sent += 1
      climb.pending = true
      let isAnswered = false
      let isLate = false
      send(child, stage, () => {
        isAnswered = true
        climb.pending = false
        if (isLate) climb.goOn()
      })
      isLate = !isAnswered
    }
  }

  /** Everything up to `elapsedMs` is due; the next one gets a timer. */
  const reach = (stream: string, climb: Climb, elapsedMs: number): void => {
    while (climb.due < climb.stages.length && (climb.stages[climb.due]?.atMs ?? 0) <= elapsedMs) climb.due += 1
    sendDue(stream, climb)
    const next = climb.stages[climb.due]
    if (climbs.get(stream) !== climb || next === undefined) return
    // From the beginning, not from the stage before: lateness must not add up.
    timers.arm(stream, 'stage', Math.max(climb.began + next.atMs - clock.mono(), 0), () =>
      reach(stream, climb, Math.max(next.atMs, clock.mono() - climb.began)),
    )
  }

  const follow = (stream: string, climb: Climb, elapsedMs: number): void => {
    climb.goOn = () => sendDue(stream, climb)
    climbs.set(stream, climb)
    reach(stream, climb, elapsedMs)
  }

  return {
    climb(child, ladder) {
      const { stream } = child
      const known = climbs.get(stream)
      if (known?.incarnation === child.view.incarnation) return sendDue(stream, known)
      follow(stream, begin(child, ladder, clock.mono(), 0), 0)
    },
    resume(child, ladder) {
      const now = clock.mono()
      const began = child.graceMono ?? now
      follow(child.stream, begin(child, ladder, began, child.stopsSent), now - began)
    },
    finish(stream) {
      const climb = climbs.get(stream)
      if (climb !== undefined) reach(stream, climb, Infinity)
    },
    end,
    leave(stream) {
      const climb = climbs.get(stream)
      end(stream)
      return climb
    },
    enter: (stream, climb) => follow(stream, climb, clock.mono() - climb.began),
  }
}

const nothing = (): void => {}

function begin(
  { view }: ChildState,
  ladder: Pick<LadderData, 'signal' | 'stages'>,
  began: number,
  sent: number,
): Climb {
  const stages: readonly StopStage[] = ladder.stages?.slice(0, -1) ?? [{ signal: ladder.signal, to: 'group', atMs: 0 }]
  return { incarnation: view.incarnation, stages, began, due: 0, sent, pending: false, goOn: nothing }
}

/** Its very life is still being asked to end: what is proven gone, or was killed, is not. */
function isClimbing(tree: LiveTree, child: ChildState, { incarnation }: Climb): boolean {
  if (child.view.incarnation !== incarnation) return false
  const { gone } = tree.notes.get(child.stream) ?? noNotes
  return child.name === 'terminating' || (child.name === 'settling' && !gone)
}
