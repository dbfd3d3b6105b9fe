import { readdirSync, readFileSync } from 'node:fs'

/** A process that somebody started and nobody ended. */
export interface Leftover {
  readonly pid: number
  readonly command: string
}

/**
 * Every living process that was started with `marker` (`NAME=value`) in its environment, but for this one and its
 * ancestors. Linux only. A process that was given another environment, or belongs to another user, is not seen.
 *
 * @see proc(5): `environ` shows the environment as it was at the exec, and is empty for a zombie
 */
export function leftoverProcesses(marker: string): readonly Leftover[] {
  const own = ancestry(process.pid)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => !own.has(pid) && read(pid, 'environ').split('\0').includes(marker))
    .map((pid) => ({ pid, command: read(pid, 'cmdline').replaceAll('\0', ' ').trim() }))
}

function ancestry(pid: number): ReadonlySet<number> {
  const pids = new Set<number>()
  // A command name may hold spaces and parentheses; the fields that follow its last one may not.
  for (let at = pid; at > 0; at = Number(read(at, 'stat').replace(/^.*\)/s, '').split(' ')[2] ?? 0)) pids.add(at)
  return pids
}

/** What `/proc` has to say; nothing where the process is gone, or somebody else's. */
function read(pid: number, file: 'cmdline' | 'environ' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
