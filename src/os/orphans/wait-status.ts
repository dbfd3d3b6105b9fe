import { constants } from 'node:os'

/** An end exactly as the kernel said it. */
export interface WaitStatus {
  readonly code: number | null
  /** Null also for a real-time signal: it has no name, and only `status` tells it. */
  readonly signal: NodeJS.Signals | null
  readonly status: number
}

/** Where a number has two names (SIGABRT and SIGIOT) the first is Node's own. */
const names = new Map<number, NodeJS.Signals>()
for (const [name, number] of Object.entries(constants.signals) as [NodeJS.Signals, number][]) {
  if (!names.has(number)) names.set(number, name)
}

/**
 * Reads the number that waitpid fills in, for a process that has ended.
 *
 * @see wait(2), and bits/waitstatus.h, of which musl's macros are the same: the signal in the low seven bits, 0 for a
 * process that exited; bit 7 a core dump; the code in the next byte.
 */
export function readWaitStatus(raw: number): WaitStatus {
  const number = raw & 0x7f
  if (number !== 0) return { code: null, signal: names.get(number) ?? null, status: 128 + number }
  const code = (raw >> 8) & 0xff
  return { code, signal: null, status: code }
}
