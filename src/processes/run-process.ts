import type { BroodError } from '../errors.ts'
import type { Exit } from '../events/exit.ts'
import { checkAbortSignal, checkDuration, checkWord } from './check-options.ts'
import type { ProcessParts } from './parts.ts'
import { runErrors } from './run-error.ts'
import { startRun } from './run-life.ts'
import { createRunLines } from './run-lines.ts'
import { normalizeSingle, run, type RunSpec } from './single-spec.ts'
import { refuseUnknownOptions } from '../streams/unknown-options.ts'

/** How a run may be cut short. */
export interface RunOptions {
  /** Its abort stops the process; aborted already, it is not started. */
  readonly signal?: AbortSignal | undefined
  /** How long it may take until it exits, in milliseconds. Default `Infinity`. */
  readonly timeoutMs?: number | undefined
  /**
   * When the promise of a run that is cut short settles. `'ended'`: when nothing of the process is left. `'at-once'`:
   * immediately, while it is still being stopped. Default `'ended'`.
   */
  readonly settle?: 'ended' | 'at-once' | undefined
}

export interface RunResult {
  readonly exit: Exit
  /** Empty where `stdio` leads elsewhere. */
  readonly stdout: string
  readonly stderr: string
  /** Milliseconds from the spawn to the exit. */
  readonly durationMs: number
}

/** Why a run was cut short: the error of it, once it is known how the stop went. */
type Cut = (exit?: Exit, stop?: BroodError) => BroodError

/** Runs one process to its end; what it promises is said in `Processes`. */
export function runProcess(parts: ProcessParts, input: RunSpec, options: RunOptions): Promise<RunResult> {
  refuseUnknownOptions(options, ['signal', 'timeoutMs', 'settle'])
  const { signal, timeoutMs = Infinity, settle = 'ended' } = options
  checkAbortSignal(signal)
  checkDuration('timeoutMs', timeoutMs)
  checkWord('settle', settle, ['ended', 'at-once'])
  const spec = normalizeSingle(input, run, parts.host.support.tether)
  const lines = createRunLines(spec, parts.warn)
  const errors = runErrors(spec, () => lines.tail())
  if (signal?.aborted === true) throw errors.aborted(signal.reason)

  const { promise, resolve, reject } = Promise.withResolvers<RunResult>()
  let cut: Cut | undefined

  const stop = (how: 'abort' | 'timeout', error: Cut): void => {
    release()
    cut = error
    life.stop(how)
    if (settle === 'at-once') reject(error())
  }
  const abort = (): void => stop('abort', (exit, failure) => errors.aborted(failure ?? signal?.reason, exit))
  const release = (): void => {
    disarm()
    signal?.removeEventListener('abort', abort)
  }
  signal?.addEventListener('abort', abort, { once: true })
  const disarm = parts.clock.arm(timeoutMs, () =>
    stop('timeout', (exit, failure) => errors.late(timeoutMs, failure, exit)),
  )
  const life = startRun(parts, spec, lines, {
    failed(failure) {
      release()
      reject(errors.notStarted(failure))
    },
    exited: release,
    overflowed: (source) =>
      stop('abort', (exit, failure) => errors.overflowed(source, parts.captureBytes, failure, exit)),
    ended({ exit, stdout, stderr, durationMs, survivors }) {
      release()
      const isProven = exit !== undefined && survivors.length === 0
      const reason: unknown = cut === undefined ? undefined : signal?.reason
      const failure = isProven ? undefined : errors.survived(survivors, reason, exit)
      if (cut !== undefined) reject(cut(exit, failure))
      else if (isProven) resolve({ exit, stdout, stderr, durationMs })
      else reject(failure)
    },
  })
  return promise
}
