import type { ChildProcess } from 'node:child_process'
import { execa } from 'execa'
import type { Options } from 'execa'
import { BroodError } from '../errors.ts'
import type { SpawnRequest } from '../ports.ts'
import { containedLine } from './containment/contained-line.ts'
import type { Containing } from './containment/containing.ts'
import { cookieName } from './cookie.ts'
import type { OpenedStdio } from './stdio.ts'
import { commandFault } from './users/find-command.ts'
import { holdBack } from './users/loader-variables.ts'
import { userEnvironment } from './users/user-environment.ts'
import type { SwitchUser, UserSwitch } from './users/user-switch.ts'
import { switchUser } from './users/user-switch.ts'

/** A process that runs, or what Node or execa had against it. */
export type Spawned =
  | {
      readonly ok: true
      readonly pid: number
      readonly child: ChildProcess
      /** What of its user cannot be had or promised here, for people. */
      readonly shortfalls: readonly string[]
    }
  | { readonly ok: false; readonly failure: Promise<unknown> }

/**
 * Starts the process of `request`, in a session and group of its own where the platform has them, with the cookie in
 * its environment. Blocks for the fork, as every spawn of Node does.
 * @throws whatever execa or Node throw instead of telling it later: use both channels; and what `become` throws
 */
export function spawnProcess(
  request: SpawnRequest,
  stdio: OpenedStdio,
  cookie: string,
  hasGroups: boolean,
  become: SwitchUser = switchUser,
  containing?: Containing,
): Spawned {
  const as = switchFor(request, become, containing)
  const isOther = request.user !== undefined && request.envMode === 'merge'
  const whole = { ...(isOther && userEnvironment(process.env, as.variables)), ...request.env, [cookieName]: cookie }
  const isMerged = request.envMode === 'merge' && !isOther
  const { command, args, shell, env } =
    containing === undefined
      ? commandLine(request, as, whole)
      : {
          ...containedLine(request, containing.launcher, as, isMerged ? { ...process.env, ...whole } : whole),
          shell: false,
        }
  const options: Options = {
    // Everything about lines, deadlines, signals and the end of the host is decided elsewhere.
    buffer: false,
    reject: false,
    cleanup: false,
    forceKillAfterDelay: false,
    stdio: [stdio.stdin, stdio.stdout, stdio.stderr, ...(containing === undefined ? [] : ['pipe' as const])],
    env,
    extendEnv: isMerged && containing === undefined,
    // setsid(2): pid, group and session are one number. On Windows it would only open a console window.
    detached: hasGroups,
    shell,
    ...as.ids,
    ...(request.cwd !== undefined && { cwd: request.cwd }),
    ...(request.argv0 !== undefined && containing === undefined && { argv0: request.argv0 }),
  }
  const subprocess = execa(command, args, options)
  // The promise waits for pipes that a grandchild may hold; nobody else waits for it, and nothing may be unhandled.
  const settled: Promise<unknown> = subprocess.then(
    (result) => result,
    (error: unknown) => error,
  )
  const child = subprocess.nodeChildProcess
  // For good: a kill that fails is told as `'error'` at any time, and without a listener that would end the host.
  child.on('error', () => {})
  if (child.pid !== undefined && child.pid > 1) return { ok: true, pid: child.pid, child, shortfalls: as.shortfalls }

  // Some failures come as `'error'`, some only by the promise (execa then hands out a dummy process).
  const failure = new Promise((resolve) => {
    child.once('error', resolve)
    void settled.then((result) => resolve(result instanceof Error ? (result.cause ?? result) : result))
  })
  return { ok: false, failure }
}

const unswitched: UserSwitch = { variables: {}, shortfalls: [] }

function switchFor({ user, argv0 }: SpawnRequest, become: SwitchUser, containing: Containing | undefined): UserSwitch {
  if (user === undefined) return unswitched
  if (containing === undefined) return become(user, argv0 !== undefined)
  // There the name is given behind the switch.
  const as = become(user, false, containing.switchedBy === 'launcher')
  const isOther = as.ids !== undefined || as.launcher !== undefined
  if (isOther && containing.switchedBy === 'nobody') {
    throw new BroodError(
      'ERR_UNSUPPORTED',
      'Expected no `user` with this `containment`: its user namespace has no other',
    )
  }
  return as
}

interface CommandLine extends Pick<SpawnRequest, 'command' | 'args' | 'shell'> {
  readonly env: NodeJS.ProcessEnv
}

/** What is run: the command, or the launcher that becomes it under the same pid, by exec(2). */
function commandLine(request: SpawnRequest, as: UserSwitch, whole: NodeJS.ProcessEnv): CommandLine {
  const { command, args, shell, cwd } = request
  const { launcher, lander = [] } = as
  if (launcher === undefined) return { command, args, shell, env: whole }

  const fault = shell ? undefined : commandFault(command, whole['PATH'], cwd)
  if (fault !== undefined) throw Object.assign(new Error('Not a command'), { code: fault })
  const [program = '', ...options] = launcher
  // A library of the user's own is loaded with the user's privileges, not by the launcher with the host's.
  const { harmless, held } = holdBack(whole)
  const setting = held.length === 0 ? [] : ['/usr/bin/env', ...held]
  // The shell that Node would have taken for `shell: true`.
  const ending = shell ? ['/bin/sh', '-c', command] : [command, ...args]
  return { command: program, args: [...options, ...setting, ...lander, ...ending], shell: false, env: harmless }
}
