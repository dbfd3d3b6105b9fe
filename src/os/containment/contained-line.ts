import { BroodError } from '../../errors.ts'
import type { SpawnRequest } from '../../ports.ts'
import { commandFault } from '../users/find-command.ts'
import { findTool } from '../users/find-tool.ts'
import type { UserSwitch } from '../users/user-switch.ts'
import { throughShell } from './through-shell.ts'

/** A program to be spawned: it ends as the command of a request, within its enclosure. */
export interface ContainedLine {
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/**
 * The whole chain of programs that become each other, by exec(2) and under one pid: into the enclosure, to the user, to
 * the environment, the command.
 * @throws an error with the `code` that execvp(3) would have for the command; ERR_UNSUPPORTED for an `argv0` without bash
 */
export function containedLine(
  request: SpawnRequest,
  launcher: readonly string[],
  as: UserSwitch,
  env: Readonly<NodeJS.ProcessEnv>,
): ContainedLine {
  const { command, args, shell, cwd, argv0 } = request
  const fault = shell ? undefined : commandFault(command, env['PATH'], cwd)
  if (fault !== undefined) throw Object.assign(new Error('Not a command'), { code: fault })
  const { harmless, setting, absent } = throughShell(env)
  // The shell that Node would have taken for `shell: true`.
  const ending = shell ? ['/bin/sh', '-c', command] : [command, ...args]
  const named = argv0 === undefined ? unmistakable(ending) : withName(argv0, ending, absent)
  const [program = '', ...options] = launcher
  const { launcher: switching = [], lander = [] } = as
  return { command: program, args: [...options, ...switching, ...setting, ...lander, ...named], env: harmless }
}

/** To env(1) everything with a `=` is a variable; nice(1) changes nothing when it is told so. */
function unmistakable(ending: readonly string[]): readonly string[] {
  return ending[0]?.includes('=') === true ? ['/usr/bin/nice', '-n', '0', '--', ...ending] : ending
}

/** No exec of POSIX's tools gives a program another name. `-p`: bash is told nothing by the environment. */
function withName(argv0: string, ending: readonly string[], absent: readonly string[]): readonly string[] {
  const bash = findTool('bash')
  if (bash === undefined) {
    throw new BroodError(
      'ERR_UNSUPPORTED',
      'Expected no `argv0` with this `containment`: there is no bash(1) to set it',
    )
  }
  return [bash, '-p', '-c', `unset ${absent.join(' ')}; exec -a "$0" -- "$@"`, argv0, ...ending]
}
