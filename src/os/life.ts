import type { ProcessIdentity } from '../events/identity.ts'
import type { LifeObservation, ProcessLife, SpawnRequest } from '../ports.ts'
import type { ExitHook } from './exit-hook.ts'
import type { Group } from './group.ts'
import { createGroup } from './group.ts'
import type { GroupWatch } from './group-watch.ts'
import { identify, isAlive } from './identity.ts'
import type { IdentityWatch } from './identity-watch.ts'
import type { Kernel } from './kernel.ts'
import { readOutput } from './output.ts'
import type { ProcessScan } from './process-scan.ts'
import { keepUnread } from './raw-stream.ts'
import { isSignal, signalGroup } from './send-signal.ts'
import { signalTree } from './signal-tree.ts'
import type { Spawned } from './spawn.ts'
import type { Sweep } from './sweep.ts'
import type { TreeKiller } from './tree-killer/tree-killer.ts'

/** What all lives of a host share. */
export interface LifeTools {
  readonly kernel: Kernel
  readonly scan: ProcessScan
  readonly watch: GroupWatch
  readonly sweep: Sweep
  /** For what is no child of this host. */
  readonly identities: IdentityWatch
  readonly exitHook: ExitHook
  /** For those who want a tree, and for platforms without process groups. */
  readonly treeKiller: TreeKiller
  /** The pids of processes whose exit was not seen yet: those numbers are ours. */
  readonly leaders: Set<number>
}

export interface LifeOptions {
  readonly request: SpawnRequest
  readonly cookie: string
  readonly spawnMs: number
  readonly observe: (observation: LifeObservation) => void
  /** Called once it is swept: nothing of it is left to guard. */
  readonly swept: () => void
  /** Called after the last observation. */
  readonly ended: () => void
}

export interface HostedLife extends ProcessLife {
  readonly identity: ProcessIdentity | null
  /** Observes no more, waits for nothing more and keeps nothing alive; the process itself is left as it is. */
  abandon(): void
}

/** Follows a spawned process to its end and beyond: until its group is empty and its escapees are found. */
export function followLife(
  tools: LifeTools,
  { pid, child }: Extract<Spawned, { ok: true }>,
  { request, cookie, spawnMs, ...told }: LifeOptions,
): HostedLife {
  const { kernel, leaders } = tools
  // At once: until the loop turns nobody can have reaped it, so the number is its own.
  const identity = identify(kernel, pid)
  const escapees: ProcessIdentity[] = []
  // A flag of its own: later the pid may be that of another life.
  let running = true
  /** There after the exit, until the group is proven empty. */
  let group: Group | undefined
  let abandoned = false
  let stopWaiting: (() => void) | undefined
  leaders.add(pid)

  // Asked after every observation: whoever is told may close the session at once.
  const isAbandoned = (): boolean => abandoned
  /** `drained` and `swept` come in any order, and are the last. */
  let lasts = 2
  const observe = (observation: LifeObservation): void => {
    if (abandoned) return
    told.observe(observation)
    if ((observation.kind === 'drained' || observation.kind === 'swept') && --lasts === 0) told.ended()
  }

  const lines = (['stdout', 'stderr'] as const).flatMap((source) => {
    const stream = child[source]
    if (stream === null) return []
    if (request[source] === 'lines') return [{ source, stream }]
    keepUnread(stream)
    return []
  })
  const output = readOutput(lines, request.drainMs, observe)
  // EPIPE: the process may end, or close its input, while somebody writes to it.
  child.stdin?.on('error', () => {})

  const endAtExit = (): void => {
    if (running && kernel.hasGroups) signalGroup(kernel, pid, 'SIGKILL')
    else if (running) child.kill('SIGKILL')
    else if (group !== undefined) {
      if (!group.hasWitness()) group.recall(kernel.pids().flatMap((member) => kernel.stat(member) ?? []))
      group.signal('SIGKILL')
    }
  }
  const unhook = request.lifetime === 'survivor' ? () => {} : tools.exitHook.add(endAtExit)

  const gone = (): void => {
    group = undefined
    unhook()
    observe({ kind: 'gone' })
    if (isAbandoned()) return
    if (identity === null) return swept()
    stopWaiting = tools.sweep.add({
      cookie,
      startTicks: identity.startTicks,
      escapee(escapee, delivered) {
        escapees.push(escapee)
        observe({ kind: 'escapee', identity: escapee, delivered })
      },
      swept,
    })
  }

  const swept = (): void => {
    told.swept()
    observe({ kind: 'swept' })
  }

  // Before execa's own listeners, which have time: somebody waits for the news.
  child.prependOnceListener('exit', (code, signal) => {
    running = false
    leaders.delete(pid)
    if (abandoned) return
    // Known before anybody is told, since whoever is told may signal at once.
    const empty = !kernel.hasGroups || kernel.kill(-pid, 0) === 'absent'
    if (!empty) group = createGroup(kernel, pid, cookie, kernel.uptimeTicks())
    observe({ kind: 'exited', code, signal })
    if (isAbandoned()) return
    output.settle()
    if (group === undefined) gone()
    else stopWaiting = tools.watch.add(group, gone)
  })

  process.nextTick(() => observe({ kind: 'spawned', pid, identity, spawnMs }))

  const membersLeft = (done: (pids: readonly ProcessIdentity[]) => void): void => {
    const { bootId } = kernel
    const living = group
    if (bootId === null || (living === undefined && !running)) return done([])
    const name = (stat: { pid: number; startTicks: number }): ProcessIdentity => ({
      pid: stat.pid,
      startTicks: stat.startTicks,
      bootId,
    })
    tools.scan.request((stats) => {
      if (living !== undefined) return living.sift(stats, ({ ours }) => done(ours.map(name)))
      done(stats.filter((stat) => stat.pgrp === pid && !stat.dead).map(name))
    })
  }

  return {
    identity,
    ...(request.stdin === 'raw' && child.stdin !== null && { stdin: child.stdin }),
    ...(request.stdout === 'raw' && child.stdout !== null && { stdout: child.stdout }),
    ...(request.stderr === 'raw' && child.stderr !== null && { stderr: child.stderr }),

    signal(signal, to, done) {
      if (!isSignal(signal)) return done(false)
      if (running) {
        if (to === 'group' && kernel.hasGroups) return done(signalGroup(kernel, pid, signal))
        // Without groups a tree is the nearest thing to one. Its killer looks it up, so the answer comes later.
        if (to !== 'process' && signal !== 0) {
          void signalTree(tools, identity ?? { pid }, signal, done)
          return
        }
        const delivered = child.kill(signal)
        if (delivered && signal === 'SIGTERM') child.kill('SIGCONT')
        return done(delivered)
      }
      const living = group
      if (to !== 'group' || living === undefined) return done(false)
      const finish = (delivered: boolean): void => {
        if (delivered) tools.watch.hurry()
        done(delivered)
      }
      if (living.hasWitness() || kernel.bootId === null) return finish(living.signal(signal))
      tools.scan.request((stats) => living.sift(stats, () => finish(group === living && living.signal(signal))))
    },

    survivors(done) {
      membersLeft((members) => done([...members, ...escapees.filter((escapee) => isAlive(kernel, escapee))]))
    },

    abandon() {
      if (abandoned) return
      abandoned = true
      stopWaiting?.()
      unhook()
      output.abandon()
      child.unref()
    },
  }
}
