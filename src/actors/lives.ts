import type { ChildInput } from '../machines/input.ts'
import type { LifeObservation, ProcessLife, ProcessSession } from '../ports.ts'
import type { ProcessSpec } from '../spec/child-spec.ts'
import { redactor } from '../spec/redact.ts'
import { lineMatcher } from './line-matcher.ts'
import { createStderrTail, type StderrTail } from './stderr-tail.ts'

/** One line of a child's output. Pushed as it comes, never recorded. */
export interface OutputLine {
  readonly stream: string
  readonly child: string
  readonly incarnation: number
  readonly source: 'stdout' | 'stderr'
  readonly text: string
  /** True for each piece but the last of a line over 64 KiB. */
  readonly truncated?: boolean
  /** Epoch milliseconds. */
  readonly at: number
}

/** What a tree holds of a child's current or last process. */
export interface HeldLife {
  readonly incarnation: number
  readonly tail: StderrTail
  /** Undefined only while the host is still within its `spawn`. */
  life: ProcessLife | undefined
}

export interface LivesParts {
  readonly session: ProcessSession
  readonly now: () => number
  readonly observe: (stream: string, incarnation: number, input: ChildInput) => void
  readonly isProbing: (stream: string) => boolean
  readonly publishLine: (line: OutputLine) => void
  /** An escapee was found and killed: the proof that it is gone has to come in time. */
  readonly escaped: (stream: string, incarnation: number) => void
}

export interface Lives {
  spawn(stream: string, incarnation: number, spec: ProcessSpec): void
  /** The process of this very life, or undefined where it never had one or has another by now. */
  of(stream: string, incarnation: number): ProcessLife | undefined
  tail(stream: string): string | undefined
  forget(stream: string): void
}

/** How long output is awaited after an exit, in milliseconds: nothing waits for a pipe that a grandchild holds. */
const DRAIN_MS = 200

export function createLives(parts: LivesParts): Lives {
  const { session, now, observe, isProbing, publishLine, escaped } = parts
  const held = new Map<string, HeldLife>()

  return {
    spawn(stream, incarnation, spec) {
      const redact = redactor(spec.secrets)
      const tail = createStderrTail(redact)
      const entry: HeldLife = { incarnation, tail, life: undefined }
      const matches = typeof spec.ready === 'object' ? lineMatcher(spec.ready) : undefined
      held.set(stream, entry)

      const heard = ({ source, text, truncated }: Extract<LifeObservation, { kind: 'line' }>): void => {
        if (source === 'stderr') tail.add(text)
        publishLine({
          stream,
          child: spec.id,
          incarnation,
          source,
          text,
          ...(truncated ? { truncated } : {}),
          at: now(),
        })
        // After the line itself: whoever waits for readiness has then seen why.
        if (matches?.(source, text, truncated) === true && isProbing(stream))
          observe(stream, incarnation, { kind: 'ready' })
      }

      entry.life = session.spawn(requestOf(stream, incarnation, spec), (observation) => {
        switch (observation.kind) {
          case 'line':
            return heard(observation)
          case 'spawnFailed':
            return observe(stream, incarnation, { ...observation, message: redact(observation.message) })
          case 'escapee': {
            if (!observation.delivered) return
            const { pid } = observation.identity
            const sent = { signal: 'SIGKILL', to: 'escapee', stage: 'sweep', pid } as const
            observe(stream, incarnation, { kind: 'signalled', ...sent })
            return escaped(stream, incarnation)
          }
          default:
            return observe(stream, incarnation, observation)
        }
      })
    },
    of(stream, incarnation) {
      const entry = held.get(stream)
      return entry?.incarnation === incarnation ? entry.life : undefined
    },
    tail: (stream) => held.get(stream)?.tail.text(),
    forget: (stream) => void held.delete(stream),
  }
}

function requestOf(stream: string, incarnation: number, spec: ProcessSpec): Parameters<ProcessSession['spawn']>[0] {
  const { command, args, cwd, env, envMode, argv0, shell, stdin, stdout, stderr, lifetime, stop } = spec
  return {
    life: { stream, incarnation },
    command,
    args,
    ...(cwd === undefined ? {} : { cwd }),
    env,
    envMode,
    ...(argv0 === undefined ? {} : { argv0 }),
    shell,
    stdin,
    stdout,
    stderr,
    lifetime,
    killTimeoutMs: stop.killTimeoutMs,
    drainMs: DRAIN_MS,
  }
}
