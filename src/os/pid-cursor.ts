import { readFileSync } from 'node:fs'

/** How far the kernel was, at one moment, in giving out numbers: upwards, and from the beginning again. */
export interface PidMoment {
  /** The number that was given last, to a process or a thread. */
  readonly last: number
  /** How many processes and threads have been started since boot. */
  readonly started: number
  /** How many there were: the kernel passes over their numbers. */
  readonly alive: number
  /** Numbers are below this one. */
  readonly limit: number
}

/**
 * Now, in the pid namespace of this process; null where nobody tells. What is counted on the whole machine is no less
 * than what happens in a namespace.
 *
 * @see proc(5), `/proc/loadavg` (its fourth and fifth fields), `/proc/stat` (`processes`) and `pid_max`
 */
export function pidMoment(): PidMoment | null {
  try {
    const [, alive, last] = /\/(\d+) (\d+)\s*$/.exec(readFileSync('/proc/loadavg', 'latin1')) ?? []
    const [, started] = /^processes (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1')) ?? []
    const limit = readFileSync('/proc/sys/kernel/pid_max', 'latin1')
    if (alive === undefined || last === undefined || started === undefined) return null
    return { last: Number(last), started: Number(started), alive: Number(alive), limit: Number(limit) }
  } catch {
    return null
  }
}

/** Numbers below it are given only in the first round: RESERVED_PIDS in kernel/pid.c. */
const reserved = 300

/**
 * Whether `pid` was given to nobody between two moments: the kernel did not come by, and cannot have gone a whole round.
 * Whoever had the number in the beginning has it yet, or nobody.
 */
export function wasNotGiven(pid: number, from: PidMoment, to: PidMoment): boolean {
  // By half, because a start that fails late has taken a number and is not counted.
  const round = (Math.min(from.limit, to.limit) - reserved) / 2
  if (to.started - from.started + Math.max(from.alive, to.alive) >= round) return false
  const isBehind = pid > from.last
  const isAhead = pid > to.last
  return from.last <= to.last ? isBehind === isAhead : !isBehind && isAhead
}
