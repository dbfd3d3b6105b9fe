import { Socket } from 'node:net'
import type { ProcessStat } from '../process-table.ts'
import type { CgroupDirectory } from './cgroup-directory.ts'
import type { Containing } from './containing.ts'
import type { Enclosure } from './enclosure.ts'

/**
 * A shell that becomes the program when it is told to, once it was put where it belongs: under the same pid, so whatever
 * becomes of it is what became of the program. Where the host dies before, it ends.
 */
const script = 'read -r _ <&3 || exit; exec 3<&- "$@"'

/** Puts one life into a cgroup, which is there already. */
export function cgroupContaining(cgroup: CgroupDirectory): Containing {
  return {
    launcher: ['/bin/sh', '-c', script, 'brood-cgroup'],
    switchedBy: 'node',
    enter(child, pid, arrived) {
      const gate = child.stdio[3]
      if (!(gate instanceof Socket)) throw new Error('There is no descriptor 3')
      gate.on('error', () => {})
      cgroup.place(pid)
      gate.end('\n')
      gate.unref()
      arrived({ enclosure: cgroupEnclosure(cgroup) })
    },
    cancel: () => void cgroup.remove(),
  }
}

function cgroupEnclosure(cgroup: CgroupDirectory): Enclosure {
  return {
    keeper: cgroup.path,
    kill: () => cgroup.kill(),
    isEmpty: () => cgroup.isEmpty(),
    membersAmong(stats: readonly ProcessStat[]) {
      const pids = new Set(cgroup.pids())
      return stats.filter(({ pid, dead }) => !dead && pids.has(pid))
    },
    release: () => void cgroup.remove(),
    releaseAtExit() {
      for (let waitedMs = 0; waitedMs < longestExitMs && !cgroup.remove(); waitedMs++) Atomics.wait(nothing, 0, 0, 1)
    },
  }
}

/** How long an exit waits at most for those that it has killed to be dead. What is left then is the next host's to remove. */
const longestExitMs = 50
const nothing = new Int32Array(new SharedArrayBuffer(4))
