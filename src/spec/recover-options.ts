import { BroodError } from '../errors.ts'
import type { Journal } from '../ports.ts'
import { show } from './show.ts'
import type { SupervisorOptions } from './supervisor-options.ts'

/** How a supervisor is recovered: what it is made with, its children given again, and the journal it left. */
export interface RecoverOptions extends SupervisorOptions {
  /** What an earlier program has recorded. One that is empty is begun. */
  readonly journal: Journal
  /**
   * What becomes of processes that are found alive. `'stop'`: each is stopped with its whole ladder. `'adopt'`: those
   * whose `lifetime` is `'survivor'`, and that are given again, run on under this supervisor, which can stop and restart
   * them; how such a life ends nobody can know, so its exit has neither code nor signal. Default `'stop'`.
   */
  readonly orphans?: 'stop' | 'adopt' | undefined
}

/** Takes out what is a recovery's own. @throws {BroodError} ERR_INVALID_SPEC */
export function recoverOptions(options: RecoverOptions): SupervisorOptions & { readonly orphans: 'stop' | 'adopt' } {
  const { orphans = 'stop', ...rest } = options ?? {}
  if (rest.journal === undefined) throw refuse('journal', 'a journal', undefined)
  if (orphans !== 'stop' && orphans !== 'adopt') throw refuse('orphans', "'stop' or 'adopt'", orphans)
  return { ...rest, orphans }
}

function refuse(path: string, expected: string, value: unknown): BroodError {
  const got = show(value)
  const message = `Expected \`${path}\` to be ${expected}, got ${got}`
  return new BroodError('ERR_INVALID_SPEC', message, { issues: [{ path, expected, got }] })
}
