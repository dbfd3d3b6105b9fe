import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive } from '../identity.ts'
import type { Kernel } from '../kernel.ts'
import { cgroupAt } from './cgroup-directory.ts'

const name = /^(brood-\d+-)(\d+)-(\d+)-\w+$/

/**
 * What the names of this host's cgroups begin with. Whose they are can be told later by anybody in this PID namespace: a
 * process that is given the number again starts at another tick.
 */
export function cgroupPrefix(kernel: Pick<Kernel, 'stat'>): string {
  return `${namespacePrefix()}${process.pid}-${kernel.stat(process.pid)?.startTicks ?? 0}`
}

function namespacePrefix(): string {
  const namespace = readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '')
  return `brood-${namespace}-`
}

/**
 * Removes what hosts that are no more have left below `base`. The kernel removes no cgroup in which something lives, nor
 * do we end that: an `attached` child of a host that was killed is nobody's any more.
 */
export function removeStaleCgroups(kernel: Pick<Kernel, 'stat'>, base: string): void {
  const ours = namespacePrefix()
  for (const entry of entriesOf(base)) {
    const [, prefix, pid, startTicks] = name.exec(entry) ?? []
    if (prefix !== ours || isAlive(kernel, { pid: Number(pid), startTicks: Number(startTicks) })) continue
    const cgroup = cgroupAt(join(base, entry))
    if (cgroup.isEmpty()) cgroup.remove()
  }
}

function entriesOf(base: string): readonly string[] {
  try {
    return readdirSync(base)
  } catch {
    return []
  }
}
