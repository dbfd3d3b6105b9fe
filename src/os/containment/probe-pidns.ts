import { spawnSync } from 'node:child_process'
import { findTool } from '../users/find-tool.ts'
import { findMirror } from './find-mirror.ts'
import type { PidnsMode, PidnsTools } from './pidns-launcher.ts'

/** How this machine makes a PID namespace, or what it lacks, for people. */
export type PidnsProbe = { readonly tools: PidnsTools; readonly mode: PidnsMode } | { readonly missing: string }

const modes: readonly PidnsMode[] = [
  { userNamespace: false, ownProc: true },
  { userNamespace: true, ownProc: true },
  // Where parts of /proc are hidden, as in most containers, no other /proc may be mounted.
  { userNamespace: false, ownProc: false },
  { userNamespace: true, ownProc: false },
]

/** A code that nobody ends by for another reason. */
const answer = 37

/** A hang guard, a thousand times what it takes. */
const longestMs = 20_000

/** Makes namespaces until one does what is needed. Blocks for as many short programs, mostly two or three. */
export function probePidns(path?: string): PidnsProbe {
  if (process.platform !== 'linux') return { missing: 'only Linux has PID namespaces' }
  const [unshare, setsid, setpriv] = [findTool('unshare', path), findTool('setsid', path), findTool('setpriv', path)]
  if (unshare === undefined || setsid === undefined || setpriv === undefined) {
    return { missing: 'it takes unshare(1), setsid(1) and setpriv(1) of util-linux in the PATH of this process' }
  }
  const mirror = findMirror(path)
  if (mirror === undefined) {
    return { missing: 'neither unshare(1) nor timeout(1) ends by SIGKILL when the program it waits for does' }
  }
  const tools = { unshare, setsid, setpriv, mirror }
  const faults: string[] = []
  for (const mode of modes) {
    const fault = faultOf(tools, mode)
    if (fault === undefined) return { tools, mode }
    faults.push(fault)
  }
  // The last is the one that asked for least.
  return { missing: `this machine makes no PID namespace for it: ${faults.at(-1)}` }
}

/**
 * The steps of the launcher. The program's own number has to be that of the namespace in a `/proc` of its own, and not the
 * host's.
 */
function faultOf(
  { unshare, setsid, setpriv, mirror }: PidnsTools,
  { userNamespace, ownProc }: PidnsMode,
): string | undefined {
  const entry = userNamespace ? ['--user', '--map-current-user', '--keep-caps'] : []
  const mounting = ownProc ? [unshare, '--mount-proc', '--propagation', 'slave', '--'] : []
  const dropping = [setpriv, '--inh-caps=-all', '--ambient-caps=-all', '--']
  const inner = `${ownProc ? 'read -r pid _ < /proc/self/stat; [ "$pid" = "$$" ] && ' : ''}exit ${answer}`
  const script = `
    sleep 60 < /dev/null > /dev/null 2>&1 &
    "$@"
    status=$?
    kill -KILL "$!"
    exit "$status"`
  const program = [...mirror, setsid, ...mounting, ...dropping, '/bin/sh', '-c', inner]
  const args = [...entry, '--pid', '--', '/bin/sh', '-c', script, 'brood-probe', ...program]
  const options = {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    timeout: longestMs,
    killSignal: 'SIGKILL',
  } as const
  const { status, stderr, error } = spawnSync(unshare, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
  if (error === undefined && status === answer) return undefined
  const [said = ''] = String(stderr ?? '')
    .trim()
    .split('\n')
  return error?.message ?? (said === '' ? `status ${status}` : said)
}
