import type { HostReport, LifeObservation, ProcessLife, ProcessSession, SpawnRequest } from '../ports.ts'
import { adoptLife, cookieOf } from './adopted-life.ts'
import type { Containing } from './containment/containing.ts'
import type { Containments } from './containment/containments.ts'
import { formatCookie } from './cookie.ts'
import { guardLife } from './guard-life.ts'
import type { HostedLife } from './life.ts'
import { followLife } from './life.ts'
import type { LifeTools } from './life-tools.ts'
import { holdSpareDescriptor } from './spare-descriptor.ts'
import {
  closedFailure,
  containmentFailure,
  findCwdFailure,
  spawnFailure,
  stdioFailure,
  survivorFailure,
  tetherFailure,
} from './spawn-failure.ts'
import type { Spawned } from './spawn.ts'
import { spawnProcess } from './spawn.ts'
import type { OpenedStdio } from './stdio.ts'
import { openStdio } from './stdio.ts'
import type { Tether } from './tether.ts'
import type { SwitchUser } from './users/user-switch.ts'

export interface SessionOptions {
  readonly hostId: string
  readonly treeId: string
  readonly report: (report: HostReport) => void
  readonly tools: LifeTools
  readonly tether: Tether
  readonly canTether: boolean
  /** Default: the users of this machine. */
  readonly switchUser?: SwitchUser | undefined
  readonly containments: Containments
}

type Observe = (observation: LifeObservation) => void

/** A life that never was: there is nothing to signal and nothing left of it. */
const neverStarted: ProcessLife = {
  signal: (_signal, _to, done) => done(false),
  survivors: (done) => done([]),
}

// Not from within `spawn`: whoever observes may want the life that `spawn` has yet to return.
function fail(observe: Observe, failure: LifeObservation): ProcessLife {
  process.nextTick(observe, failure)
  return neverStarted
}

export function openSession(options: SessionOptions): ProcessSession {
  const { hostId, treeId, tools, tether, switchUser } = options
  const lives = new Set<HostedLife>()
  const told = new Set<string>()
  const report = (reported: HostReport): void => options.report(reported)
  /** Once a session: each restart would say the same. */
  const reportOnce = (reported: HostReport): void => {
    if (!told.has(reported.message)) report(reported)
    told.add(reported.message)
  }
  let closed = false
  /** There from the first spawn on: a session that starts nothing costs nothing. */
  let releaseSpare: (() => void) | undefined

  const start = (
    request: SpawnRequest,
    observe: Observe,
    stdio: OpenedStdio,
    guard: Guardian,
    containing: Containing | undefined,
  ): ProcessLife => {
    const cookie = formatCookie({ hostId, treeId, lifetime: request.lifetime, ...request.life })
    const began = performance.now()
    let spawned: Spawned
    try {
      spawned = spawnProcess(request, stdio, cookie, tools.kernel.hasGroups, switchUser, containing)
    } catch (error) {
      containing?.cancel()
      return fail(observe, spawnFailure(request, error))
    } finally {
      stdio.close()
    }
    if (!spawned.ok) {
      containing?.cancel()
      void spawned.failure.then((error) => observe(spawnFailure(request, error)))
      return neverStarted
    }
    const spawnMs = performance.now() - began
    // It runs, and is swept by its cookie all the same when the host dies: told, but no reason to end it.
    const guarded = guardLife(guard, request.killTimeoutMs, cookie, (message) => report({ subject: 'guard', message }))
    let life: HostedLife
    try {
      life = followLife(tools, spawned, {
        request,
        cookie,
        spawnMs,
        containing,
        observe,
        known: (leader, enclosure) => guarded.enter(leader, enclosure),
        swept: () => guarded.leave(),
        ended: () => lives.delete(life),
      })
    } catch (error) {
      spawned.child.kill('SIGKILL')
      containing?.cancel()
      return fail(observe, spawnFailure(request, error))
    }
    lives.add(life)
    for (const message of spawned.shortfalls) reportOnce({ subject: 'user', message })
    return life
  }

  return {
    spawn(request, observe) {
      if (closed) return fail(observe, closedFailure(request))
      releaseSpare ??= holdSpareDescriptor()
      const cwdFailure = findCwdFailure(request.cwd)
      if (cwdFailure !== null) return fail(observe, cwdFailure)

      if (request.lifetime === 'survivor' && !tools.kernel.hasGroups) return fail(observe, survivorFailure(request))
      let guard: Guardian
      if (request.lifetime === 'tethered') {
        if (!options.canTether) return fail(observe, tetherFailure(request, 'needs Linux with a readable /proc'))
        try {
          // Before the spawn: a child without its guard would be a promise broken for a moment.
          guard = tether.hold(report)
        } catch {
          return fail(observe, tetherFailure(request, 'needs `sh`, which could not be started'))
        }
      }
      const { containment } = request
      const plan = containment === undefined ? undefined : options.containments(containment)
      if (plan?.possible === false) return fail(observe, containmentFailure(request, plan.missing))
      let stdio: OpenedStdio
      try {
        stdio = openStdio(request)
      } catch (error) {
        return fail(observe, stdioFailure(request, error))
      }
      let containing: Containing | undefined
      try {
        containing = plan?.begin()
      } catch (error) {
        stdio.close()
        return fail(observe, spawnFailure(request, error))
      }
      if (plan !== undefined) reportOnce({ subject: plan.level, message: plan.message })
      return start(request, observe, stdio, guard, containing)
    },
    adopt(request, observe) {
      if (closed) return neverStarted
      let guard: Guardian
      const cookie = cookieOf(request)
      const life = adoptLife(tools, {
        request,
        cookie,
        observe,
        known({ pid, startTicks }) {
          if (request.lifetime !== 'tethered') return
          try {
            guard = tether.hold(report)
            guard.add({ pgid: pid, startTicks, graceMs: request.killTimeoutMs, cookie })
          } catch (error) {
            report({ subject: 'guard', message: `Could not guard process ${pid}: ${String(error)}` })
          }
        },
        swept({ pid, startTicks }) {
          guard?.remove(pid, startTicks)
        },
        ended: () => lives.delete(life),
      })
      lives.add(life)
      return life
    },
    close() {
      closed = true
      for (const life of lives) life.abandon()
      lives.clear()
      tether.release(report)
      releaseSpare?.()
    },
  }
}

type Guardian = ReturnType<Tether['hold']> | undefined
