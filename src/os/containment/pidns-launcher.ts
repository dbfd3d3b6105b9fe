/** The programs that make a namespace. */
export interface PidnsTools {
  readonly unshare: string
  readonly setsid: string
  readonly setpriv: string
  /** A command that runs what follows it, waits for it and ends as it did. */
  readonly mirror: readonly string[]
}

/** What of a namespace a machine grants. */
export interface PidnsMode {
  /** Within a user namespace, where the host may make no other: the host's user, and nobody else, has an id in it. */
  readonly userNamespace: boolean
  /** With a `/proc` of its own, in a mount namespace of its own. */
  readonly ownProc: boolean
}

/**
 * Node's own child becomes a mirror: it waits for the program and ends as it did, by the same code or by the same signal.
 * Before, as a shell, it starts the namespace's init: the first that is forked is the one. Numbers are told on descriptor
 * 3 as lines of `/proc/…/stat`, in the host's numbers since `/proc` is still the host's, and before there is a program, so
 * that they are known whatever it does. The program is the leader of a session and a group.
 *
 * - The program is not the init: to an init no signal is deadly that it does not handle (pid_namespaces(7)).
 * - The init takes no part: the kernel reaps what is orphaned within, as SIGCHLD is ignored (wait(2)). It lives until it
 *   is killed, and everything within with it; or, when the host is gone (the end of its input), until it is alone.
 * - What the mirror itself would say is no output of the program: 4 is the program's stderr up to its start.
 */
const outside = String.raw`
(
  trap '' CHLD
  exec 0<&3 3<&- > /dev/null 2>&1
  PATH=$PATH:/usr/bin:/bin
  while read -r _; do :; done
  while kill -0 -1; do sleep 1; done
) &
read -r line < "/proc/$!/stat" || exit
echo "init $line" >&3
exec 4>&2 2> /dev/null
exec "$@"`

const within = String.raw`
read -r line < /proc/self/stat
echo "main $line" >&3
exec 3>&- 2>&4 4>&- "$@"`

// No capability outlives the exec that they are needed for.
const dropping = ['--inh-caps=-all', '--ambient-caps=-all', '--']

/** The command that becomes the launcher of a life in a PID namespace of its own; the program's command follows it. */
export function pidnsLauncher(tools: PidnsTools, { userNamespace, ownProc }: PidnsMode): readonly string[] {
  const { unshare, setsid, setpriv, mirror } = tools
  const user = userNamespace ? ['--user', '--map-current-user', '--keep-caps'] : []
  // `slave`: what is mounted and unmounted outside is so within.
  const mounting = ownProc ? [unshare, '--mount-proc', '--propagation', 'slave', '--'] : []
  const leaving = userNamespace ? [setpriv, ...dropping] : []
  return [
    unshare,
    ...user,
    '--pid',
    '--',
    ...stage(outside),
    ...mirror,
    setsid,
    ...stage(within),
    ...mounting,
    ...leaving,
  ]
}

const stage = (script: string): readonly string[] => ['/bin/sh', '-c', script, 'brood-pidns']
