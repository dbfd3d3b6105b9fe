import type { LifeObservation, SpawnRequest } from '../ports.ts'
import { formatCookie } from './cookie.ts'
import { identify } from './identity.ts'
import type { Kernel } from './kernel.ts'
import { findCwdFailure, spawnFailure, stdioFailure } from './spawn-failure.ts'
import type { Spawned } from './spawn.ts'
import { spawnProcess } from './spawn.ts'
import type { OpenedStdio } from './stdio.ts'
import { openStdio } from './stdio.ts'

export interface ForgottenOptions {
  readonly kernel: Kernel
  readonly hostId: string
  readonly treeId: string
  /** Told what of its user cannot be had or promised here. */
  readonly report: (message: string) => void
}

/**
 * Starts a process that nobody looks after: nothing ends it with the host, nothing is swept behind it, and it does not
 * keep the event loop alive. `observe` is told `spawned` or `spawnFailed`, and `exited` if this host lives to see it:
 * Node waits for every child it has, so there is no zombie. The streams of `request` must not be pipes.
 */
export function startForgotten(
  { kernel, hostId, treeId, report }: ForgottenOptions,
  request: SpawnRequest,
  observe: (observation: LifeObservation) => void,
): void {
  const cwdFailure = findCwdFailure(request.cwd)
  if (cwdFailure !== null) return observe(cwdFailure)
  let stdio: OpenedStdio
  try {
    stdio = openStdio(request)
  } catch (error) {
    return observe(stdioFailure(request, error))
  }
  const cookie = formatCookie({ hostId, treeId, lifetime: request.lifetime, ...request.life })
  const began = performance.now()
  let spawned: Spawned
  try {
    spawned = spawnProcess(request, stdio, cookie, kernel.hasGroups)
  } catch (error) {
    return observe(spawnFailure(request, error))
  } finally {
    stdio.close()
  }
  if (!spawned.ok) {
    void spawned.failure.then((error) => observe(spawnFailure(request, error)))
    return
  }
  const { pid, child, shortfalls } = spawned
  child.unref()
  child.once('exit', (code, signal) => observe({ kind: 'exited', code, signal }))
  // At once: until the loop turns nobody can have reaped it, so the number is its own.
  observe({ kind: 'spawned', pid, identity: identify(kernel, pid), spawnMs: performance.now() - began })
  for (const message of shortfalls) report(message)
}
