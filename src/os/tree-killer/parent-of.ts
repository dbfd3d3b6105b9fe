import { readStatFields } from './stat-fields.ts'

/** The pid of the parent of `pid`, 0 where it has none in sight; null where there is no such process, or no `/proc`. */
export function parentOf(pid: number): number | null {
  return readStatFields(`/proc/${pid}/stat`)?.parent ?? null
}
