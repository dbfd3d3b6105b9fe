import type { ProcessHost, Random } from '../ports.ts'
import type { Cookie } from './cookie.ts'
import { createContainments, type Containments } from './containment/containments.ts'
import { createEnclosureWatch } from './containment/enclosure-watch.ts'
import { createExitHook } from './exit-hook.ts'
import { createExitSweep } from './exit-sweep.ts'
import { createGroupWatch } from './group-watch.ts'
import type { createGuard } from './guard.ts'
import type { Kernel } from './kernel.ts'
import { findCarriers, foundLife } from './find-lives.ts'
import { isAlive } from './identity.ts'
import { createIdentityWatch } from './identity-watch.ts'
import type { LifeTools } from './life-tools.ts'
import { createProcessScan } from './process-scan.ts'
import { openSession } from './session.ts'
import { createSweep } from './sweep.ts'
import { createTether } from './tether.ts'
import type { SwitchUser } from './users/user-switch.ts'
import { chooseTreeKiller } from './tree-killer/choose-tree-killer.ts'

export interface HostOptions {
  readonly random: Pick<Random, 'id'>
  readonly kernel: Kernel
  readonly createGuard: typeof createGuard
  /** Default: the users of this machine. */
  readonly switchUser?: SwitchUser
  /** Default: what this machine can do. */
  readonly containments?: Containments
}

/** Puts a host together. All its sessions share one scan, one watch, one sweep, one guard and one exit listener. */
export function createHost({ random, kernel, createGuard: startGuard, switchUser, ...rest }: HostOptions): ProcessHost {
  const hostId = random.id()
  const hasProc = kernel.bootId !== null
  const scan = createProcessScan(kernel)
  const leaders = new Set<number>()
  const exitHook = createExitHook()
  const containments = rest.containments ?? createContainments(kernel)
  const tools: LifeTools = {
    kernel,
    scan,
    leaders,
    watch: createGroupWatch(kernel, scan),
    sweep: createSweep(kernel, scan, (pid) => leaders.has(pid)),
    identities: createIdentityWatch(kernel),
    exitHook,
    exitSweep: createExitSweep(kernel, exitHook),
    enclosures: createEnclosureWatch(),
    treeKiller: chooseTreeKiller(kernel),
  }
  const tether = createTether(hostId, startGuard)
  const canTether = hasProc && process.platform === 'linux'

  return {
    hostId,
    // Without a boot id no process has an identity either, so nothing is ever compared with this.
    bootId: kernel.bootId ?? 'unknown',
    pid: process.pid,
    support: { tether: canTether, sweep: hasProc },
    open: ({ treeId, report }) =>
      openSession({ hostId, treeId, report, tools, tether, canTether, switchUser, containments }),
    findLives(owner, done) {
      const { bootId } = kernel
      if (bootId === null) return void setImmediate(done, [])
      const isWanted = (cookie: Cookie): boolean =>
        cookie.hostId === owner.hostId && (owner.treeId === undefined || cookie.treeId === owner.treeId)
      findCarriers(kernel, scan, isWanted, (found) => done(found.map((life) => foundLife(life, bootId))))
    },
    look(identity) {
      if (identity.bootId !== kernel.bootId) return 'other-boot'
      return isAlive(kernel, identity) ? 'alive' : 'gone'
    },
  }
}
