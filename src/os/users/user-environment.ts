/** What tells a program whose it is: the host's would send it to the host's files. */
const personal: ReadonlySet<string> = new Set(['HOME', 'USER', 'LOGNAME', 'SHELL'])

/** The environment of a process of another user: the host's without what is the host's own, and the user's in its place. */
export function userEnvironment(
  host: Readonly<NodeJS.ProcessEnv>,
  variables: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(Object.entries(host).filter(([name]) => !personal.has(name))), ...variables }
}
