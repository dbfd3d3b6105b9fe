import { accessSync, constants, statSync } from 'node:fs'
import { isBroodError } from '../errors.ts'
import type { LifeObservation, ProcessUser, SpawnRequest } from '../ports.ts'

type SpawnFailed = Extract<LifeObservation, { kind: 'spawnFailed' }>

/**
 * What is wrong, for people. Node's own messages are not repeated: they blame the command for a missing directory and
 * quote arguments, which may be secrets.
 *
 * @see execve(2), fork(2)
 */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such command (or the interpreter in its first line is missing)',
  EACCES: 'it is not an executable file, or permission is denied',
  EPERM: 'permission is denied',
  ENOTDIR: 'a part of its path is not a directory',
  ELOOP: 'its path has too many symbolic links',
  ENAMETOOLONG: 'its path is too long',
  E2BIG: 'its arguments and environment are too large',
  EMFILE: 'this process has too many open files',
  ENFILE: 'the system has too many open files',
  EAGAIN: 'the limit on processes is reached',
  ENOMEM: 'there is not enough memory',
  ETXTBSY: 'it is being written to',
  ERR_INVALID_ARG_VALUE: 'the command, an argument, a variable or a path has a NUL byte, or is empty',
}

/** The one report for everything that can go wrong with a start, whichever way Node tells it (thrown, or as `'error'`). */
export function spawnFailure(request: SpawnRequest, error: unknown): SpawnFailed {
  // What has a code of ours already says all there is to say, but for whose start it was.
  if (isBroodError(error)) {
    return {
      kind: 'spawnFailed',
      code: error.code,
      message: `Could not start \`${request.command}\`: ${error.message}.`,
    }
  }
  const { errno, syscall } = readError(error)
  // Found out only now, because only now it matters: a directory that may not be entered reads like a bad command.
  if (syscall === 'uv_cwd') return cwdFailure('the working directory of this process', 'ENOENT')
  if (errno === 'EACCES' && request.cwd !== undefined && !isEnterable(request.cwd)) {
    return cwdFailure(`\`${request.cwd}\``, errno)
  }
  const reason = errno === undefined ? 'the system refused it' : (userReason(request, errno) ?? reasons[errno] ?? errno)
  return failed(`Could not start \`${request.command}\`: ${reason}.`, errno)
}

/** Whose it should have been is the likeliest reason for what only a change of the user is refused with. */
function userReason({ user }: SpawnRequest, errno: string): string | undefined {
  if (user === undefined) return undefined
  const whose = nameOf(user)
  if (errno === 'EPERM') {
    return `this process may not run (and end) processes of ${whose}: that takes root, or CAP_SETUID, CAP_SETGID and CAP_KILL`
  }
  return errno === 'EINVAL' ? `${whose} has no id in this user namespace` : undefined
}

function nameOf(user: ProcessUser): string {
  if (typeof user === 'string') return `the user \`${user}\``
  return user.gid === undefined ? `uid ${user.uid}` : `uid ${user.uid} with gid ${user.gid}`
}

/** What is wrong with the files that standard streams were to be connected to. */
export function stdioFailure(request: SpawnRequest, error: unknown): SpawnFailed {
  const { errno, path } = readError(error)
  const file = path === undefined ? 'a file' : `\`${path}\``
  return failed(`Could not start \`${request.command}\`: could not open ${file} for it (${errno ?? 'unknown'}).`, errno)
}

/**
 * Looks at the working directory before a spawn, where one is given; null where it is one. To execve(2) a missing
 * directory is the same ENOENT as a missing command.
 */
export function findCwdFailure(cwd: string | undefined): SpawnFailed | null {
  if (cwd === undefined) return null
  try {
    return statSync(cwd).isDirectory() ? null : cwdFailure(`\`${cwd}\``, 'ENOTDIR')
  } catch (error) {
    return cwdFailure(`\`${cwd}\``, readError(error).errno ?? 'ENOENT')
  }
}

/** A tether was asked for where there is none. */
export function tetherFailure(request: SpawnRequest, why: string): SpawnFailed {
  const message = `Could not start \`${request.command}\`: \`lifetime: 'tethered'\` ${why}. Use \`attached\`.`
  return { kind: 'spawnFailed', code: 'ERR_UNSUPPORTED', message }
}

/** On Windows a process ends with its parent: libuv keeps all that are not detached in one job object (process.c). */
export function survivorFailure(request: SpawnRequest): SpawnFailed {
  const message = `Could not start \`${request.command}\`: \`lifetime: 'survivor'\` needs a platform with process groups.`
  return { kind: 'spawnFailed', code: 'ERR_UNSUPPORTED', message }
}

/** A containment was asked for that this machine does not have. */
export function containmentFailure(request: SpawnRequest, missing: string): SpawnFailed {
  const message = `Could not start \`${request.command}\`: no \`containment: '${request.containment}'\` here, since ${missing}.`
  return { kind: 'spawnFailed', code: 'ERR_UNSUPPORTED', message }
}

/** What should have put the command within its enclosure ended before it had. */
export function enclosureFailure(
  request: SpawnRequest,
  exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined,
): SpawnFailed {
  const how = exit?.signal ?? `code ${exit?.code}`
  return failed(
    `Could not start \`${request.command}\`: its ${request.containment} could not be made (${how}).`,
    undefined,
  )
}

/** Nobody is there any more to look after a process. */
export function closedFailure(request: SpawnRequest): SpawnFailed {
  const message = `Could not start \`${request.command}\`: its supervisor has stopped.`
  return { kind: 'spawnFailed', code: 'ERR_SUPERVISOR_STOPPED', message }
}

function cwdFailure(what: string, errno: string): SpawnFailed {
  const reason =
    errno === 'ENOTDIR' ? 'is not a directory' : errno === 'EACCES' ? 'may not be entered' : 'does not exist'
  return { kind: 'spawnFailed', code: 'ERR_CWD_NOT_FOUND', message: `Expected \`cwd\`: ${what} ${reason}.`, errno }
}

function failed(message: string, errno: string | undefined): SpawnFailed {
  return { kind: 'spawnFailed', code: 'ERR_SPAWN_FAILED', message, ...(errno !== undefined && { errno }) }
}

function isEnterable(directory: string): boolean {
  try {
    accessSync(directory, constants.X_OK)
    return true
  } catch {
    return false
  }
}

interface SystemErrorFields {
  readonly errno: string | undefined
  readonly syscall: string | undefined
  readonly path: string | undefined
}

function readError(error: unknown): SystemErrorFields {
  const field = (name: string): string | undefined => {
    const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined
    return typeof value === 'string' ? value : undefined
  }
  // execa refuses NUL bytes in arguments by itself, with a TypeError that has no code (methods/parameters.js).
  const errno = field('code') ?? (error instanceof TypeError ? 'ERR_INVALID_ARG_VALUE' : undefined)
  return { errno, syscall: field('syscall'), path: field('path') }
}
