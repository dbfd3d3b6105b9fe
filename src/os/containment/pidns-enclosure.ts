import { readlinkSync } from 'node:fs'
import { isAlive } from '../identity.ts'
import type { Kernel } from '../kernel.ts'
import type { ProcessStat } from '../process-table.ts'
import type { Enclosure } from './enclosure.ts'

/**
 * A PID namespace, known by its init. SIGKILL to that ends everything within, and it is over itself, a zombie at most,
 * only when all others are gone.
 *
 * @see pid_namespaces(7); zap_pid_ns_processes in kernel/pid_namespace.c
 */
export function pidnsEnclosure(
  kernel: Pick<Kernel, 'kill' | 'stat'>,
  init: ProcessStat,
  release: () => void,
): Enclosure {
  const isEmpty = (): boolean => !isAlive(kernel, init)
  const namespace = namespaceOf(init.pid)
  return {
    keeper: `${init.pid}:${init.startTicks}`,
    kill() {
      if (!isEmpty()) kernel.kill(init.pid, 'SIGKILL')
    },
    isEmpty,
    membersAmong: (stats) =>
      namespace === null
        ? []
        : stats.filter(
            ({ pid, dead, startTicks }) =>
              !dead && pid !== init.pid && startTicks >= init.startTicks && namespaceOf(pid) === namespace,
          ),
    release,
    releaseAtExit() {},
  }
}

function namespaceOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return null
  }
}
