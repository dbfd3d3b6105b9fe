import { isSignalName } from '../spec/fields.ts'
import { isBroodError, type BroodError } from '../errors.ts'
import { statusOf } from '../events/exit.ts'
import { invalidOption } from '../streams/invalid-option.ts'
import { refuseUnknownOptions } from '../streams/unknown-options.ts'
import { reportSupervisor } from './stop-report.ts'
import type { Supervision } from './supervision.ts'
import type { RunOptions, RunResult, Supervisor } from './handles.ts'

/** What `run` needs of a supervisor's handle. */
export interface RunnableSupervisor extends Pick<Supervisor, 'view' | 'start' | 'stop'> {
  /** Resolves when it is at rest. */
  stopped(): Promise<void>
  /** Why it failed, where it did. */
  failure(): BroodError | undefined
}

const DEFAULT_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Starts a supervisor and waits for its end. Signals are handled only meanwhile: a host without a handler would die of
 * ^C without exit hooks, and children in sessions of their own would live on.
 *
 * The exit code: a handled signal's 128 + n; else the status of the significant child that ended it; 1 for a failed
 * start, a give-up or an unknown status; else 0.
 */
export async function run(
  handle: RunnableSupervisor,
  tree: Supervision,
  stream: string,
  options: RunOptions,
): Promise<RunResult> {
  const signals = checkOptions(options)
  const { signal: abort } = options
  // Only misuse rejects: a supervisor that has stopped cannot be run, and says so as its start does.
  if (handle.view.state === 'stopped') await handle.start()

  let received: NodeJS.Signals | undefined
  const onSignal = (signal: NodeJS.Signals): void => {
    const again = received !== undefined
    received ??= signal
    void handle.stop({ now: again, reason: signal })
  }
  const onAbort = (): void => void handle.stop({ reason: 'aborted' })
  for (const signal of signals) process.on(signal, onSignal)
  abort?.addEventListener('abort', onAbort, { once: true })
  try {
    const begun = begin(handle)
    if (abort?.aborted === true) onAbort()
    await begun
    await handle.stopped()
  } finally {
    for (const signal of signals) process.off(signal, onSignal)
    abort?.removeEventListener('abort', onAbort)
  }
  return conclude(handle, tree, stream, received)
}

/** A failed start ends the supervisor, and that end is the result. */
async function begin(handle: RunnableSupervisor): Promise<void> {
  try {
    await handle.start()
  } catch (error) {
    if (!isBroodError(error)) throw error
  }
}

function conclude(
  handle: RunnableSupervisor,
  tree: Supervision,
  stream: string,
  received: NodeJS.Signals | undefined,
): RunResult {
  const report = reportSupervisor(tree.tree, stream)
  if (received !== undefined) return { exitCode: statusOf(null, received) ?? 1, report }
  const ending = tree.tree.supervisor(stream)?.ending
  const error = handle.failure()
  if (error !== undefined) {
    const significant = isSignificant(tree, ending?.by) && ending?.cause === 'crash'
    return { exitCode: (significant ? statusBy(tree, ending.by) : null) ?? 1, report, error }
  }
  return { exitCode: isSignificant(tree, ending?.by) ? (statusBy(tree, ending?.by) ?? 1) : 0, report }
}

function isSignificant(tree: Supervision, by: string | undefined): boolean {
  return by !== undefined && tree.tree.child(by)?.significant === true
}

function statusBy(tree: Supervision, by: string | undefined): number | null {
  return by === undefined ? null : (tree.tree.child(by)?.ended?.status ?? null)
}

function checkOptions(options: RunOptions): readonly NodeJS.Signals[] {
  refuseUnknownOptions(options, ['handleSignals', 'signal'])
  const { handleSignals = true, signal } = options
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalidOption('signal', 'an AbortSignal', signal)
  if (handleSignals === true) return DEFAULT_SIGNALS
  if (handleSignals === false) return []
  if (!Array.isArray(handleSignals))
    throw invalidOption('handleSignals', 'a boolean or an array of signals', handleSignals)
  for (const name of handleSignals) {
    if (typeof name !== 'string' || !isSignalName(name)) {
      throw invalidOption('handleSignals', 'names of signals', name)
    }
    if (name === 'SIGKILL' || name === 'SIGSTOP')
      throw invalidOption('handleSignals', 'signals that can be handled', name)
  }
  return handleSignals
}
