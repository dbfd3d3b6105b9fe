import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { withSpareDescriptor } from './spare-descriptor.ts'

/** What the kernel says of one process, in one line that costs one read. */
export interface ProcessStat {
  readonly pid: number
  /** A zombie has ended: it only waits to be reaped, and still answers signal 0. */
  readonly dead: boolean
  /** It sleeps where no signal wakes it: whoever reads its memory may have to wait as long. */
  readonly hangs?: boolean
  readonly pgrp: number
  readonly session: number
  /** Clock ticks from boot to the start of the process. */
  readonly startTicks: number
  /** It has not called exec since it was forked: what it runs, and its environment, are still its parent's. */
  readonly forked?: true
  /** Of the kernel's own: it has no environment, and nobody's cookie. */
  readonly kernelThread?: true
}

// In include/linux/sched.h: "Forked but didn't exec", "I am a kernel thread".
const PF_FORKNOEXEC = 0x40
const PF_KTHREAD = 0x20_0000

/**
 * Reads a line of `/proc/<pid>/stat`, or null where it is none.
 *
 * @see proc(5): the second field is the command name in parentheses, which may itself hold blanks, parentheses and
 * newlines; so the fields are counted from the *last* `)`.
 */
export function parseStat(line: string): ProcessStat | null {
  const nameEnd = line.lastIndexOf(')')
  if (nameEnd === -1) return null
  const fields = line.slice(nameEnd + 2).split(' ', 20)
  const state = fields[0]
  const flags = Number(fields[6])
  const isKernelThread = (flags & PF_KTHREAD) !== 0
  const stat = {
    pid: Number.parseInt(line, 10),
    dead: state === 'Z' || state === 'X' || state === 'x',
    ...(state === 'D' && { hangs: true }),
    pgrp: Number(fields[2]),
    session: Number(fields[3]),
    startTicks: Number(fields[19]),
    ...(isKernelThread && { kernelThread: true as const }),
    ...(!isKernelThread && (flags & PF_FORKNOEXEC) !== 0 && { forked: true as const }),
  }
  return Number.isSafeInteger(stat.pid) && Number.isSafeInteger(stat.startTicks) ? stat : null
}

// A stat line is some 300 bytes long, and this is read from thousands of times: one buffer for all of them.
const scratch = Buffer.allocUnsafe(4096)

function readSmall(path: string): string | null {
  try {
    return withSpareDescriptor(() => readOpened(openSync(path, 'r')))
  } catch {
    return null
  }
}

function readOpened(fd: number): string {
  try {
    // Latin-1, because a command name is any bytes and nothing but ASCII is looked at.
    return scratch.toString('latin1', 0, readSync(fd, scratch, 0, scratch.length, 0))
  } finally {
    // Also after ESRCH: reaped between the open and the read.
    closeSync(fd)
  }
}

/** The process `pid` as it is now, or null where there is none (or no `/proc`). Some 10 µs; never waits on the process. */
export function readStat(pid: number): ProcessStat | null {
  const line = readSmall(`/proc/${pid}/stat`)
  return line === null ? null : parseStat(line)
}

/** All process ids there are, ascending; empty without `/proc`. */
export function listPids(): readonly number[] {
  let names: readonly string[]
  try {
    names = withSpareDescriptor(() => readdirSync('/proc'))
  } catch {
    return []
  }
  const pids: number[] = []
  for (const name of names) {
    const pid = Number(name)
    if (pid > 0) pids.push(pid)
  }
  return pids
}

/**
 * The ticks in the text of `/proc/uptime`: seconds with two decimals, and USER_HZ is 100 on every Linux that Node runs on.
 * Rounded, since the product of a float is often just below the whole number that was meant: one tick early is before the
 * start of what had started already.
 *
 * @see proc(5), time(7)
 */
export function parseUptimeTicks(line: string): number {
  return Math.round(Number.parseFloat(line) * 100)
}

/** Now, in the ticks that start times are in; 0 without `/proc`. */
export function readUptimeTicks(): number {
  const line = readSmall('/proc/uptime')
  return line === null ? 0 : parseUptimeTicks(line)
}

/** The id of this uptime of the machine, or null where the kernel tells none. */
export function readBootId(): string | null {
  return readSmall('/proc/sys/kernel/random/boot_id')?.trim() ?? null
}
