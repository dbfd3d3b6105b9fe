import type { CookieLook } from '../../../src/os/environ.ts'
import type { Kernel, KillResult } from '../../../src/os/kernel.ts'
import type { ProcessStat } from '../../../src/os/process-table.ts'

export interface StagedProcess extends ProcessStat {
  /** Its cookie, or what a look into its environment finds instead. */
  readonly cookie?: string | CookieLook
}

/** Every call may be replaced, to stage what happens meanwhile. */
type Replaceable<T> = { -readonly [K in keyof T]: T[K] }

export interface StagedKernel extends Replaceable<Kernel> {
  /** What was signalled, in order, but for probes: `-100 SIGKILL`. */
  readonly signals: string[]
  /** How often the process table was listed, a stat and an environment were read. */
  readonly reads: { lists: number; stats: number; environs: number }
  readonly processes: Map<number, StagedProcess>
  readonly put: (process: Partial<StagedProcess> & { readonly pid: number }) => void
}

/** A kernel on paper: nobody gets hurt when the wrong one is signalled. SIGKILL makes a zombie, as in life. */
export function stageKernel(): StagedKernel {
  const processes = new Map<number, StagedProcess>()
  const signals: string[] = []
  const reads = { lists: 0, stats: 0, environs: 0 }
  return {
    bootId: 'boot',
    hasGroups: true,
    signals,
    reads,
    processes,
    put(process) {
      processes.set(process.pid, { dead: false, pgrp: process.pid, session: process.pid, startTicks: 500, ...process })
    },
    kill(pid, signal): KillResult {
      const targets = [...processes.values()].filter((each) => (pid < 0 ? each.pgrp === -pid : each.pid === pid))
      if (signal !== 0) signals.push(`${pid} ${signal}`)
      if (targets.length === 0) return 'absent'
      for (const target of targets) if (signal === 'SIGKILL') processes.set(target.pid, { ...target, dead: true })
      return 'delivered'
    },
    stat(pid) {
      reads.stats++
      return processes.get(pid) ?? null
    },
    pids() {
      reads.lists++
      return [...processes.keys()].toSorted((a, b) => a - b)
    },
    uptimeTicks: () => 1000,
    cookie(pid, done) {
      reads.environs++
      const process = processes.get(pid)
      const look: CookieLook =
        process === undefined
          ? { kind: 'vanished' }
          : typeof process.cookie === 'string'
            ? { kind: 'cookie', text: process.cookie }
            : (process.cookie ?? { kind: 'none' })
      setImmediate(done, look)
    },
  }
}
