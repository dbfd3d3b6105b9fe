import type { StageTarget } from '../events/event.ts'
import type { ChildState } from '../machines/child-state.ts'
import type { ChildInput } from '../machines/input.ts'
import type { LiveTree } from '../machines/live-tree.ts'
import { noNotes } from '../machines/live-tree.ts'
import type { Clock } from '../ports.ts'
import type { ChildSpec } from '../spec/child-spec.ts'
import type { Owed, OwedKind } from './child-actor.ts'
import type { Lives } from './lives.ts'
import { askPolicy } from './question.ts'
import { createStages } from './stages.ts'
import type { StartQueue } from './start-queue.ts'
import type { Timers } from './timers.ts'

export interface EffectParts {
  readonly tree: LiveTree
  readonly clock: Clock
  readonly timers: Timers
  readonly lives: Lives
  readonly starts: StartQueue
  /** False while no process may begin, because nothing could be recorded of it. */
  readonly mayStart: () => boolean
  readonly specOf: (stream: string) => ChildSpec | undefined
  readonly observe: (stream: string, incarnation: number, input: ChildInput) => void
}

export interface Effects {
  perform(owed: Owed): void
  /** Gives a proof time, where nothing else is awaited: if what was killed is not gone by then, its survivors are named. */
  proofDue(stream: string): void
  /** The child is no more: nothing of it may fire. */
  forget(stream: string): void
}

