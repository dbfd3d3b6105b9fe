import { readdirSync } from 'node:fs'
import { readStatFields } from './stat-fields.ts'

/** proc(5): stopped by a signal, stopped by a tracer, zombie, dead. */
const halted = new Set(['T', 't', 'Z', 'X'])

/** Whether no thread of `pid` does anything any more: each is stopped or gone. */
export function hasHalted(pid: number): boolean {
  let threads: readonly string[]
  try {
    threads = readdirSync(`/proc/${pid}/task`)
  } catch {
    return true
  }
  return threads.every((tid) => halted.has(readStatFields(`/proc/${pid}/task/${tid}/stat`)?.state ?? 'X'))
}
