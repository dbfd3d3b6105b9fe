import type { ProcessIdentity } from '../events/identity.ts'
import type { LifeObservation, ProcessLife, SpawnRequest } from '../ports.ts'
import type { Arrival, Containing } from './containment/containing.ts'
import type { Enclosure } from './containment/enclosure.ts'
import type { Group } from './group.ts'
import { createGroup } from './group.ts'
import { identify, isAlive } from './identity.ts'
import { leaderOf } from './leader.ts'
import { lifeStreams } from './life-streams.ts'
import type { LifeTools } from './life-tools.ts'
import { listSurvivors } from './list-survivors.ts'
import { isSignal, signalGroup } from './send-signal.ts'
import type { Spawned } from './spawn.ts'
import { enclosureFailure } from './spawn-failure.ts'

export interface LifeOptions {
  readonly request: SpawnRequest
  readonly cookie: string
  readonly spawnMs: number
  /** What it was spawned into, where that is more than a group. */
  readonly containing?: Containing | undefined
  readonly observe: (observation: LifeObservation) => void
  /** Called at once with whom a guard has to end, and again when a leader within an enclosure is known. */
  readonly known: (leader: ProcessIdentity, enclosure: Enclosure | undefined) => void
  /** Called once it is swept: nothing of it is left to guard. */
  readonly swept: () => void
  /** Called after the last observation. */
  readonly ended: () => void
}

export interface HostedLife extends ProcessLife {
  /** Observes no more, waits for nothing more and keeps nothing alive; the process itself is left as it is. */
  abandon(): void
}

type Exited = Extract<LifeObservation, { readonly kind: 'exited' }>

/**
 * Follows a spawned process to its end and beyond: until its group and its enclosure are empty and its escapees are found.
 * @throws what the system has against its enclosure; the process has then to be killed
 */
