import type { ProcessIdentity } from '../events/identity.ts'
import type { AdoptRequest, LifeObservation } from '../ports.ts'
import { findCarriers, leaderOf } from './find-lives.ts'
import { formatCookie } from './cookie.ts'
import type { Group } from './group.ts'
import { createGroup } from './group.ts'
import { isAlive } from './identity.ts'
import type { WatchedIdentity } from './identity-watch.ts'
import type { HostedLife } from './life.ts'
import type { LifeTools } from './life-tools.ts'
import type { ProcessStat } from './process-table.ts'
import { isSignal } from './send-signal.ts'
import { signalIdentity } from './signal-identity.ts'
import { signalTree } from './signal-tree.ts'

export interface AdoptOptions {
  readonly request: AdoptRequest
  readonly cookie: string
  readonly observe: (observation: LifeObservation) => void
  /** Called once its leader is known, if it ever is: from now on it can be guarded. */
  readonly known: (leader: ProcessIdentity) => void
  /** Called once it is swept, if its leader was known: nothing of it is left to guard. */
  readonly swept: (leader: ProcessIdentity) => void
  /** Called after the last observation. */
  readonly ended: () => void
}

/** The cookie of a life as the host wrote it that spawned it. */
export function cookieOf({ owner, life, lifetime }: Pick<AdoptRequest, 'owner' | 'life' | 'lifetime'>): string {
  return formatCookie({ ...owner, lifetime, ...life })
}

/**
 * Follows a process that another host has spawned: there is no handle, so everything is known by its identity, and its
 * group by its cookie. From the end of its leader on it is followed like any other life.
 */
