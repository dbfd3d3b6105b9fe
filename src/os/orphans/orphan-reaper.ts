import type { Kernel } from '../kernel.ts'
import type { Capability } from './capability.ts'
import { createKnownLives, type KnownLives } from './known-lives.ts'
import { type LoadedLibc, loadLibc } from './libc.ts'
import { readMainThreadChildren } from './main-thread-children.ts'
import type { AdoptedOrphan, ReapedOrphan } from './orphan.ts'
import { createOrphanScan, graceMs } from './orphan-scan.ts'
import { watchOwnedChildren } from './owned-children.ts'
import { whyNoOrphans } from './why-no-orphans.ts'

export interface OrphanReaperOptions {
  readonly kernel: Kernel
  /** As in the cookies of this host's children. */
  readonly hostId: string
  /** Told of each orphan once, when it was reaped. Must not throw. */
  readonly publish: (orphan: ReapedOrphan) => void
  /** Told of each orphan at most once, before its end: of those that were seen alive and are of a known life. Must not throw. */
  readonly adopted?: (orphan: AdoptedOrphan) => void
  /** The lives of this host, see `hostWithKnownLives`. Default: none is known but those that orphans' cookies tell. */
  readonly lives?: KnownLives
  /** Default: by way of the optional package koffi. */
  readonly loadLibc?: () => LoadedLibc
}

/** Makes this process the parent of its descendants' orphans, and reaps them. */
export interface OrphanReaper {
  /**
   * Adopts and reaps from now on, for as long as this process lives; once is enough. Keeps no event loop alive.
   * Where something is missing nothing was changed, and it can be tried again.
   */
  enable(): Capability
}

/**
 * Linux only. A child of `node:child_process` is never touched, whoever started it and in whatever thread; nor is
 * anything waited for but by its own pid.
 *
 * An orphan of a known life is reaped in the turn of the event loop in which its SIGCHLD came; one of nobody's after a
 * grace of 1 s and at least two looks, since an addon may have forked it to wait for it. So an addon that leaves its
 * zombies for longer than that loses their exit codes.
 *
 * A child that a terminated worker thread leaves behind counts as nobody's.
 *
 * Not promised: that an orphan is found while it lives (the kernel tells its new parent nothing until it ends), nor that
 * one which left the session of its life and cleared its environment is ever attributed.
 */
export function createOrphanReaper(options: OrphanReaperOptions): OrphanReaper {
  const { kernel, hostId, publish, adopted = () => {}, lives = createKnownLives() } = options
  let enabled = false

  const enable = (): Capability => {
    if (enabled) return { enabled: true }
    const missing = whyNoOrphans(kernel)
    if (missing !== undefined) return { enabled: false, reason: missing }
    const loaded = (options.loadLibc ?? loadLibc)()
    if (!loaded.loaded) return { enabled: false, reason: loaded.reason }
    const { libc } = loaded

    // To PID 1 of a namespace all orphans fall anyway.
    if (process.pid !== 1 && !libc.adoptOrphans()) {
      return {
        enabled: false,
        reason: 'The kernel refuses PR_SET_CHILD_SUBREAPER: perhaps a seccomp filter forbids prctl.',
      }
    }
    // From here on nothing may fail.
    const scan = createOrphanScan({
      kernel,
      bootId: kernel.bootId ?? '',
      hostId,
      libc,
      children: readMainThreadChildren,
      owned: watchOwnedChildren(),
      lives,
      ownSession: kernel.stat(process.pid)?.session ?? 0,
      at: Date.now,
      mono: () => performance.now(),
      // Not in the signal's own turn: libuv hears of the same signal, perhaps after us, and reaps what is its own first.
      soon: setImmediate,
      afterGrace: (look) => void setTimeout(look, graceMs).unref(),
      publish,
      adopted,
    })
    scan.begin()
    // Beside libuv's own watcher, and unreferenced as all signal listeners are.
    process.on('SIGCHLD', () => scan.signalled())
    enabled = true
    return { enabled: true }
  }

  return { enable }
}
