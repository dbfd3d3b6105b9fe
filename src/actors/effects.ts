import type { StageTarget } from '../events/event.ts'
import { isUnborn, type ChildState } from '../machines/child-state.ts'
import type { ChildInput } from '../machines/input.ts'
import { noNotes, type ChildNotes, type LiveTree } from '../machines/live-tree.ts'
import type { Clock } from '../ports.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import { createCallOff } from './call-off.ts'
import type { Owed } from './child-actor.ts'
import type { LifeHome, Lives } from './lives.ts'
import type { Place } from './place.ts'
import { createAlarms } from './alarms.ts'
import { createQuestions } from './questions.ts'
import { resumeChild } from './resume-child.ts'
import { createStages, type Climb } from './stages.ts'
import type { StartQueue } from './start-queue.ts'
import type { TakenTimer, Timers } from './timers.ts'

export interface EffectParts {
  readonly tree: LiveTree
  readonly clock: Clock
  readonly timers: Timers
  readonly lives: Lives
  readonly starts: StartQueue
  /** False while no process may begin, because nothing could be recorded of it. */
  readonly mayStart: () => boolean
  readonly specOf: (stream: string) => ChildSpec | undefined
  /** Where a child lives, also one that has moved since its effects were stated. */
  readonly placeOf: (stream: string) => Place<EffectHome> | undefined
  readonly observe: (stream: string, incarnation: number, input: ChildInput) => void
}

/** What is owed or open tells the tree that owns the child by now. */
export interface EffectHome extends LifeHome {
  readonly effects: Effects
}

/** What runs for a child, to go on elsewhere. */
export interface Unfinished {
  readonly climb: Climb | undefined
  readonly timers: readonly TakenTimer[]
  readonly question: (() => void) | undefined
}

export interface Effects {
  perform(owed: Owed): void
  /** The turn of a queued start has come. */
  begin(stream: string, incarnation: number): void
  /** What an unasked exit left behind was sent SIGKILL: the proof of its end is awaited. */
  killed(stream: string, incarnation: number): void
  /** Gives a proof time, where nothing else is awaited: if what was killed is not gone by then, its survivors are named. */
  proofDue(stream: string): void
  leave(stream: string): Unfinished
  /** Goes on with what was left of it. */
  enter(stream: string, unfinished: Unfinished): void
  /** Takes up what an earlier host had begun with a child. */
  resume(stream: string): void
  /** The child is no more: nothing of it may fire. */
  forget(stream: string): void
}

/** Whoever was hurried meanwhile gets the SIGKILL of that haste; what survived one once gets another. */
const areRemnantsDue = ({ view }: ChildState, { gone, killed }: ChildNotes): boolean =>
  !gone && (!killed || view.outcome === 'unkillable')

