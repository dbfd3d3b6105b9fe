import type { HostReport, LifeObservation, ProcessLife, ProcessSession, SpawnRequest } from '../ports.ts'
import { adoptLife, cookieOf } from './adopted-life.ts'
import { formatCookie } from './cookie.ts'
import type { HostedLife, LifeTools } from './life.ts'
import { followLife } from './life.ts'
import { holdSpareDescriptor } from './spare-descriptor.ts'
import {
  closedFailure,
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
  const { hostId, treeId, tools, tether } = options
  const lives = new Set<HostedLife>()
  const toldShortfalls = new Set<string>()
  const report = (told: HostReport): void => options.report(told)
  let closed = false
  /** There from the first spawn on: a session that starts nothing costs nothing. */
  let releaseSpare: (() => void) | undefined

  const start = (request: SpawnRequest, observe: Observe, stdio: OpenedStdio, guard: Guardian): ProcessLife => {
    const cookie = formatCookie({ hostId, treeId, lifetime: request.lifetime, ...request.life })
    const began = performance.now()
    let spawned: Spawned
    try {
      spawned = spawnProcess(request, stdio, cookie, tools.kernel.hasGroups, options.switchUser)
    } catch (error) {
      return fail(observe, spawnFailure(request, error))
    } finally {
      stdio.close()
    }
    if (!spawned.ok) {
      void spawned.failure.then((error) => observe(spawnFailure(request, error)))
      return neverStarted
    }
    const { pid } = spawned
    const life = followLife(tools, spawned, {
      request,
      cookie,
      spawnMs: performance.now() - began,
      observe,
      swept() {
        if (life.identity !== null) guard?.remove(pid, life.identity.startTicks)
      },
      ended: () => lives.delete(life),
    })
    lives.add(life)
    for (const message of spawned.shortfalls) {
      // Once a session: each restart would say the same.
      if (!toldShortfalls.has(message)) report({ subject: 'user', message })
      toldShortfalls.add(message)
    }
    const startTicks = life.identity?.startTicks
    try {
      if (startTicks !== undefined) guard?.add({ pgid: pid, startTicks, graceMs: request.killTimeoutMs, cookie })
    } catch (error) {
      // It runs, and is swept by its cookie all the same when the host dies: told, but no reason to end it.
      report({ subject: 'guard', message: `Could not guard process ${pid}: ${String(error)}` })
    }
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
      let stdio: OpenedStdio
      try {
        stdio = openStdio(request)
      } catch (error) {
        return fail(observe, stdioFailure(request, error))
      }
      return start(request, observe, stdio, guard)
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
