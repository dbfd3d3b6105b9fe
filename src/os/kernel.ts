import type { CookieLook } from './environ.ts'
import { readCookie } from './environ.ts'
import type { ProcessStat } from './process-table.ts'
import { listPids, readBootId, readStat, readUptimeTicks } from './process-table.ts'

/** `absent`: there is no such process or group. `refused`: there is, and it is not ours to signal. */
export type KillResult = 'delivered' | 'absent' | 'refused'

/** The calls of the operating system that decide about life and death, in one place so that a test can stage a stranger. */
export interface Kernel {
  /** Null without `/proc`: then no process has an identity, and only what `kill` answers is known. */
  readonly bootId: string | null
  /** Whether there are process groups: on Windows there are none, and a life is its leader. */
  readonly hasGroups: boolean
  /** `pid` below 0 is a group, as in kill(2). */
  readonly kill: (pid: number, signal: NodeJS.Signals | 0) => KillResult
  readonly stat: (pid: number) => ProcessStat | null
  readonly pids: () => readonly number[]
  readonly uptimeTicks: () => number
  readonly cookie: (pid: number, done: (look: CookieLook) => void) => void
}

function kill(pid: number, signal: NodeJS.Signals | 0): KillResult {
  // Every exit asks for a group that is hardly ever there. Node has no kill that answers without throwing, and the stack
  // trace of an error that nobody will see takes longer than the system call.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    process.kill(pid, signal)
    return 'delivered'
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH' ? 'absent' : 'refused'
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** The kernel this process runs on. */
export function realKernel(): Kernel {
  // One look at ourselves tells whether /proc is there, mounted and readable: it is not in some sandboxes.
  const bootId = readStat(process.pid) === null ? null : readBootId()
  const hasGroups = process.platform !== 'win32'
  return { bootId, hasGroups, kill, stat: readStat, pids: listPids, uptimeTicks: readUptimeTicks, cookie: readCookie }
}
