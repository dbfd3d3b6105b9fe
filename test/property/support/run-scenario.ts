import { getEventListeners } from 'node:events'
import { createSupervisor } from '../../../src/index.ts'
import type { Child, RecordedEvent, Supervisor, SupervisorView } from '../../../src/index.ts'
import { isBroodError } from '../../../src/errors.ts'
import { memoryJournal } from '../../../src/journals/memory-journal.ts'
import type { Ports } from '../../../src/ports.ts'
import type { ChildOptions } from '../../../src/spec/child-options.ts'
import { createWorld, type World } from '../../../src/testing/index.ts'
import { createCountedClock } from './counted-clock.ts'
import { aliveAfter, runsAfter, spawnedAfterStop } from './world-checks.ts'
import { createPrograms } from './plan-programs.ts'
import type { Command, Plan, Scenario, Trigger } from './scenario.ts'

/** The live view as it was shown at the end of a turn, and how far the log was. */
export interface Mark {
  readonly seq: number
  readonly view: SupervisorView
}

/** What one supervisor recorded and showed. */
export interface Log {
  readonly events: readonly RecordedEvent[]
  /** As the journal retains it. */
  readonly retained: readonly RecordedEvent[]
  readonly marks: readonly Mark[]
}

/** A finished experiment: what was recorded, and what only the world and its caller could see going wrong. */
export interface Run extends Log {
  /** Of the supervisor that children were moved to. */
  readonly other: Log
  readonly violations: readonly string[]
  readonly world: World
}

export interface RunOptions {
  /** Subscribers that throw, beside those that watch. */
  readonly disturbed?: boolean
  /** Puts something broken in the place of a port, for controls. */
  readonly warp?: (ports: Ports) => Ports
}

/** Beyond every timeout that a generated plan can have. */
const LONG_MS = 120_000

interface Held {
  readonly child: Child
  owner: Supervisor
}

