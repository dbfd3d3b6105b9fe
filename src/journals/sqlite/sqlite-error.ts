import { BroodError, isBroodError, type ErrorCode } from '../../errors.ts'

/** The primary result code of what SQLite threw; undefined for anything else. @see https://sqlite.org/rescode.html */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  // The upper bytes of an extended code tell more of the same.
  return error.errcode & 0xff
}

const BUSY = 5
const LOCKED = 6

/** Somebody else holds the file for a moment: nothing is wrong with it. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === BUSY || code === LOCKED
}

const CANTOPEN = 14

/** A file could not be opened, or made. */
export const cannotOpen = (error: unknown): boolean => sqliteCode(error) === CANTOPEN

/** SQL logic error: the schema is not the one this was written for. Malformed; not a database. */
const damaged: ReadonlySet<number> = new Set([1, 11, 26])

/** What went wrong with the journal at `path` while it was opened or read, as brood says it. */
export function journalError(path: string, error: unknown): BroodError {
  if (isBroodError(error)) return error
  const reason = error instanceof Error ? error.message : String(error)
  const say = (code: ErrorCode, what: string): BroodError =>
    new BroodError(code, `The journal "${path}" ${what}: ${reason}`, { cause: error })
  if (isBusy(error)) return say('ERR_JOURNAL_LOCKED', 'is in use by another process')
  if (damaged.has(sqliteCode(error) ?? 0)) return say('ERR_JOURNAL_CORRUPT', 'is damaged')
  return new BroodError(
    'ERR_INVALID_SPEC',
    `Expected \`path\` to be a journal that can be used, got "${path}": ${reason}`,
    {
      cause: error,
      issues: [{ path: 'path', expected: 'a journal that can be used', got: path }],
    },
  )
}
