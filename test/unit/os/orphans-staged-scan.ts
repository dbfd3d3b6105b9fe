import type { AdoptedOrphan, ReapedOrphan } from '../../../src/os/orphans/orphan.ts'
import { createKnownLives } from '../../../src/os/orphans/known-lives.ts'
import { createOrphanScan } from '../../../src/os/orphans/orphan-scan.ts'
import { stageKernel } from './staged-kernel.ts'

/** An orphan scan on paper: the test turns the loop and lets time pass. */
export function stageScan() {
  const kernel = stageKernel()
  const lives = createKnownLives()
  const owned = new Set<number>()
  const reaped: ReapedOrphan[] = []
  const adopted: AdoptedOrphan[] = []
  /** Which pids were waited for, in order. */
  const waits: number[] = []
  const state = { unreadable: false, now: 0 }
  let turns: Array<() => void> = []
  let graces: Array<() => void> = []

  const scan = createOrphanScan({
    kernel,
    bootId: 'boot',
    hostId: 'host',
    libc: {
      reap(pid) {
        waits.push(pid)
        const child = kernel.processes.get(pid)
        if (child === undefined) return 'absent'
        if (!child.dead) return 'running'
        kernel.processes.delete(pid)
        return { raw: pid << 8 }
      },
    },
    children: () => (state.unreadable ? null : [...kernel.processes.keys()]),
    owned: { has: (pid) => owned.has(pid), forgetEnded() {} },
    lives,
    ownSession: 7,
    at: () => 1000,
    mono: () => state.now,
    soon: (look) => void turns.push(look),
    afterGrace: (look) => void graces.push(look),
    publish: (orphan) => void reaped.push(orphan),
    adopted: (orphan) => void adopted.push(orphan),
  })

  /** Lets everything happen that needs no time, cookies read included. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 12; turn++) {
      const due = turns
      turns = []
      for (const look of due) look()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  return {
    kernel,
    lives,
    owned,
    reaped,
    adopted,
    waits,
    state,
    scan,
    settle,
    signalled: async (): Promise<void> => {
      scan.signalled()
      await settle()
    },
    /** Time passes, and what waited for it has its turn. */
    pass: async (ms: number): Promise<void> => {
      state.now += ms
      const due = graces
      graces = []
      for (const look of due) look()
      await settle()
    },
    /** How many looks wait for the grace. */
    waiting: () => graces.length,
    end: (pid: number): void => {
      const child = kernel.processes.get(pid)
      if (child !== undefined) kernel.processes.set(pid, { ...child, dead: true })
    },
  }
}

export const life = (stream: string) => ({ stream, incarnation: 1, tree: 'tree' })
export const cookie = (stream: string, host = 'host') => `${host}:tree:attached:${stream}:1`