/** Does what the charts owe the world, after comparing it with the live state: what is no longer owed is dropped. */
export function createEffects(parts: EffectParts): Effects {
  const { tree, clock, timers, lives, starts, mayStart, specOf, placeOf, observe } = parts
  const questions = createQuestions<EffectHome>({
    tree,
    clock,
    specOf,
    placeOf,
    answered: ({ home, stream }, incarnation, answer) => home.observe(stream, incarnation, answer),
  })

  const signal = (
    child: ChildState,
    name: NodeJS.Signals,
    to: StageTarget,
    stage: 'stop' | 'kill' | 'remnants',
    answered: (delivered: boolean) => void = () => {},
  ): void => {
    const { stream, pid, view } = child
    const life = lives.of(stream, view.incarnation)
    const place = placeOf(stream)
    if (life === undefined || place === undefined || isUnborn(child)) return answered(false)
    life.signal(name, to, (delivered) => {
      // To look up a tree, or a group without its leader, takes time: the child may have moved.
      if (delivered) {
        place.home.observe(place.stream, view.incarnation, { kind: 'signalled', signal: name, to, stage, pid })
      }
      answered(delivered)
    })
  }

  const stages = createStages({
    tree,
    clock,
    timers,
    send(child, { signal: name, to }, answered) {
      // Where the leader went before its stop signal, that is for what it left behind; stages are what they are.
      const isForRemnants = child.name === 'settling' && child.ladder?.stages === undefined
      signal(child, name, to, isForRemnants ? 'remnants' : 'stop', answered)
    },
  })

  const { arm, armVerify } = createAlarms({ timers, lives, stages, specOf, placeOf, observe })

  const isDue = (stream: string, incarnation: number): boolean => {
    const child = tree.child(stream)
    return child?.name === 'spawning' && child.view.incarnation === incarnation
  }

  const callOff = createCallOff({ timers, stages, questions })

  const perform = (owed: Owed): void => {
    const { kind, stream, event } = owed
    const place = placeOf(stream)
    if (place !== undefined && (place.home.effects !== effects || place.stream !== stream)) {
      // What it owed when it left, it owes where it is; leaving itself owes nothing.
      if (event.type !== 'child.released') place.home.effects.perform({ ...owed, stream: place.stream })
      return
    }
    if (callOff(kind, stream)) return
    const child = tree.child(stream)
    if (child === undefined) return
    const policy = tree.policies.get(stream)
    const { incarnation } = child.view
    // What an earlier life owed died with it. A `spawn.requested` carries the number of the life it begins.
    if (policy === undefined || (event.incarnation ?? 0) !== incarnation) return
    const { name } = child
    // A nested supervisor's life is its children's.
    const isLeaf = child.view.kind !== 'supervisor'
    switch (kind) {
      case 'spawn':
        if (isLeaf && place !== undefined) {
          starts.add({
            // A caller is told; an automatic restart is nobody's fault and must not use up the child's limit.
            canWait: () => isDue(place.stream, incarnation) && tree.child(place.stream)?.startedBy === 'automatic',
            run: () => place.home.effects.begin(place.stream, incarnation),
          })
        }
        return
      case 'signalStop':
        if (child.view.kind === 'process' && (name === 'terminating' || name === 'settling')) {
          stages.climb(child, child.ladder ?? policy.stop)
        }
        // A task is asked, whatever the signal: after its end there is nobody left to ask.
        if (child.view.kind === 'task' && name === 'terminating') signal(child, policy.stop.signal, 'group', 'stop')
        return
      case 'signalKill':
        if (!isLeaf || (name !== 'killing' && name !== 'settling' && name !== 'stopped')) return
        stages.end(stream)
        signal(child, 'SIGKILL', 'group', name === 'killing' ? 'kill' : 'remnants')
        if (name === 'stopped') armVerify(stream, incarnation)
        return
      case 'killRemnants':
        if (name === 'settling' && areRemnantsDue(child, tree.notes.get(stream) ?? noNotes)) {
          signal(child, 'SIGKILL', 'group', 'remnants', (delivered) => {
            if (delivered) place?.home.effects.killed(place.stream, incarnation)
          })
        }
        return
      case 'askPolicy':
        return questions.ask(stream)
      case 'armReadyTimeout':
        if (name === 'probing') arm(stream, incarnation, 'ready', policy.readyTimeoutMs)
        return
      case 'armRunTimeout':
        if (name === 'probing' || name === 'running') arm(stream, incarnation, 'run', policy.runTimeoutMs)
        return
      case 'armSplay':
        if (name === 'splaying') arm(stream, incarnation, 'splay', child.ladder?.splayMs ?? 0)
        return
      case 'armKillTimeout':
        if (isLeaf && (name === 'terminating' || name === 'settling')) {
          const graceMs = child.ladder === null ? policy.stop.killTimeoutMs : child.ladder.killTimeoutMs
          arm(stream, incarnation, 'killTimeout', graceMs)
        }
        return
      case 'armVerify':
        if (isLeaf && (name === 'killing' || name === 'settling')) armVerify(stream, incarnation)
        return
      case 'armBackoff':
        if (name === 'backingOff') arm(stream, incarnation, 'backoff', child.delayMs)
        return
      default:
    }
  }

  const effects: Effects = {
    perform,
    begin(stream, incarnation) {
      const spec = specOf(stream)
      const place = placeOf(stream)
      const id = spec?.id ?? stream
      const fail = (code: 'ERR_ABORTED' | 'ERR_SPAWN_FAILED', message: string): void =>
        observe(stream, incarnation, { kind: 'spawnFailed', code, message })
      if (!isDue(stream, incarnation) || place === undefined) {
        return fail('ERR_ABORTED', `The start of "${id}" was cut short before it began`)
      }
      if (!mayStart()) return fail('ERR_SPAWN_FAILED', `"${id}" was not started: the journal cannot be written`)
      if (spec?.kind === 'process') lives.spawn(place, incarnation, spec)
      else if (spec?.kind === 'task') lives.begin(place, incarnation, spec)
    },
    killed: armVerify,
    proofDue: (stream) => {
      const child = tree.child(stream)
      // While its group has its grace, the proof is not due yet.
      if (child?.name === 'settling' && (tree.notes.get(stream) ?? noNotes).gone)
        armVerify(stream, child.view.incarnation)
    },
    leave(stream) {
      return { climb: stages.leave(stream), timers: timers.take(stream), question: questions.leave(stream) }
    },
    enter(stream, { climb, timers: taken, question }) {
      if (climb !== undefined) stages.enter(stream, climb)
      const { incarnation } = tree.child(stream)?.view ?? { incarnation: 0 }
      for (const { name, leftMs } of taken) arm(stream, incarnation, name, leftMs)
      if (question !== undefined) questions.enter(stream, question)
    },
    resume: (stream) => resumeChild({ tree, clock, stages, arm, armVerify, signal }, stream),
    forget(stream) {
      questions.withdraw(stream)
      stages.end(stream)
      timers.disarm(stream, 'ready', 'run', 'splay', 'killTimeout', 'verify', 'backoff')
    },
  }
  return effects
}
