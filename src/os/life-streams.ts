import type { ChildProcess } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { LifeObservation, SpawnRequest } from '../ports.ts'
import { readOutput } from './output.ts'
import { keepUnread } from './raw-stream.ts'

/** The standard streams of one life: lines are told, what is raw is kept for its owner. */
export interface LifeStreams {
  readonly raw: { readonly stdin?: Writable; readonly stdout?: Readable; readonly stderr?: Readable }
  /** `spawned` was told: the owner of raw streams has had them. */
  known(): void
  /** The process has exited: what still comes is awaited for a while. */
  settle(): void
  abandon(): void
}

export function lifeStreams(
  child: ChildProcess,
  request: SpawnRequest,
  observe: (observation: LifeObservation) => void,
): LifeStreams {
  const releases: Array<() => void> = []
  const lines = (['stdout', 'stderr'] as const).flatMap((source) => {
    const stream = child[source]
    if (stream === null) return []
    if (request[source] === 'lines') return [{ source, stream }]
    releases.push(keepUnread(stream))
    return []
  })
  const output = readOutput(lines, request.drainMs, observe)
  // EPIPE: the process may end, or close its input, while somebody writes to it.
  child.stdin?.on('error', () => {})
  const release = (): void => {
    for (const each of releases.splice(0)) each()
  }
  // Of what is known at once `spawned` is told in this turn.
  if (request.containment !== 'pidns') setImmediate(release)
  return {
    raw: {
      ...(request.stdin === 'raw' && child.stdin !== null && { stdin: child.stdin }),
      ...(request.stdout === 'raw' && child.stdout !== null && { stdout: child.stdout }),
      ...(request.stderr === 'raw' && child.stderr !== null && { stderr: child.stderr }),
    },
    known: () => void setImmediate(release),
    settle: () => output.settle(),
    abandon() {
      release()
      output.abandon()
    },
  }
}
