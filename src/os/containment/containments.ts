import { join } from 'node:path'
import type { ContainmentLevel } from '../../events/containment-level.ts'
import type { Kernel } from '../kernel.ts'
import { cgroupContaining } from './cgroup-containing.ts'
import { makeCgroup } from './cgroup-directory.ts'
import { cgroupPrefix, removeStaleCgroups } from './stale-cgroups.ts'
import type { Containing } from './containing.ts'
import { hearPidns } from './pidns-handshake.ts'
import { pidnsEnclosure } from './pidns-enclosure.ts'
import { pidnsLauncher, type PidnsMode } from './pidns-launcher.ts'
import { probeCgroup, type CgroupProbe } from './probe-cgroup.ts'
import { probePidns, type PidnsProbe } from './probe-pidns.ts'

/** What this machine makes of a level. */
export type ContainmentPlan =
  | {
      readonly possible: true
      readonly level: ContainmentLevel
      /** What is in force, for people. */
      readonly message: string
      /** For one life. @throws what the system has against it */
      readonly begin: () => Containing
    }
  | { readonly possible: false; readonly missing: string }

/** Finds out what can be done, once for each level, at the first call that asks for it. */
export type Containments = (level: ContainmentLevel) => ContainmentPlan

export interface Probes {
  readonly pidns: () => PidnsProbe
  readonly cgroup: (name: string) => CgroupProbe
}

export function createContainments(
  kernel: Kernel,
  probes: Probes = { pidns: () => probePidns(), cgroup: probeCgroup },
): Containments {
  const known = new Map<ContainmentLevel, ContainmentPlan>()
  return (level) => {
    const plan = known.get(level) ?? planOf(level, kernel, probes)
    known.set(level, plan)
    return plan
  }
}

function planOf(level: ContainmentLevel, kernel: Kernel, probes: Probes): ContainmentPlan {
  if (kernel.bootId === null) return { possible: false, missing: 'there is no readable /proc' }
  return level === 'pidns' ? planPidns(kernel, probes.pidns()) : planCgroup(kernel, probes.cgroup)
}

function planPidns(kernel: Kernel, probe: PidnsProbe): ContainmentPlan {
  if ('missing' in probe) return { possible: false, missing: probe.missing }
  const { tools, mode } = probe
  const launcher = pidnsLauncher(tools, mode)
  const begin = (): Containing => ({
    launcher,
    switchedBy: mode.userNamespace ? 'nobody' : 'launcher',
    enter(child, _pid, arrived) {
      const end = hearPidns(child, ({ init, main }) =>
        arrived({ enclosure: pidnsEnclosure(kernel, init, end), leader: main }),
      )
    },
    cancel() {},
  })
  return { possible: true, level: 'pidns', message: pidnsMessage(mode), begin }
}

function pidnsMessage({ userNamespace, ownProc }: PidnsMode): string {
  const user = userNamespace
    ? ', within a user namespace: there its own user is the only one, and no program gains privileges'
    : ''
  const proc = ownProc ? '' : '. `/proc` is the one of the host, as no other can be mounted here'
  return `Each of these children is in a PID namespace of its own${user}${proc}.`
}

function planCgroup(kernel: Kernel, probe: Probes['cgroup']): ContainmentPlan {
  const prefix = cgroupPrefix(kernel)
  const result = probe(`${prefix}-probe`)
  if ('missing' in result) return { possible: false, missing: result.missing }
  const { base } = result
  removeStaleCgroups(kernel, base)
  let count = 0
  const begin = (): Containing => cgroupContaining(makeCgroup(join(base, `${prefix}-${++count}`)))
  const message = `Each of these children is in a cgroup of its own below ${base}.`
  return { possible: true, level: 'cgroup', message, begin }
}
