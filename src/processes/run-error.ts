import { BroodError, type ErrorCode } from '../errors.ts'
import type { Exit } from '../events/exit.ts'
import type { ProcessIdentity } from '../events/identity.ts'
import type { LifeObservation } from '../ports.ts'
import type { ProcessSpec } from '../spec/child-spec.ts'
import { redactor } from '../spec/redact.ts'

/** What a run of one process can fail with, each with the last it said on stderr. Its texts are shown without its secrets. */
export interface RunErrors {
  notStarted(failure: Extract<LifeObservation, { readonly kind: 'spawnFailed' }>): BroodError
  /** `cause`: the reason that the signal was aborted with, or what the stop came to. */
  aborted(cause: unknown, exit?: Exit): BroodError
  /** Its `cause`, unless one is given, is what `AbortSignal.timeout` aborts with. */
  late(timeoutMs: number, cause: unknown, exit?: Exit): BroodError
  overflowed(source: 'stdout' | 'stderr', limit: number, cause: unknown, exit?: Exit): BroodError
  survived(survivors: readonly ProcessIdentity[], cause: unknown, exit?: Exit): BroodError
  /** It runs, and nobody can say as whom. */
  unnamed(pid: number): BroodError
}

export function runErrors(spec: ProcessSpec, stderrTail: () => string | undefined = () => undefined): RunErrors {
  const redact = redactor(spec.secrets)
  const name = `\`${redact(spec.command)}\``
  const error = (code: ErrorCode, message: string, cause?: unknown, exit?: Exit): BroodError =>
    new BroodError(code, message, { child: spec.id, cause, exit, stderrTail: stderrTail() })
  return {
    notStarted({ code, message, errno }) {
      const told = redact(message)
      return error(code, told, errno === undefined ? undefined : Object.assign(new Error(told), { code: errno }))
    },
    aborted: (cause, exit) => error('ERR_ABORTED', `The run of ${name} was aborted`, cause, exit),
    late(timeoutMs, cause, exit) {
      const message = `${name} did not end within ${timeoutMs} ms`
      return error('ERR_RUN_TIMEOUT', message, cause ?? new DOMException(message, 'TimeoutError'), exit)
    },
    overflowed(source, limit, cause, exit) {
      const message = `${name} wrote more to ${source} than the ${limit} bytes that can be returned: give it a file`
      return error('ERR_UNSUPPORTED', message, cause, exit)
    },
    survived(survivors, cause, exit) {
      const who =
        survivors.length === 0 ? name : `what ${name} started (pid ${survivors.map(({ pid }) => pid).join(', ')})`
      return error('ERR_STOP_TIMEOUT', `No proof that ${who} is gone, though it was killed`, cause, exit)
    },
    unnamed: (pid) => error('ERR_UNSUPPORTED', `${name} was started, but process ${pid} has no identity`),
  }
}