export function followLife(
  tools: LifeTools,
  { pid, child }: Extract<Spawned, { ok: true }>,
  { request, cookie, spawnMs, containing, ...told }: LifeOptions,
): HostedLife {
  const { kernel, leaders } = tools
  // At once: until the loop turns nobody can have reaped it, so the number is its own.
  const identity = identify(kernel, pid)
  let arrive: (arrival: Arrival) => void = (arrival) => (enclosure = arrival.enclosure)
  let enclosure: Enclosure | undefined
  containing?.enter(child, pid, (arrival) => arrive(arrival))

  /** Undefined until it is known; then for good. */
  let leader = containing === undefined || enclosure !== undefined ? leaderOf(tools, child, pid, identity) : undefined
  const escapees: ProcessIdentity[] = []
  // A flag of its own: later the pid may be that of another life.
  let running = true
  /** There after the exit, until the group is proven empty. */
  let group: Group | undefined
  /** Whoever asked for a SIGKILL while nothing but the end of the enclosure is awaited. */
  let askers: Array<(delivered: boolean) => void> | undefined
  let abandoned = false
  let stopWaiting: (() => void) | undefined
  leaders.add(pid)

  // Asked after every observation: whoever is told may close the session at once.
  const isAbandoned = (): boolean => abandoned
  /** What was seen of a leader that is not known yet: `spawned` comes first. */
  let early: LifeObservation[] | undefined = leader === undefined ? [] : undefined
  /** What was asked for while nobody could be signalled yet. */
  const asked: Array<() => void> = []
  /** `drained` and `swept` come in any order, and are the last. */
  let lasts = 2
  const observe = (observation: LifeObservation): void => {
    if (abandoned) return
    if (early !== undefined) return void early.push(observation)
    told.observe(observation)
    if ((observation.kind === 'drained' || observation.kind === 'swept') && --lasts === 0) told.ended()
  }
  const streams = lifeStreams(child, request, observe)

  const endAtExit = (): void => {
    enclosure?.kill()
    if (running && kernel.hasGroups) signalGroup(kernel, pid, 'SIGKILL')
    else if (running) child.kill('SIGKILL')
    else if (group !== undefined) {
      if (!group.hasWitness()) group.recall(kernel.pids().flatMap((member) => kernel.stat(member) ?? []))
      group.signal('SIGKILL')
    }
  }
  const hooks: Array<() => void> = []
  if (request.lifetime !== 'survivor') hooks.push(tools.exitHook.add(endAtExit))
  if (containing !== undefined) hooks.push(tools.exitHook.addLast(() => enclosure?.releaseAtExit()))
  const unhook = (): void => hooks.splice(0).forEach((take) => take())
  const unsweep =
    request.lifetime === 'attached' && identity !== null ? tools.exitSweep.add(cookie, identity.startTicks) : () => {}

  const close = (): void => {
    group = undefined
    if (enclosure === undefined) return gone()
    askers = []
    const answer = (delivered: boolean): void => {
      for (const done of askers?.splice(0) ?? []) done(delivered)
    }
    stopWaiting = tools.enclosures.add(enclosure, {
      stubborn: () => answer(true),
      empty() {
        gone()
        answer(false)
        askers = undefined
      },
    })
  }

  const gone = (): void => {
    unhook()
    enclosure?.release()
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
    unsweep()
    told.swept()
    observe({ kind: 'swept' })
  }

  const exited = (exit: Exited, pgid: number): void => {
    // Known before anybody is told, since whoever is told may signal at once.
    const empty = !kernel.hasGroups || kernel.kill(-pgid, 0) === 'absent'
    if (!empty) group = createGroup(kernel, pgid, cookie, kernel.uptimeTicks())
    observe(exit)
    if (isAbandoned()) return
    streams.settle()
    if (group === undefined) close()
    else stopWaiting = tools.watch.add(group, close)
  }

  let exit: Exited | undefined
  // Before execa's own listeners, which have time: somebody waits for the news.
  child.prependOnceListener('exit', (code, signal) => {
    running = false
    leaders.delete(pid)
    exit = { kind: 'exited', code, signal }
    if (abandoned) return
    if (leader !== undefined) return exited(exit, leader.pid)
    // What it had told before lies in the pipe, and is read in the next turn of the loop at the latest.
    setImmediate(() => setImmediate(failIfUnknown))
  })

  const failIfUnknown = (): void => {
    if (leader !== undefined || abandoned) return
    early = undefined
    told.observe(enclosureFailure(request, exit))
    told.swept()
    life.abandon()
    told.ended()
  }

  const spawned = (): void => {
    if (leader !== undefined) observe({ kind: 'spawned', pid: leader.pid, identity: leader.identity, spawnMs })
  }

  if (identity !== null) told.known(identity, enclosure)
  if (leader !== undefined) process.nextTick(spawned)
  else {
    arrive = (arrival) => {
      if (abandoned) return
      enclosure = arrival.enclosure
      leader = leaderOf(tools, child, pid, identity, arrival.leader)
      if (leader.identity !== null) told.known(leader.identity, enclosure)
      const waiting = early ?? []
      early = undefined
      for (const ask of asked.splice(0)) ask()
      spawned()
      streams.known()
      for (const observation of waiting) observe(observation)
      if (exit !== undefined && !isAbandoned()) exited(exit, leader.pid)
    }
  }

  const signalLeft = (living: Group, signal: NodeJS.Signals | 0, done: (delivered: boolean) => void): void => {
    const finish = (delivered: boolean): void => {
      if (signal === 'SIGKILL') enclosure?.kill()
      if (delivered) tools.watch.hurry()
      done(delivered)
    }
    if (living.hasWitness() || kernel.bootId === null) return finish(living.signal(signal))
    tools.scan.request((stats) => living.sift(stats, () => finish(living.signal(signal))))
  }

  const life: HostedLife = {
    ...streams.raw,

    signal(signal, to, done) {
      if (!isSignal(signal)) return done(false)
      if (leader === undefined && !abandoned) return void asked.push(() => life.signal(signal, to, done))
      if (running && leader !== undefined) {
        const pgid = leader.pid
        return leader.signal(signal, to, (delivered) => {
          // Its parent has reaped it, and is about to end: what is left of its group is there all the same.
          if (!delivered && to === 'group' && enclosure !== undefined) {
            return signalLeft(createGroup(kernel, pgid, cookie, kernel.uptimeTicks()), signal, done)
          }
          if (signal === 'SIGKILL' && to === 'group') enclosure?.kill()
          done(delivered)
        })
      }
      if (to === 'group' && signal === 'SIGKILL' && askers !== undefined) {
        askers.push(done)
        return
      }
      if (to !== 'group' || group === undefined) return done(false)
      signalLeft(group, signal, done)
    },

    survivors(done) {
      const isOver = group === undefined && !running && askers === undefined
      if (kernel.bootId === null || isOver) return done(escapees.filter((escapee) => isAlive(kernel, escapee)))
      listSurvivors(tools, { pgid: leader?.pid ?? pid, group, enclosure, bootId: kernel.bootId }, (members) =>
        done([...members, ...escapees.filter((escapee) => isAlive(kernel, escapee))]),
      )
    },

    abandon() {
      if (abandoned) return
      abandoned = true
      stopWaiting?.()
      unhook()
      unsweep()
      enclosure?.release()
      streams.abandon()
      child.unref()
      for (const ask of asked.splice(0)) ask()
      for (const done of askers?.splice(0) ?? []) done(false)
    },
  }
  return life
}
