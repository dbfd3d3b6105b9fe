import { spawnSync } from 'node:child_process'
import { findTool } from '../users/find-tool.ts'

/** Programs that say of themselves that they end as what they have run. `--kill-child`: nor does it outlive them. */
const candidates = [
  ['unshare', '--fork', '--kill-child', '--'],
  ['timeout', '--foreground', '0'],
] as const

/** A hang guard, thousands of times what it takes. SIGTERM, so that it is not taken for an answer. */
const longestMs = 20_000

/**
 * A command that runs what follows it, waits for it and ends by the same code or the same signal; undefined where there is
 * none. No shell does: to it 139 and SIGSEGV are the same. Each is asked with SIGKILL, because the `unshare` of util-linux
 * 2.38 ends by code 1 then, as it tries to set the signal's handler before it raises it (sys-utils/unshare.c).
 *
 * Blocks for one or two short programs.
 */
export function findMirror(path?: string): readonly string[] | undefined {
  for (const [name, ...options] of candidates) {
    const program = findTool(name, path)
    if (program === undefined) continue
    const script = ['/bin/sh', '-c', 'kill -KILL $$']
    const { signal } = spawnSync(program, [...options, ...script], { stdio: 'ignore', timeout: longestMs, cwd: '/' })
    if (signal === 'SIGKILL') return [program, ...options]
  }
  return undefined
}
