import { holdBack } from '../users/loader-variables.ts'

/** What a shell changes on its way: it has values of its own for some, and may add the others. Measured with dash and bash. */
const changed: ReadonlySet<string> = new Set(['IFS', 'LINENO', 'OLDPWD', 'OPTIND', 'PPID', 'PWD', 'SHLVL', '_'])
const added: readonly string[] = ['OLDPWD', 'PWD', 'SHLVL', '_']

/** What a shell takes for a variable; dash drops everything else from the environment. */
const shellName = /^[A-Za-z_]\w*$/

/**
 * Gets an environment through a shell that stands before the command, and past a launcher with the host's privileges:
 * `harmless` goes all the way, the rest is put in place by `setting`, a command to stand behind the shell.
 */
export function throughShell(env: Readonly<NodeJS.ProcessEnv>): {
  readonly harmless: NodeJS.ProcessEnv
  readonly setting: readonly string[]
  /** What must not be there although a shell may add it. */
  readonly absent: readonly string[]
} {
  const { harmless, held } = holdBack(env)
  const kept: NodeJS.ProcessEnv = {}
  const later = [...held]
  for (const [name, value] of Object.entries(harmless)) {
    if (shellName.test(name) && !changed.has(name)) kept[name] = value
    else if (value !== undefined) later.push(`${name}=${value}`)
  }
  const absent = added.filter((name) => env[name] === undefined)
  return { harmless: kept, setting: ['/usr/bin/env', ...absent.flatMap((name) => ['-u', name]), ...later], absent }
}
