import type { Exit } from '../events/exit.ts'
import { isContainmentLevel } from '../events/containment-level.ts'
import { statusOf } from '../events/exit.ts'
import type { ProcessIdentity } from '../events/identity.ts'
import type { LifeObservation, ProcessLife } from '../ports.ts'
import type { ProcessSpec } from '../spec/child-spec.ts'
import { createCapture } from './capture.ts'
import type { ProcessParts } from './parts.ts'
import { createRunLadder } from './run-ladder.ts'
import type { RunLines } from './run-lines.ts'
import { singleRequest } from './single-request.ts'

/** What a run has come to. */
export interface RunEnd {
  /** Absent where it was killed and its end was not seen in time. */
  readonly exit?: Exit
  readonly stdout: string
  readonly stderr: string
  /** Milliseconds from the spawn to the exit, or to the end of all hope for one. */
  readonly durationMs: number
  /** What is still alive although it was killed. */
  readonly survivors: readonly ProcessIdentity[]
}

export interface RunObserver {
  failed(failure: Extract<LifeObservation, { readonly kind: 'spawnFailed' }>): void
  /** It has exited, by itself or not: from now on it cannot be stopped. */
  exited(): void
  overflowed(source: 'stdout' | 'stderr'): void
  /** Last, and once. */
  ended(end: RunEnd): void
}

export interface RunLife {
  /** Stops it, unless it has exited. To be called once. */
  stop(cause: 'abort' | 'timeout'): void
}

/** Starts a process and follows it until nothing of it is left; `lines` hears what it says. */
export function startRun(parts: ProcessParts, spec: ProcessSpec, lines: RunLines, told: RunObserver): RunLife {
  const { clock, random, reaper, host } = parts
  const session = host.open({
    treeId: random.id(),
    report({ subject, message }) {
      // What is in force is what was asked for, and no warning.
      if (!isContainmentLevel(subject)) parts.warn(`${subject}: ${message}`)
    },
  })
  const began = clock.mono()
  let life: ProcessLife | undefined
  let spawned: Extract<LifeObservation, { readonly kind: 'spawned' }> | undefined
  let asked: 'abort' | 'timeout' | undefined
  let exit: Exit | undefined
  let durationMs: number | undefined
  let isRead = false
  let isSwept = false
  let hasEnded = false

  const elapsedMs = (): number => Math.round(clock.mono() - began)
  const capture = createCapture({
    clock,
    limit: parts.captureBytes,
    heard: lines,
    overflowed: (source) => told.overflowed(source),
  })
  const ladder = createRunLadder({
    clock,
    random,
    stop: spec.stop,
    life: () => life,
    unproven: (left) => unproven(left),
  })

  const end = (survivors: readonly ProcessIdentity[]): void => {
    if (hasEnded) return
    hasEnded = true
    ladder.end()
    const { stdout, stderr } = { stdout: capture.stdout(), stderr: capture.stderr() }
    capture.discard()
    lines.close()
    told.ended({ ...(exit && { exit }), stdout, stderr, durationMs: durationMs ?? elapsedMs(), survivors })
  }

  const unproven = (survivors: readonly ProcessIdentity[]): void => {
    // Nobody is left, as far as can be seen: then the proof is only late.
    if (survivors.length === 0 && exit !== undefined && host.support.sweep) return ladder.awaitProof()
    // Of what was killed in vain nobody awaits the end: it must not keep this host from its own.
    capture.close()
    session.close()
    end(survivors)
  }

  // A stop is only over with the proof; whoever let it end by itself need not wait for what the sweep may find.
  const endIfOver = (): void => {
    if (isRead && (isSwept || asked === undefined)) end([])
  }

  // A host may tell `spawned` from within `spawn`, before there is a life to be read or signalled.
  const begin = (): void => {
    if (life === undefined || spawned === undefined) return
    capture.read(life)
    if (asked !== undefined) ladder.climb()
  }

  const exited = (code: number | null, signal: NodeJS.Signals | null): void => {
    const at = clock.at()
    const status = statusOf(code, signal)
    const cause = asked ?? (code === 0 ? 'finished' : 'crash')
    exit = { code, signal, status, at, expected: asked === 'abort' || cause === 'finished', cause }
    durationMs = elapsedMs()
    if (spawned !== undefined) {
      const { pid, identity } = spawned
      reaper.publish({ at, pid, identity, code, signal, status, origin: { kind: 'process' } })
    }
    if (asked === undefined) ladder.kill()
    told.exited()
  }

  const observe = (observation: LifeObservation): void => {
    switch (observation.kind) {
      case 'spawnFailed':
        session.close()
        return told.failed(observation)
      case 'spawned':
        spawned = observation
        return begin()
      case 'exited':
        return exited(observation.code, observation.signal)
      case 'gone':
        ladder.leave()
        // From here on, not from the exit on: in its grace the rest of the group may have something to say.
        return capture.settle(() => {
          isRead = true
          endIfOver()
        })
      case 'escapee':
        return ladder.awaitProof()
      case 'swept':
        isSwept = true
        ladder.end()
        session.close()
        return endIfOver()
      case 'line':
      case 'drained':
        return
    }
  }

  life = session.spawn(singleRequest(spec, spec.lifetime), observe)
  begin()

  return {
    stop(cause) {
      if (exit !== undefined) return
      asked = cause
      // Nobody will be given what it says from now on.
      capture.discard()
      if (spawned !== undefined) ladder.climb()
    },
  }
}
