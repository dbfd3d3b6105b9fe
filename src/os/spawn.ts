import type { ChildProcess } from 'node:child_process'
import { execa } from 'execa'
import type { Options } from 'execa'
import type { SpawnRequest } from '../ports.ts'
import { cookieName } from './cookie.ts'
import type { OpenedStdio } from './stdio.ts'

/** A process that runs, or what Node or execa had against it. */
export type Spawned =
  | { readonly ok: true; readonly pid: number; readonly child: ChildProcess }
  | { readonly ok: false; readonly failure: Promise<unknown> }

/**
 * Starts the process of `request`, in a session and group of its own where the platform has them, with the cookie in
 * its environment. Blocks for the fork, as every spawn of Node does.
 * @throws whatever execa or Node throw instead of telling it later: use both channels
 */
export function spawnProcess(request: SpawnRequest, stdio: OpenedStdio, cookie: string, hasGroups: boolean): Spawned {
  const options: Options = {
    // Everything about lines, deadlines, signals and the end of the host is decided elsewhere.
    buffer: false,
    reject: false,
    cleanup: false,
    forceKillAfterDelay: false,
    stdin: stdio.stdin,
    stdout: stdio.stdout,
    stderr: stdio.stderr,
    env: { ...request.env, [cookieName]: cookie },
    extendEnv: request.envMode === 'merge',
    // setsid(2): pid, group and session are one number. On Windows it would only open a console window.
    detached: hasGroups,
    shell: request.shell,
    ...(request.cwd !== undefined && { cwd: request.cwd }),
    ...(request.argv0 !== undefined && { argv0: request.argv0 }),
  }
  const subprocess = execa(request.command, [...request.args], options)
  // The promise waits for pipes that a grandchild may hold; nobody else waits for it, and nothing may be unhandled.
  const settled: Promise<unknown> = subprocess.then(
    (result) => result,
    (error: unknown) => error,
  )
  const child = subprocess.nodeChildProcess
  // For good: a kill that fails is told as `'error'` at any time, and without a listener that would end the host.
  child.on('error', () => {})
  if (child.pid !== undefined && child.pid > 1) return { ok: true, pid: child.pid, child }

  // Some failures come as `'error'`, some only by the promise (execa then hands out a dummy process).
  const failure = new Promise((resolve) => {
    child.once('error', resolve)
    void settled.then((result) => resolve(result instanceof Error ? (result.cause ?? result) : result))
  })
  return { ok: false, failure }
}
