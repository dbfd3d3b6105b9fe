import { BroodError } from '../errors.ts'
import type { Input } from '../machines/input.ts'
import { ROOT } from '../machines/tree.ts'
import { aborted } from './child-error.ts'
import type { Supervision } from './supervision.ts'

/**
 * Starts a supervisor, or joins its start, and waits for it to be complete or for the end that came instead: for a
 * nested one also its removal.
 */
export async function startSupervisor(
  supervision: Supervision,
  stream: string,
  id: string,
  signal: AbortSignal | undefined,
  failure: () => BroodError | undefined,
): Promise<void> {
  const { tree, dispatch } = supervision
  if (signal?.aborted === true) throw aborted(id, 'The start', signal.reason)
  refuseUnlessStartable(supervision, stream, id)
  const isStarting = (): boolean => {
    const state = tree.supervisor(stream)
    return state?.ran === false && state.phase !== 'stopped'
  }
  const abort = (): void => {
    if (isStarting()) dispatch.apply(abortion(stream))
  }
  const started = async (): Promise<void> => {
    signal?.addEventListener('abort', abort, { once: true })
    await whenOver(supervision, isStarting)
    signal?.removeEventListener('abort', abort)
    if (tree.supervisor(stream)?.ran !== true) throw failure() ?? aborted(id, 'The start', signal?.reason)
  }
  await dispatch.turn(() => {
    if (tree.supervisor(stream)?.phase === 'initial') dispatch.apply({ of: 'start', host: supervision.hostRecord() })
    return started()
  })
}

/** Waits until a turn after which it is no longer so. */
export function whenOver({ waiters, dispatch }: Supervision, isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    waiters.watch(() => {
      if (isSo()) return false
      resolve()
      return true
    })
    // In case it is not so already; harmless where a turn is under way.
    dispatch.resume()
  })
}

function refuseUnlessStartable({ tree }: Supervision, stream: string, id: string): void {
  const phase = tree.supervisor(stream)?.phase
  if (phase === undefined) throw new BroodError('ERR_INVALID_STATE', `The supervisor "${id}" was removed`)
  if (phase === 'stopping' || phase === 'stopped') {
    throw new BroodError('ERR_SUPERVISOR_STOPPED', `Cannot start "${id}": it is ${phase}`)
  }
  if (phase === 'initial' && stream !== ROOT) {
    throw new BroodError('ERR_SUPERVISOR_NOT_RUNNING', `Cannot start "${id}" by itself: start the child that it is`)
  }
}

/** A nested supervisor is stopped as the child it is, so that its parent knows it was asked for. */
function abortion(stream: string): Input {
  if (stream !== ROOT) return { of: 'child', stream, input: { kind: 'stop', now: false, cause: 'abort' } }
  return { of: 'stop', stream, now: false, cause: 'abort', outcome: 'aborted' }
}