/** Does what the charts owe the world, after comparing it with the live state: what is no longer owed is dropped. */
export function createEffects(parts: EffectParts): Effects {
  const { tree, clock, timers, lives, starts, mayStart, specOf, observe } = parts
  const questions = new Map<string, () => void>()

  const withdraw = (stream: string): void => {
    questions.get(stream)?.()
    questions.delete(stream)
  }

  const armVerify = (stream: string, incarnation: number): void => {
    const spec = specOf(stream)
    if (spec === undefined) return
    timers.arm(stream, 'verify', spec.stop.verifyMs, () => {
      lives.survivors(stream, (survivors) => observe(stream, incarnation, { kind: 'unproven', survivors }))
    })
  }

  const signal = (
    child: ChildState,
    name: NodeJS.Signals,
    to: StageTarget,
    stage: 'stop' | 'kill' | 'remnants',
    answered: (delivered: boolean) => void = () => {},
  ): void => {
    const { stream, pid } = child
    const { incarnation } = child.view
    const life = lives.of(stream, incarnation)
    if (life === undefined) return answered(false)
    life.signal(name, to, (delivered) => {
      if (delivered) observe(stream, incarnation, { kind: 'signalled', signal: name, to, stage, pid })
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

  const spawn = (child: ChildState): void => {
    const { stream } = child
    const { incarnation } = child.view
    const isOwed = (): boolean => {
      const live = tree.child(stream)
      return live?.name === 'spawning' && live.view.incarnation === incarnation
    }
    starts.add({
      // A caller is told; an automatic restart is nobody's fault and must not use up the child's limit.
      canWait: () => isOwed() && tree.child(stream)?.startedBy === 'automatic',
      run() {
        const spec = specOf(stream)
        if (spec?.kind === 'process' && isOwed()) {
          if (mayStart()) {
            lives.spawn(stream, incarnation, spec)
            return
          }
          const message = `"${child.view.id}" was not started: the journal cannot be written`
          observe(stream, incarnation, { kind: 'spawnFailed', code: 'ERR_SPAWN_FAILED', message })
          return
        }
        const message = `The start of "${child.view.id}" was cut short before its process began`
        observe(stream, incarnation, { kind: 'spawnFailed', code: 'ERR_ABORTED', message })
      },
    })
  }

  const ask = (child: ChildState): void => {
    const { stream } = child
    const { incarnation } = child.view
    const policy = specOf(stream)?.restart.onUnexpectedExit
    if (policy === undefined || child.ended === null || tree.notes.get(stream)?.verdict !== 'asking') return
    withdraw(stream)
    const question = askPolicy(policy, child.ended, clock, (answer) => {
      questions.delete(stream)
      observe(stream, incarnation, answer)
    })
    questions.set(stream, question)
  }

  /** What is called off is called off for good, whatever life has begun since. */
  const callOff = (kind: OwedKind, stream: string): boolean => {
    switch (kind) {
      case 'disarmReadyTimeout':
        timers.disarm(stream, 'ready')
        return true
      case 'disarmSplay':
        timers.disarm(stream, 'splay')
        return true
      case 'disarmBackoff':
        timers.disarm(stream, 'backoff')
        return true
      case 'disarmLife':
        timers.disarm(stream, 'ready', 'run', 'killTimeout', 'verify')
        stages.end(stream)
        withdraw(stream)
        return true
      case 'withdrawQuestion':
        withdraw(stream)
        return true
      default:
        return false
    }
  }

  const perform = ({ kind, stream, event }: Owed): void => {
    if (callOff(kind, stream)) return
    const child = tree.child(stream)
    if (child === undefined) return
    const policy = tree.policies.get(stream)
    const { incarnation } = child.view
    // What an earlier life owed died with it. A `spawn.requested` carries the number of the life it begins.
    if (policy === undefined || (event.incarnation ?? 0) !== incarnation) return
    const { name } = child
    const isProcess = child.view.kind === 'process'
    const tell = (input: ChildInput) => () => observe(stream, incarnation, input)
    switch (kind) {
      case 'spawn':
        if (isProcess) spawn(child)
        return
      case 'signalStop':
        if (isProcess && (name === 'terminating' || name === 'settling')) {
          stages.climb(child, child.ladder ?? policy.stop)
        }
        return
      case 'signalKill':
        if (!isProcess || (name !== 'killing' && name !== 'settling' && name !== 'stopped')) return
        stages.end(stream)
        signal(child, 'SIGKILL', 'group', name === 'killing' ? 'kill' : 'remnants')
        if (name === 'stopped') armVerify(stream, incarnation)
        return
      case 'killRemnants':
        if (name === 'settling' && !(tree.notes.get(stream) ?? noNotes).gone) {
          signal(child, 'SIGKILL', 'group', 'remnants', (delivered) => {
            if (delivered) armVerify(stream, incarnation)
          })
        }
        return
      case 'askPolicy':
        return ask(child)
      case 'armReadyTimeout':
        if (name === 'probing') timers.arm(stream, 'ready', policy.readyTimeoutMs, tell({ kind: 'readyTimeout' }))
        return
      case 'armRunTimeout':
        if (name === 'probing' || name === 'running') {
          timers.arm(stream, 'run', policy.runTimeoutMs, tell({ kind: 'runTimeout' }))
        }
        return
      case 'armSplay':
        if (name === 'splaying') timers.arm(stream, 'splay', child.ladder?.splayMs ?? 0, tell({ kind: 'splayElapsed' }))
        return
      case 'armKillTimeout':
        if (isProcess && (name === 'terminating' || name === 'settling')) {
          const graceMs = child.ladder === null ? policy.stop.killTimeoutMs : child.ladder.killTimeoutMs
          timers.arm(stream, 'killTimeout', graceMs, () => {
            stages.finish(stream)
            observe(stream, incarnation, { kind: 'killTimeoutElapsed' })
          })
        }
        return
      case 'armVerify':
        if (isProcess && (name === 'killing' || name === 'settling')) armVerify(stream, incarnation)
        return
      case 'armBackoff':
        if (name === 'backingOff') timers.arm(stream, 'backoff', child.delayMs, tell({ kind: 'backoffElapsed' }))
        return
      default:
        return
    }
  }

  return {
    perform,
    proofDue: (stream) => {
      const child = tree.child(stream)
      // While its group has its grace, the proof is not due yet.
      const isDue = child?.name === 'settling' && (tree.notes.get(stream) ?? noNotes).gone
      if (isDue) armVerify(stream, child.view.incarnation)
    },
    forget(stream) {
      withdraw(stream)
      stages.end(stream)
      timers.disarm(stream, 'ready', 'run', 'splay', 'killTimeout', 'verify', 'backoff')
    },
  }
}