/** Does what a scenario says, in a world of its own, stops everything, and lets it settle. */
export async function runScenario(
  scenario: Scenario,
  { disturbed = false, warp = (ports) => ports }: RunOptions = {},
): Promise<Run> {
  const violations: string[] = []
  const world = createWorld({ seed: scenario.seed, sweepMs: scenario.sweepMs ?? 0 })
  const clock = createCountedClock(world.ports.clock)
  const journal = memoryJournal({ retain: scenario.root.retain })
  const events: RecordedEvent[] = []
  const marks: Mark[] = []
  const removed = new Set<string>()
  const held: Held[] = []
  const aborts: AbortController[] = []
  const pending = new Map<symbol, string>()
  const programs = createPrograms(world)
  const triggers = new Map<Trigger['on'], Trigger[]>()
  for (const trigger of scenario.triggers) {
    triggers.set(trigger.on, [...(triggers.get(trigger.on) ?? []), trigger])
  }

  // A child may be asked to stop from within its own `onUnexpectedExit`.
  const optionsOf = (plan: Plan): ChildOptions =>
    plan.kind === 'supervisor'
      ? { ...plan.options, id: plan.id, kind: 'supervisor', children: plan.children.map(optionsOf) }
      : programs.optionsOf(plan, () => held.find(({ child }) => child.id === plan.id)?.child.kill())

  const calls = new Map<Trigger['on'], number>()
  let isMade = false
  const heard = (on: Trigger['on']): void => {
    if (!isMade) return
    const count = (calls.get(on) ?? 0) + 1
    calls.set(on, count)
    for (const trigger of triggers.get(on) ?? []) if (trigger.at === count) perform(trigger.command)
  }

  const { intensity, strategy, autoShutdown, shutdownTimeoutMs, maxConcurrentStarts } = scenario.root
  const root = createSupervisor({
    strategy,
    autoShutdown,
    shutdownTimeoutMs,
    maxConcurrentStarts,
    ...(intensity === undefined ? {} : { intensity }),
    children: scenario.root.children.map(optionsOf),
    journal,
    ports: warp({ ...world.ports, clock }),
    ...(triggers.has('inspect') ? { inspect: () => heard('inspect') } : {}),
  })
  events.push(...journal.read(1, Infinity))

  const hold = (child: Child, owner: Supervisor): void => {
    held.push({ child, owner })
    if (triggers.has('childState')) child.state$.subscribe(() => heard('childState'))
    if (triggers.has('incarnations')) child.incarnations$.subscribe(() => heard('incarnations'))
    for (const below of child.supervisor?.children() ?? []) hold(below, child.supervisor ?? owner)
  }

  const keep = (child: Child, owner: Supervisor): void => {
    if (!held.some((one) => one.child === child)) hold(child, owner)
  }

  const track = (name: string, mayReject: boolean, promise: Promise<unknown>): void => {
    const key = Symbol(name)
    pending.set(key, name)
    promise.then(
      () => pending.delete(key),
      (error: unknown) => {
        pending.delete(key)
        if (!mayReject) violations.push(`neverRejects: ${name} rejected with ${String(error)}`)
        else if (!isBroodError(error)) violations.push(`rejectsWithItsOwn: ${name} rejected with ${String(error)}`)
      },
    )
  }

  const perform = (command: Command): void => {
    try {
      attempt(command)
    } catch (error) {
      if (!isBroodError(error))
        violations.push(`throwsItsOwn: ${command.do} threw ${error instanceof Error ? error.stack : String(error)}`)
    }
  }

  // Where children are moved to from time to time, and stay when the root stops.
  const otherJournal = memoryJournal({ retain: scenario.root.retain })
  const otherMarks: Mark[] = []
  const other = createSupervisor({ journal: otherJournal, ports: warp({ ...world.ports, clock }) })
  const otherEvents: RecordedEvent[] = []
  other.events$.subscribe((event) => otherEvents.push(event))
  other.state$.subscribe((view) => otherMarks.push({ seq: otherJournal.last, view }))

  const ownerOf = (under: number, isForeignToo = false): Supervisor => {
    const owners = [
      root,
      ...held.flatMap(({ child }) => child.supervisor ?? []),
      ...(isForeignToo ? [other, other] : []),
    ]
    return owners[under % owners.length] ?? root
  }

  const stops: { readonly seq: number; readonly stream: string }[] = []
  const attempt = (command: Command): void => {
    switch (command.do) {
      case 'startAll':
        return track('supervisor.start()', true, ownerOf(command.under).start())
      case 'startAllAbortable':
        return track('supervisor.start({ signal })', true, ownerOf(command.under).start({ signal: abortable() }))
      case 'run':
        return track(
          'supervisor.run()',
          true,
          ownerOf(command.under).run({ handleSignals: false, signal: abortable() }),
        )
      case 'stopAll':
        return track('supervisor.stop()', false, ownerOf(command.under).stop())
      case 'stopAllNow':
        return track('supervisor.stop({ now })', false, ownerOf(command.under).stop({ now: true }))
      case 'abort':
        return aborts[command.nth % Math.max(aborts.length, 1)]?.abort()
      case 'failSpawn':
        return world.fail.spawn(command.code, command.times)
      case 'exit': {
        const alive = world.processes()
        const victim = alive[command.nth % Math.max(alive.length, 1)]
        return victim === undefined ? undefined : world.exit(victim.pid, command.how)
      }
      case 'replace': {
        const owner = ownerOf(command.under)
        const { plan, order } = command
        const replacing = owner.replace(optionsOf(plan), { order }).then((child) => hold(child, owner))
        return track(`replace of ${plan.id}`, true, replacing)
      }
      case 'apply': {
        const owner = ownerOf(command.under)
        const apply = async (): Promise<void> => {
          await owner.apply(command.plans.map(optionsOf))
          for (const child of owner.children()) keep(child, owner)
        }
        return track('apply()', true, apply())
      }
      case 'add': {
        const owner = ownerOf(command.under)
        return hold(owner.add(optionsOf(command.plan), { start: command.start }), owner)
      }
      default:
    }
    const target = held[command.child % Math.max(held.length, 1)]
    if (target === undefined) return
    const { child, owner } = target
    const name = `${command.do} of ${child.stream}`
    const stopping = (): void => {
      if (livesBelow(root, child)) stops.push({ seq: journal.last, stream: child.stream })
    }
    switch (command.do) {
      case 'release':
        return keep(owner.release(child.id), owner)
      case 'adopt': {
        const adopter = ownerOf(command.under, true)
        if (adopter === other && other.view.state === 'initial') track('other.start()', true, other.start())
        const displaced = adopter.adopt(child)
        target.owner = adopter
        return displaced === undefined ? undefined : keep(displaced, adopter)
      }
      case 'start':
        return track(name, true, child.start())
      case 'startAbortable':
        return track(name, true, child.start({ signal: abortable() }))
      case 'restart':
        return track(name, true, child.restart())
      case 'restartNow':
        return track(name, true, child.restart({ now: true }))
      case 'reload':
        return track(name, true, child.reload())
      case 'stop':
        stopping()
        return track(name, false, child.stop())
      case 'stopNow':
        stopping()
        return track(name, false, child.stop({ now: true }))
      case 'kill':
        stopping()
        return child.kill()
      case 'remove':
        return track(name, true, owner.remove(child.id))
      case 'ready':
        return child.incarnation?.ready()
      case 'signal':
        return track(name, false, child.signal(command.signal))
      case 'when':
        return track(name, true, child.when(command.state, { signal: abortable() }))
      default:
    }
  }

  const abortable = (): AbortSignal => {
    const controller = new AbortController()
    aborts.push(controller)
    return controller.signal
  }

  const treeId = (): string | undefined =>
    events.flatMap(({ type, data }) =>
      type === 'supervisor.started' && 'host' in data ? (data.host?.treeId ?? []) : [],
    )[0]
  for (const child of root.children()) hold(child, root)
  root.events$.subscribe({
    next(event) {
      events.push(event)
      if (event.type === 'child.removed' || event.type === 'child.released') removed.add(event.stream)
      if (event.type === 'child.stopped') {
        // In another tree somebody may have the same name.
        const ours = held.filter(({ child }) => child.stream === event.stream && livesBelow(root, child))
        violations.push(...runsAfter(event, ours, programs.tasks))
        violations.push(...aliveAfter(event, world, treeId(), removed, scenario.triggers.length === 0))
      }
      // Not those of failing subscribers: what is done must be the same with and without them.
      if (event.type !== 'subscriber.failed') heard('events')
    },
  })
  root.state$.subscribe((view) => {
    marks.push({ seq: journal.last, view })
    heard('state')
  })
  isMade = true
  if (disturbed) {
    let thrown = 0
    const fail = (): void => {
      thrown += 1
      throw new Error(`thrown ${thrown}`)
    }
    root.events$.subscribe(fail)
    root.events$.subscribe((event) => (event.seq % 7 === 0 && event.type !== 'supervisor.stopped' ? fail() : undefined))
    root.exits$.subscribe(fail)
    root.state$.subscribe(fail)
    root.lines$.subscribe(fail)
    for (const child of root.children()) {
      child.state$.subscribe(fail)
      child.incarnations$.subscribe(fail)
    }
  }

  for (const step of scenario.steps) {
    if (step.do === 'advance') await world.advance(step.ms)
    else perform(step)
  }
  await world.advance(0)
  track('the last supervisor.stop()', false, root.stop())
  track('the other supervisor.stop()', false, other.stop())
  await world.advance(LONG_MS)
  // What nobody owns is nobody's to stop but its handle's. A tree that has stopped says no more of what died late.
  const free = held.filter(
    ({ child }) => !livesBelow(root, child) && !livesBelow(other, child) && child.view.state !== 'removed',
  )
  if (free.length > 0) {
    for (const { child } of free) track('the last child.stop()', false, child.stop())
    await world.advance(LONG_MS)
    // Some have all the time they need, and no supervisor above them that would lose its patience.
    for (const { child } of free) if (!isOver(child)) child.kill()
    await world.advance(LONG_MS)
  }
  otherMarks.push({ seq: otherJournal.last, view: other.view })
  for (const { child } of free)
    if (!isOver(child)) violations.push(`everythingSettles: ${child.id} is ${child.view.state}`)

  marks.push({ seq: journal.last, view: root.view })
  const end = journal.last
  if (root.view.state !== 'stopped') violations.push(`everythingSettles: the root is ${root.view.state}`)
  for (const name of pending.values()) violations.push(`everythingSettles: ${name} is pending`)
  if (clock.armed > 0) violations.push(`nothingIsLeftArmed: ${clock.armed} timers after the end`)
  for (const { signal } of aborts) {
    if (getEventListeners(signal, 'abort').length > 0)
      violations.push('nothingIsLeftArmed: an abort listener after the end')
  }
  violations.push(...programs.tasks.problems)
  violations.push(...world.problems.map((problem) => `worldsRules: ${problem}`))
  violations.push(...spawnedAfterStop(events, stops))
  // What nobody could kill dies late: of a tree that is over nothing may be said any more.
  programs.tasks.endAll()
  for (const { pid } of world.processes()) world.exit(pid, { signal: 'SIGKILL' })
  await world.advance(LONG_MS)
  if (journal.last !== end || journal.read(end + 1, Infinity).length > 0) {
    violations.push(`supervisorsStopLast: ${journal.last - end} events after the end`)
  }
  if (clock.armed > 0) violations.push(`nothingIsLeftArmed: ${clock.armed} timers long after the end`)
  const otherLog = {
    events: otherEvents,
    retained: otherJournal.read(otherJournal.first, Infinity),
    marks: otherMarks,
  }
  return { events, retained: journal.read(journal.first, Infinity), marks, violations, world, other: otherLog }
}

const isOver = ({ view }: Child): boolean => ['stopped', 'removed', 'initial'].includes(view.state)

function livesBelow(supervisor: Supervisor, child: Child): boolean {
  return supervisor
    .children()
    .some((one) => one === child || (one.supervisor !== undefined && livesBelow(one.supervisor, child)))
}
