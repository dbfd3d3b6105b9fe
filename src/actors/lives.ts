import type { ProcessIdentity } from '../events/identity.ts'
import type { ChildInput } from '../machines/input.ts'
import type { LifeObservation, ProcessLife, ProcessSession } from '../ports.ts'
import type { ProcessSpec, TaskSpec } from '../spec/child-spec.ts'
import { pieceRedactor, redactor } from '../spec/redact.ts'
import { spawnRequest } from '../spec/spawn-request.ts'
import { createStderrTail, type StderrTail } from '../streams/stderr-tail.ts'
import { lineMatcher } from './line-matcher.ts'
import type { LineOutputs } from './line-outputs.ts'
import type { OutputLine } from './output-line.ts'
import type { Failure } from '../tasks/failure.ts'
import { beginTask, type TaskLife } from './task-life.ts'

/** What a tree holds of a child's current or last process. */
export interface HeldLife {
  readonly incarnation: number
  readonly tail: StderrTail
  /** Undefined only while the host is still within its `spawn`. */
  life: ProcessLife | undefined
  /** The same, where it is no process but the run of a task. */
  readonly task?: TaskLife
}

export interface LivesParts {
  readonly session: ProcessSession
  readonly now: () => number
  readonly observe: (stream: string, incarnation: number, input: ChildInput) => void
  readonly isProbing: (stream: string) => boolean
  readonly publishLine: (line: OutputLine) => void
  readonly outputs: LineOutputs
  /** Only a sweep that has found and killed somebody is still awaited: the proof that they are gone has to come in time. */
  readonly proofDue: (stream: string) => void
}

export interface Lives {
  spawn(stream: string, incarnation: number, spec: ProcessSpec): void
  /** The same for a task, which is there at once. */
  begin(stream: string, incarnation: number, spec: TaskSpec): void
  /** The process of this very life, or undefined where it never had one or has another by now. */
  of(stream: string, incarnation: number): ProcessLife | undefined
  /**
   * What is left alive of the current life, and of earlier ones whose sweep has found somebody. `unnamed`: a task's run
   * goes on, which has no identity.
   */
  survivors(stream: string, done: (survivors: readonly ProcessIdentity[], unnamed: boolean) => void): void
  /** What the current or last run of a task failed with. */
  failure(stream: string): Failure | undefined
  tail(stream: string): string | undefined
  forget(stream: string): void
  /** The tree is over. */
  end(): void
}

/** How long output is awaited after an exit, in milliseconds: nothing waits for a pipe that a grandchild holds. */
const DRAIN_MS = 200

export function createLives(parts: LivesParts): Lives {
  const { session, now, observe, isProbing, publishLine, outputs, proofDue } = parts
  const held = new Map<string, HeldLife>()
  // By stream: escapees may outlive several restarts.
  const haunted = new Map<string, Set<HeldLife>>()

  return {
    spawn(stream, incarnation, spec) {
      const redact = redactor(spec.secrets)
      // Of a long line, too, whose pieces somebody may put together again.
      const hide = { stdout: pieceRedactor(spec.secrets), stderr: pieceRedactor(spec.secrets) }
      const tail = createStderrTail(redact)
      let pid: number | null = null
      const entry: HeldLife = { incarnation, tail, life: undefined }
      const matches = typeof spec.ready === 'object' ? lineMatcher(spec.ready) : undefined
      held.set(stream, entry)

      const heard = ({ source, text, truncated }: Extract<LifeObservation, { kind: 'line' }>): void => {
        const shown = hide[source](text, truncated)
        if (source === 'stderr') tail.add(shown)
        const piece = truncated ? { truncated } : {}
        const line: OutputLine = { stream, child: spec.id, incarnation, source, text: shown, ...piece, at: now() }
        // First what was asked for by the child's owner: a subscriber may do anything, and be it a removal.
        if (held.has(stream)) outputs.write(spec, line, pid)
        publishLine(line)
        // After the line itself: whoever waits for readiness has then seen why.
        if (matches?.(source, text, truncated) === true && isProbing(stream))
          observe(stream, incarnation, { kind: 'ready' })
      }

      entry.life = session.spawn(spawnRequest(spec, { stream, incarnation }, DRAIN_MS), (observation) => {
        switch (observation.kind) {
          case 'line':
            return heard(observation)
          case 'spawned':
            ;({ pid } = observation)
            return observe(stream, incarnation, observation)
          case 'drained':
            outputs.drained(stream)
            return observe(stream, incarnation, observation)
          case 'spawnFailed':
            return observe(stream, incarnation, { ...observation, message: redact(observation.message) })
          case 'escapee': {
            const sent = { signal: 'SIGKILL', to: 'escapee', stage: 'sweep', pid: observation.identity.pid } as const
            haunted.set(stream, new Set(haunted.get(stream)).add(entry))
            if (observation.delivered) observe(stream, incarnation, { kind: 'signalled', ...sent })
            return proofDue(stream)
          }
          case 'gone':
            observe(stream, incarnation, observation)
            return haunted.has(stream) ? proofDue(stream) : undefined
          case 'swept':
            haunted.get(stream)?.delete(entry)
            if (haunted.get(stream)?.size === 0) haunted.delete(stream)
            return observe(stream, incarnation, observation)
          default:
            return observe(stream, incarnation, observation)
        }
      })
    },
    begin(stream, incarnation, { run }) {
      const task = beginTask(run, (observation) => observe(stream, incarnation, observation))
      held.set(stream, { incarnation, tail: createStderrTail((text) => text), life: task, task })
      observe(stream, incarnation, { kind: 'spawned', pid: null, identity: null, spawnMs: null })
    },
    of(stream, incarnation) {
      const entry = held.get(stream)
      return entry?.incarnation === incarnation ? entry.life : undefined
    },
    survivors(stream, done) {
      const lives = [...new Set([held.get(stream), ...(haunted.get(stream) ?? [])])].flatMap(
        (entry) => entry?.life ?? [],
      )
      const found: ProcessIdentity[] = []
      let asked = lives.length
      const hear = (some: readonly ProcessIdentity[]): void => {
        found.push(...some)
        asked -= 1
        if (asked === 0) done(found, held.get(stream)?.task?.isRunning === true)
      }
      for (const life of lives) life.survivors(hear)
    },
    failure: (stream) => held.get(stream)?.task?.failure,
    tail: (stream) => held.get(stream)?.tail.text(),
    forget(stream) {
      held.delete(stream)
      haunted.delete(stream)
      outputs.forget(stream)
    },
    end: () => outputs.end(),
  }
}
