import { readdirSync, readFileSync } from 'node:fs'

function textOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}

/** The letter of proc(5)'s state: `S` sleeps, `T` is stopped, `Z` has ended; empty where there is no such process. */
export function stateOf(pid: number): string {
  const stat = textOf(pid, 'stat')
  return stat.slice(stat.lastIndexOf(')') + 2).charAt(0)
}

/** Whether a process runs; a zombie has ended. */
export function isAlive(pid: number): boolean {
  return !['', 'Z', 'X', 'x'].includes(stateOf(pid))
}

/** The living processes, this one left out, whose initial environment holds `text`. */
export function processesWith(text: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && textOf(pid, 'environ').includes(text) && isAlive(pid))
}

/** For people: what a process is. */
export function describeProcess(pid: number): string {
  return `${pid} (${textOf(pid, 'cmdline').replaceAll('\0', ' ').trim()})`
}

/** The guards of a host: what they fork for a while is in their session and does not lead it. */
export function guardsOf(hostId: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && textOf(pid, 'cmdline').endsWith(`\0brood-guard\0${hostId}\0`))
    .filter((pid) => isAlive(pid) && textOf(pid, 'stat').split(') ').at(-1)?.split(' ')[3] === String(pid))
}