export function adoptLife(tools: LifeTools, { request, cookie, ...told }: AdoptOptions): HostedLife {
  const { kernel } = tools
  const escapees: ProcessIdentity[] = []
  /** Known from the beginning, or once it was found by the cookie. */
  let leader: ProcessIdentity | null = null
  let watched: WatchedIdentity | undefined
  /** There once the leader is known to be dead, until the group is proven empty. */
  let group: Group | undefined
  let isGone = false
  let abandoned = false
  let stopWaiting: (() => void) | undefined
  /** What was asked before the leader was found. */
  let asked: Array<() => void> | undefined = []

  const isAbandoned = (): boolean => abandoned
  const observe = (observation: LifeObservation): void => {
    if (!abandoned) told.observe(observation)
  }

  const isLeaderAlive = (): boolean => leader !== null && isAlive(kernel, leader)

  const unhook =
    request.lifetime === 'survivor'
      ? () => {}
      : tools.exitHook.add(() => {
          if (leader !== null && signalIdentity(kernel, leader, 'SIGKILL', 'group')) return
          const left = headless()
          if (left === undefined) return
          if (!left.hasWitness()) left.recall(kernel.pids().flatMap((member) => kernel.stat(member) ?? []))
          left.signal('SIGKILL')
        })

  /** The group without its leader: whoever was in it while the leader was seen alive is ours, and whoever follows. */
  const headless = (): Group | undefined => {
    if (leader === null || isGone) return group
    return (group ??= createGroup(kernel, leader.pid, cookie, watched?.seenTicks ?? leader.startTicks))
  }

  const answer = (): void => {
    const waiting = asked ?? []
    asked = undefined
    for (const ask of waiting) ask()
  }
  const onceKnown = (ask: () => void): void => {
    if (asked === undefined) ask()
    else asked.push(ask)
  }

  const follow = (identity: ProcessIdentity): void => {
    leader = identity
    told.known(identity)
    watched = tools.identities.add(identity, () => exited(headless()))
    stopWaiting = () => watched?.stop()
    answer()
  }

  const exited = (left: Group | undefined): void => {
    stopWaiting = undefined
    const isEmpty = left === undefined || isNumberFree(left.pgid)
    if (!isEmpty) group = left
    observe({ kind: 'exited', code: null, signal: null })
    observe({ kind: 'drained', cut: false })
    if (isAbandoned()) return
    if (isEmpty) gone(sweep)
    else stopWaiting = tools.watch.add(left, () => gone(sweep))
  }

  // A number is given out again only when nobody uses it, as a group's neither: whoever has it as his pid proves that
  // the group is no more. kernel/pid.c, free_pid.
  const isNumberFree = (pgid: number): boolean => {
    if (kernel.kill(-pgid, 0) === 'absent') return true
    const owner = leader === null ? null : kernel.stat(pgid)
    return owner !== null && owner.startTicks !== leader?.startTicks
  }

  const gone = (then: () => void): void => {
    isGone = true
    group = undefined
    unhook()
    observe({ kind: 'gone' })
    if (!isAbandoned()) then()
  }

  const sweep = (): void => {
    stopWaiting = tools.sweep.add({
      cookie,
      startTicks: leader?.startTicks ?? 0,
      escapee(escapee, delivered) {
        escapees.push(escapee)
        observe({ kind: 'escapee', identity: escapee, delivered })
      },
      swept,
    })
  }

  const swept = (): void => {
    if (leader !== null) told.swept(leader)
    observe({ kind: 'swept' })
    if (!isAbandoned()) told.ended()
  }

  /** Of an earlier boot, or where nobody can be recognised: over, without a look and without a signal. */
  const overAtOnce = (): void => {
    observe({ kind: 'exited', code: null, signal: null })
    observe({ kind: 'drained', cut: false })
    if (!isAbandoned()) gone(swept)
  }

  const search = (): void =>
    findCarriers(
      kernel,
      tools.scan,
      (found) => formatCookie(found) === cookie,
      ([carriers]) => {
        if (isAbandoned()) return answer()
        const stats = carriers?.stats ?? []
        const found = leaderOf(stats)
        if (found !== undefined) return follow(nameOf(found))
        // Of a leader that nobody has seen no tick is known; its members prove themselves by their cookies.
        const pgid = groupNumberOf(stats)
        group = pgid === undefined ? undefined : createGroup(kernel, pgid, cookie, -1)
        answer()
        exited(group)
      },
    )

  const nameOf = ({ pid, startTicks }: ProcessStat): ProcessIdentity => ({
    pid,
    startTicks,
    bootId: kernel.bootId ?? '',
  })

  if (kernel.bootId === null || (request.identity !== null && request.identity.bootId !== kernel.bootId)) {
    asked = undefined
    isGone = true
    process.nextTick(overAtOnce)
  } else if (request.identity === null) search()
  else follow(request.identity)

  return {
    signal(signal, to, done) {
      if (!isSignal(signal)) return done(false)
      onceKnown(() => {
        watched?.hurry()
        if (leader !== null && !isGone && isLeaderAlive()) {
          if (to !== 'tree' || signal === 0) {
            return done(signalIdentity(kernel, leader, signal, to === 'tree' ? 'process' : to))
          }
          // Its killer looks the tree up, and at the identity of each, so the answer comes later.
          void signalTree(tools, leader, signal, done)
          return
        }
        const left = to === 'group' ? headless() : undefined
        if (left === undefined) return done(false)
        const finish = (delivered: boolean): void => {
          if (delivered) tools.watch.hurry()
          done(delivered)
        }
        if (left.hasWitness()) return finish(left.signal(signal))
        tools.scan.request((stats) => left.sift(stats, () => finish(group === left && left.signal(signal))))
      })
    },

    survivors(done) {
      const answerWith = (members: readonly ProcessStat[]): void =>
        done([...members.map(nameOf), ...escapees.filter((escapee) => isAlive(kernel, escapee))])
      onceKnown(() => {
        if (isGone) return answerWith([])
        tools.scan.request((stats) => {
          // Alive after they were read: then the number was its own all the while.
          if (isLeaderAlive()) return answerWith(stats.filter((stat) => stat.pgrp === leader?.pid && !stat.dead))
          const left = headless()
          if (left === undefined) return answerWith([])
          left.sift(stats, ({ ours }) => answerWith(ours))
        })
      })
    },

    abandon() {
      if (abandoned) return
      abandoned = true
      stopWaiting?.()
      unhook()
    },
  }
}

/** The number of the group whose leader is not among `stats`: the session that its oldest member is in. */
function groupNumberOf(stats: readonly ProcessStat[]): number | undefined {
  return stats.find(({ pgrp, session }) => pgrp === session)?.pgrp
}
