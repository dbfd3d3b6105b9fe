import { readFileSync } from 'node:fs'

/** The pid of the parent of `pid`, 0 where it has none in sight; null where there is no such process, or no `/proc`. */
export function parentOf(pid: number): number | null {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // proc(5): the name in parentheses may hold parentheses, so the state and the parent follow the last one.
    const parent = Number(line.slice(line.lastIndexOf(')') + 2).split(' ', 2)[1])
    return Number.isSafeInteger(parent) ? parent : null
  } catch {
    return null
  }
}
