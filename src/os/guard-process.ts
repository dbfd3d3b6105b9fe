import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { guardScript } from './guard-script.ts'

export interface GuardProcessOptions {
  /** Path of a POSIX shell. */
  readonly shell: string
  readonly hostId: string
  /** Called once, never from within `startGuardProcess`, when the process is gone or could not be started. */
  readonly ended: (reason: string) => void
}

/** One running guard, as its host sees it: a pipe. */
export interface GuardProcess {
  /** Hands over whole lines. What the guard no longer reads is lost silently: its end is told through `ended`. */
  feed(lines: string): void
  /** Ends it without harm to anybody. */
  quit(): void
}

const fallbackPath = '/usr/local/bin:/usr/bin:/bin'

/**
 * Starts a guard in a session of its own, where no ^C reaches it, with nothing of the host but the pipe on its stdin.
 * Neither keeps the event loop alive. Never throws: a failed start is an end like any other.
 */
export function startGuardProcess({ shell, hostId, ended }: GuardProcessOptions): GuardProcess {
  let child: ChildProcess
  try {
    child = spawn(shell, ['-c', guardScript, 'brood-guard', hostId], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      // Its own directory would keep the host's file system from being unmounted.
      cwd: '/',
      env: guardEnvironment(process.env['PATH']),
    })
  } catch (error) {
    setImmediate(() => ended(describe(error)))
    return { feed() {}, quit() {} }
  }

  // 'error' without 'exit' where the spawn failed; either may come first and both may come.
  let over = false
  const end = (reason: string): void => {
    if (over) return
    over = true
    child.stdin?.destroy()
    ended(reason)
  }
  child.on('error', (error) => end(describe(error)))
  child.on('exit', (code, signal) => end(signal ?? `code ${code}`))
  child.unref()

  // Absent after EMFILE and ENFILE (ChildProcess.prototype.spawn in Node's lib/internal/child_process.js).
  const stdin = child.stdin
  // EPIPE, when the guard died before we heard of it. Unheard it would be an uncaught exception of the host.
  stdin?.on('error', () => {})
  if (stdin instanceof Socket) stdin.unref()

  return {
    feed(lines) {
      // libuv tries the write at once, so unless the pipe is full the lines survive a kill -9 of the host from here on.
      if (lines !== '') stdin?.write(lines)
    },
    quit() {
      stdin?.end('q\n')
    },
  }
}

/**
 * Hardly anything: a cookie (the host may be some other host's child) would have the guard swept away with the host.
 * Bytes, not letters, because that is what environments are made of.
 */
function guardEnvironment(path: string | undefined): NodeJS.ProcessEnv {
  return { PATH: path ? `${path}:${fallbackPath}` : fallbackPath, LC_ALL: 'C' }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
