import type { ChildProcess } from 'node:child_process'
import { Socket } from 'node:net'
import type { ProcessStat } from '../process-table.ts'
import { parseStat } from '../process-table.ts'

/** The two processes that matter of a namespace, as this host sees them. */
export interface PidnsProcesses {
  readonly init: ProcessStat
  readonly main: ProcessStat
}

/**
 * Listens to what the launcher of a namespace tells, and then no more. Returns the end of the listening: the init has it
 * as its input, and takes its end for that of the host.
 */
export function hearPidns(child: ChildProcess, told: (processes: PidnsProcesses) => void): () => void {
  const control = child.stdio[3]
  if (!(control instanceof Socket)) throw new Error('There is no descriptor 3')
  let text = ''
  let init: ProcessStat | null = null
  const listen = (chunk: Buffer): void => {
    // Whole lines only, and Latin-1: all that is looked at is ASCII.
    text += chunk.toString('latin1')
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) {
      const stat = parseStat(line.slice(5))
      if (line.startsWith('init ')) init = stat
      if (!line.startsWith('main ') || init === null || stat === null) continue
      control.off('data', listen)
      told({ init, main: stat })
    }
  }
  control.on('data', listen)
  control.on('error', () => {})
  // The process itself is what keeps the host alive.
  control.unref()
  return () => control.destroy()
}
