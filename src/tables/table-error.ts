import { BroodError, type ErrorCode } from '../errors.ts'

const why: Partial<Record<ErrorCode, string>> = {
  ERR_SUPERVISOR_NOT_RUNNING: 'its table is not being run',
  ERR_CHILD_EXISTS: 'it lives already',
  ERR_CHILD_STOPPING: 'it is being stopped',
  ERR_CHILD_NOT_FOUND: 'there is no such child',
  ERR_CHILD_NOT_RUNNING: 'it does not run',
  ERR_ABORTED: 'it was stopped meanwhile',
}

/** Why a verb of a table was not done. */
export function tableError(code: ErrorCode, verb: string, key: string): BroodError {
  return new BroodError(code, `Cannot ${verb} "${key}": ${why[code] ?? code}`, { child: key })
}
