import type * as Sqlite from 'node:sqlite'
import { BroodError } from '../../errors.ts'

/**
 * Node's own SQLite, loaded when a journal first needs it.
 *
 * Node 22 announces it as experimental with a warning of the process; whoever embeds brood has not asked for that one,
 * so it alone is kept back while this loads. All of this is synchronous: no other warning can fall into it.
 *
 * @throws {BroodError} ERR_UNSUPPORTED where this Node has none
 */
export function loadSqlite(): typeof Sqlite {
  // oxlint-disable-next-line typescript/unbound-method -- put back as it was, and called with its `this`
  const warn = process.emitWarning
  process.emitWarning = function emitWarning(warning: string | Error, ...rest: readonly unknown[]): void {
    if (String(warning).includes('SQLite is an experimental feature')) return
    Reflect.apply(warn, process, [warning, ...rest])
  }
  try {
    const sqlite = process.getBuiltinModule('node:sqlite')
    if (sqlite !== undefined) return sqlite
  } finally {
    process.emitWarning = warn
  }
  throw new BroodError('ERR_UNSUPPORTED', `Node ${process.version} has no node:sqlite: a durable journal needs it`)
}
