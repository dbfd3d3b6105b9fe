import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  rmSync,
  statSync,
  type Stats,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { BroodError } from '../../errors.ts'

/** Which file a path led to, so that a removed or replaced one is noticed. */
export interface FileId {
  readonly dev: number
  readonly ino: number
}

/**
 * Makes a journal's file if there is none, and gives its real path. The file is 0600, its directory 0700 where it is
 * made here, whatever the umask; what somebody else could have put there, or could replace, is refused.
 *
 * Nothing here opens a file that exists: to close any descriptor of a database loses all locks that this very process
 * holds on it (POSIX; sqlite.org/howtocorrupt.html, 2.2).
 *
 * @throws {BroodError} ERR_INVALID_SPEC
 */
export function prepareFile(path: string): string {
  const real = join(prepareDirectory(dirname(path)), basename(path))
  if (look(real) === undefined) create(real)
  for (const suffix of ['', '-wal', '-shm']) checkFile(`${real}${suffix}`)
  refuseEmptied(real)
  return real
}

/** Checks a journal that must be there, to be read only, and gives its real path. @throws {BroodError} ERR_INVALID_SPEC */
export function findFile(path: string): string {
  const stats = look(path)
  if (stats === undefined) throw refusal(path, 'a journal that exists', 'nothing')
  if (!stats.isFile()) throw refusal(path, 'a file', kindOf(stats))
  const real = join(realpathSync(dirname(path)), basename(path))
  refuseEmptied(real)
  return real
}

/** SQLite takes an empty file for a new database, and throws away the log of the one that it was. */
function refuseEmptied(path: string): void {
  if (look(path)?.size !== 0 || (look(`${path}-wal`)?.size ?? 0) === 0) return
  throw new BroodError('ERR_JOURNAL_CORRUPT', `The journal "${path}" is damaged: its file is empty, and its log is not`)
}

/** What SQLite has left beside a database that is gone, or of which nothing has come, would be taken for its successor's. */
export function removeRests(path: string): void {
  if ((look(path)?.size ?? 0) > 0) return
  for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
}

/** The file that `path` leads to now; undefined where there is none. */
export function fileId(path: string): FileId | undefined {
  const stats = look(path)
  return stats === undefined ? undefined : { dev: stats.dev, ino: stats.ino }
}

function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

function prepareDirectory(path: string): string {
  const made = mkdirSync(path, { recursive: true, mode: 0o700 })
  // The umask may have taken from the mode, and of several new directories only the last is the journal's.
  if (made !== undefined) chmodSync(path, 0o700)
  const real = realpathSync(path)
  const { mode, uid } = statSync(real)
  if (isForeign(uid) && uid !== 0) throw refusal(real, 'in a directory of this user', `one of uid ${uid}`)
  if (process.platform !== 'win32' && (mode & 0o022) !== 0) {
    throw refusal(real, 'in a directory that only its owner can write to', `mode ${(mode & 0o7777).toString(8)}`)
  }
  return real
}

function create(path: string): void {
  const { O_CREAT, O_EXCL, O_RDWR, O_NOFOLLOW } = constants
  const fd = openSync(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, 0o600)
  try {
    fchmodSync(fd, 0o600)
  } finally {
    closeSync(fd)
  }
}

/** SQLite gives its two companions the mode of the database. */
function checkFile(path: string): void {
  const stats = look(path)
  if (stats === undefined) return
  if (!stats.isFile()) throw refusal(path, 'a file', kindOf(stats))
  if (isForeign(stats.uid)) throw refusal(path, 'a file of this user', `one of uid ${stats.uid}`)
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) chmodSync(path, 0o600)
}

function isForeign(uid: number): boolean {
  return process.geteuid !== undefined && uid !== process.geteuid()
}

function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link'
  return stats.isDirectory() ? 'a directory' : 'something else'
}

function refusal(path: string, expected: string, got: string): BroodError {
  return new BroodError('ERR_INVALID_SPEC', `Expected the journal "${path}" to be ${expected}, got ${got}`, {
    issues: [{ path: 'path', expected, got }],
  })
}
