import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import treeKill from 'tree-kill'
import { createSupervisor } from './built.ts'
import { interleave } from './interleave.ts'
import { figure, quotients, type Report } from './report.ts'
import { watchedHost } from './watched-host.ts'

const ROUNDS = 7
const MEMBERS = 21
/** A shell with four shells, each with four sleeps: 21 processes in one group. */
const inner = 'for j in 1 2 3 4; do sleep 300 & done; wait'
const TREE = ['-c', `for i in 1 2 3 4; do (${inner}) & done; wait`]

interface Measured {
  /** From the call until the whole group is proven gone. */
  readonly goneMs: number
  /** For brood: until its sweep has found that nothing has left the group. */
  readonly sweptMs: number
}

/** Stopping a tree of 21 processes: one signal to the group and proof of its end, against tree-kill and the bare call. */
export async function tree(): Promise<Report> {
  const { brood, killer, bare } = await interleave(ROUNDS, {
    brood: withBrood,
    killer: () => spawned((pid) => treeKill(pid, 'SIGTERM', () => {})),
    bare: () => spawned((pid) => process.kill(-pid, 'SIGTERM')),
  })
  return {
    figures: [
      figure(`stop a tree of ${MEMBERS}, the group proven gone: brood`, 'ms', gone(brood), { atMost: 5 }),
      figure(`stop a tree of ${MEMBERS}, the last of it gone: tree-kill`, 'ms', gone(killer)),
      figure(`stop a tree of ${MEMBERS}: brood / tree-kill`, '', quotients(gone(brood), gone(killer))),
      figure('the same: one kill(2) to the group, then asked without a pause until it is gone', 'ms', gone(bare)),
      figure(`stop a tree of ${MEMBERS}: brood / one kill(2)`, '', quotients(gone(brood), gone(bare))),
      figure(
        'the sweep after it',
        'ms',
        brood.map(({ sweptMs, goneMs }) => sweptMs - goneMs),
      ),
    ],
  }
}

const gone = (measured: readonly Measured[]): number[] => measured.map(({ goneMs }) => goneMs)

async function withBrood(): Promise<Measured> {
  let goneAt = 0
  const host = watchedHost((kind) => {
    if (kind === 'gone') goneAt = performance.now()
  })
  const child = { id: 'tree', command: 'sh', args: TREE, stdio: 'ignore' } as const
  const supervisor = createSupervisor({ ports: { host }, children: [child] })
  await supervisor.start()
  await grown(supervisor.child('tree')?.view.pid)
  const asked = performance.now()
  await supervisor.stop()
  return { goneMs: goneAt - asked, sweptMs: performance.now() - asked }
}

/** The tree as Node alone begins it, ended by `end`. */
async function spawned(end: (pid: number) => void): Promise<Measured> {
  const child = spawn('sh', TREE, { detached: true, stdio: 'ignore' })
  const { pid } = child
  const exit = once(child, 'exit')
  await grown(pid)
  if (pid === undefined) throw new Error('The tree never began')
  const asked = performance.now()
  end(pid)
  await exit
  while (hasGroup(pid)) await setImmediate()
  const goneMs = performance.now() - asked
  return { goneMs, sweptMs: goneMs }
}

function hasGroup(pid: number): boolean {
  try {
    process.kill(-pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits until all members are there: no contender may be given less to stop. */
async function grown(pid: number | undefined): Promise<void> {
  while (members(pid) < MEMBERS) await setImmediate()
}

function members(group: number | undefined): number {
  let count = 0
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (Number(pgrp) === group && state !== 'Z') count++
    } catch {
      // It has ended meanwhile.
    }
  }
  return count
}
