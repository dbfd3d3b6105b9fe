import { describe, expect, test } from 'vitest'
import type { EventData, EventType, RecordedEvent } from '../../src/index.ts'
import type { LifeObservation, Ports } from '../../src/ports.ts'
import { judgeRun, replaysGiveTheLiveView } from './support/judge-run.ts'
import { invariants, monitor } from './support/monitor.ts'
import { runScenario } from './support/run-scenario.ts'
import { processPlan, rootPlan, type RootPlan, type Scenario, type Step } from './support/scenario.ts'

/*
 * A monitor that finds nothing may be blind. Here every rule meets a log that breaks it: a true one, changed in one
 * place. What happens to the other rules does not matter.
 */

type Log = readonly RecordedEvent[]

const start: Step = { do: 'startAll', under: 0 }
const scenario = (root: RootPlan, ...steps: readonly Step[]): Scenario => ({
  seed: 1,
  root,
  steps: [start, ...steps],
  triggers: [],
})
const advance = (ms: number): Step => ({ do: 'advance', ms })

const rules = (more: object = {}) =>
  ({
    restart: {
      type: 'permanent',
      backoff: { minMs: 100, maxMs: 1_000, factor: 2, jitter: 0.5 },
      limit: { restarts: 2, withinMs: 60_000 },
    },
    stop: { killTimeoutMs: 1_000, splayMs: 50 },
    ...more,
  }) as const

const crashing = [{ exitsAfterMs: 50, code: 1 }] as const
const stubborn = [{ onSignal: { SIGTERM: 'ignore' } }] as const
const leavesRemnants = [{ forks: [{ onSignal: { SIGTERM: 'ignore' } }] }] as const

const scenarios = {
  crashLoop: scenario(
    rootPlan(
      [processPlan('web', crashing, { restart: { type: 'permanent', limit: { restarts: 9, withinMs: 60_000 } } })],
      {
        intensity: { restarts: 2, withinMs: 60_000 },
      },
    ),
    advance(10_000),
  ),
  server: scenario(rootPlan([processPlan('web', [...crashing, {}], rules())]), advance(1_000)),
  stubborn: scenario(rootPlan([processPlan('web', stubborn, rules())]), advance(10)),
  staged: scenario(
    rootPlan([
      processPlan('web', stubborn, {
        stop: {
          stages: [
            { signal: 'SIGTERM', to: 'process', atMs: 0 },
            { signal: 'SIGTERM', to: 'group', atMs: 100 },
            { signal: 'SIGKILL', to: 'group', atMs: 300 },
          ],
        },
      }),
    ]),
    advance(10),
  ),
  remnants: scenario(rootPlan([processPlan('web', leavesRemnants, rules())]), advance(10)),
  chain: scenario(
    rootPlan([
      processPlan('app', [{ spawnMs: 10 }], rules({ after: ['db'] })),
      processPlan('db', [{ spawnMs: 10 }], rules()),
    ]),
    advance(100),
  ),
  abandoned: scenario(rootPlan([processPlan('web', crashing, rules())]), advance(5_000)),
}

const logs = new Map<string, Log>()
async function logOf(name: keyof typeof scenarios): Promise<Log> {
  const known = logs.get(name)
  if (known !== undefined) return known
  const { events } = await runScenario(scenarios[name])
  logs.set(name, events)
  return events
}

/** Where the `nth` event of a type is, the last for -1. */
function find(log: Log, type: EventType, nth = 0, child?: string): number {
  const places = log.flatMap((event, index) =>
    event.type === type && (child ?? event.child) === event.child ? [index] : [],
  )
  const place = places.at(nth)
  if (place === undefined) throw new Error(`No ${type} in this log`)
  return place
}

const without = (log: Log, type: EventType, nth = 0): Log => log.toSpliced(find(log, type, nth), 1)

function changed<T extends EventType>(log: Log, type: T, patch: Partial<EventData[T]>, nth = 0): Log {
  const place = find(log, type, nth)
  const event = log[place]
  if (event === undefined) return log
  return log.with(place, Object.freeze({ ...event, data: Object.freeze({ ...event.data, ...patch }) }) as RecordedEvent)
}

function stamped(log: Log, type: EventType, patch: Partial<RecordedEvent>, nth = 0): Log {
  const place = find(log, type, nth)
  return log.with(place, Object.freeze({ ...log[place], ...patch }) as RecordedEvent)
}

/** An event taken out and put in again in front of another. */
function moved(log: Log, from: number, to: number): Log {
  const event = log[from]
  return event === undefined ? log : log.toSpliced(from, 1).toSpliced(to, 0, event)
}

function copied(log: Log, from: number, to: number): Log {
  const event = log[from]
  return event === undefined ? log : log.toSpliced(to, 0, event)
}

/** Rule, true log, what is done to it. */
const controls: readonly (readonly [keyof typeof invariants, keyof typeof scenarios, string, (log: Log) => Log])[] = [
  ['neverTwoLivesAtATime', 'server', 'an exit is missing', (log) => without(log, 'process.exited')],
  [
    'incarnationsCountUp',
    'server',
    'a number is left out',
    (log) => stamped(log, 'spawn.requested', { incarnation: 3 }, 1),
  ],
  ['incarnationsCountUp', 'server', 'a life without an intent', (log) => without(log, 'spawn.requested', 1)],
  ['everySpawnIsAnsweredOnce', 'server', 'no answer', (log) => without(log, 'process.spawned', -1)],
  [
    'everySpawnIsAnsweredOnce',
    'server',
    'two answers',
    (log) => copied(log, find(log, 'process.spawned'), find(log, 'process.spawned')),
  ],
  ['everyLifeEndsOnce', 'server', 'a life without an exit', (log) => without(log, 'process.exited', -1)],
  [
    'everyLifeEndsOnce',
    'server',
    'two exits',
    (log) => copied(log, find(log, 'process.exited'), find(log, 'process.exited')),
  ],
  ['everyExitDrainsOnce', 'server', 'no drain', (log) => without(log, 'process.drained', -1)],
  [
    'everyExitDrainsOnce',
    'server',
    'two drains',
    (log) => copied(log, find(log, 'process.drained'), find(log, 'process.drained')),
  ],
  [
    'stoppedMeansGone',
    'server',
    'stopped before the exit',
    (log) => moved(log, find(log, 'child.stopped'), find(log, 'process.exited', -1)),
  ],
  ['stoppedMeansGone', 'stubborn', 'nobody named', (log) => changed(log, 'child.stopped', { outcome: 'unkillable' })],
  [
    'nothingSpawnsAfterAStop',
    'server',
    'a spawn after the stop',
    (log) => copied(log, find(log, 'spawn.requested'), find(log, 'stop.requested') + 1),
  ],
  [
    'nothingSpawnsAfterAStop',
    'server',
    'a strategy that revives',
    (log) => {
      const stop = find(log, 'stop.requested')
      const revival = { ...log[stop], type: 'restart.requested', data: { ...log[stop]?.data, cause: 'strategy' } }
      return log.toSpliced(stop + 1, 0, revival as RecordedEvent)
    },
  ],
  [
    'nothingSpawnsUnderAStoppingSupervisor',
    'server',
    'a spawn in the end',
    (log) => copied(log, find(log, 'spawn.requested'), find(log, 'supervisor.stopping') + 1),
  ],
  ['exitsTellTheirCause', 'server', 'an expected crash', (log) => changed(log, 'process.exited', { expected: true })],
  [
    'exitsTellTheirCause',
    'server',
    'an unexpected end of a stop',
    (log) => changed(log, 'process.exited', { expected: false }, -1),
  ],
  ['exitsTellTheirCause', 'server', 'another cause', (log) => changed(log, 'process.exited', { cause: 'finished' })],
  [
    'outcomesTellTheTruth',
    'server',
    'a stop that says it failed',
    (log) => changed(log, 'child.stopped', { outcome: 'failed' }),
  ],
  [
    'outcomesTellTheTruth',
    'server',
    'an abort of nobody',
    (log) => changed(log, 'child.stopped', { outcome: 'aborted' }),
  ],
  [
    'outcomesTellTheTruth',
    'abandoned',
    'a failure that says it succeeded',
    (log) => changed(log, 'child.stopped', { outcome: 'exited' }),
  ],
  ['killsOnlyAfterTheGrace', 'stubborn', 'no grace', (log) => without(log, 'killTimeout.elapsed')],
  [
    'killsOnlyAfterTheGrace',
    'stubborn',
    'a grace that is too short',
    (log) => changed(log, 'stop.requested', { killTimeoutMs: 1_001 }),
  ],
  [
    'killsOnlyAfterTheGrace',
    'stubborn',
    'a splay that is too short',
    (log) => changed(log, 'stop.requested', { splayMs: 51 }),
  ],
  ['remnantsKeepTheGrace', 'remnants', 'no grace', (log) => without(log, 'killTimeout.elapsed')],
  ['splaysWithinBounds', 'stubborn', 'too long', (log) => changed(log, 'stop.requested', { splayMs: 51 })],
  ['splaysWithinBounds', 'stubborn', 'half a millisecond', (log) => changed(log, 'stop.requested', { splayMs: 0.5 })],
  [
    'splaysWithinBounds',
    'stubborn',
    'one although now',
    (log) => changed(log, 'stop.requested', { splayMs: 1, now: true }),
  ],
  ['stagesComeInOrder', 'staged', 'one left out', (log) => without(log, 'signal.sent', 1)],
  [
    'stagesComeInOrder',
    'staged',
    'the second before the first',
    (log) => moved(log, find(log, 'signal.sent', 1), find(log, 'signal.sent')),
  ],
  ['stagesComeInOrder', 'staged', 'to somebody else', (log) => changed(log, 'signal.sent', { to: 'tree' }, 1)],
  [
    'stagesComeInOrder',
    'staged',
    'too late',
    (log) => stamped(log, 'signal.sent', { mono: (log[find(log, 'signal.sent', 1)]?.mono ?? 0) + 1 }, 1),
  ],
  [
    'stagesComeInOrder',
    'staged',
    'one twice',
    (log) => copied(log, find(log, 'signal.sent'), find(log, 'signal.sent') + 1),
  ],
  [
    'stagesComeInOrder',
    'staged',
    'one after the SIGKILL',
    (log) => copied(log, find(log, 'signal.sent', 1), find(log, 'killTimeout.elapsed') + 1),
  ],
  ['stagesComeInOrder', 'staged', 'stages although now', (log) => changed(log, 'stop.requested', { now: true })],
  [
    'restartsWithinLimits',
    'abandoned',
    'one too many',
    (log) => changed(log, 'child.added', { limit: { restarts: 1, withinMs: 60_000 } }),
  ],
  [
    'restartsWithinLimits',
    'abandoned',
    'given up too soon',
    (log) => changed(log, 'child.added', { limit: { restarts: 3, withinMs: 60_000 } }),
  ],
  [
    'intensityHolds',
    'crashLoop',
    'one too many',
    (log) => changed(log, 'supervisor.started', { intensity: { restarts: 1, withinMs: 60_000 } }),
  ],
  ['intensityHolds', 'crashLoop', 'given up too soon', (log) => without(log, 'restart.scheduled')],
  ['delaysFollowTheBackoff', 'server', 'too long', (log) => changed(log, 'restart.scheduled', { delayMs: 101 })],
  ['delaysFollowTheBackoff', 'server', 'too short', (log) => changed(log, 'restart.scheduled', { delayMs: 49 })],
  [
    'delaysFollowTheBackoff',
    'server',
    'an attempt left out',
    (log) => changed(log, 'restart.scheduled', { attempt: 1, delayMs: 150 }),
  ],
  ['delaysFollowTheBackoff', 'server', 'not kept', (log) => changed(log, 'restart.scheduled', { delayMs: 100 })],
  [
    'supervisorsStopLast',
    'server',
    'a word after the last',
    (log) => copied(log, find(log, 'process.drained'), log.length),
  ],
  [
    'supervisorsStopLast',
    'server',
    'the end before its child’s',
    (log) => moved(log, log.length - 1, find(log, 'child.stopped')),
  ],
  [
    'dependantsStopFirst',
    'chain',
    'the dependency first',
    (log) => moved(log, find(log, 'stop.requested', 0, 'db'), find(log, 'stop.requested', 0, 'app')),
  ],
  [
    'startsWaitForDependencies',
    'chain',
    'before it is ready',
    (log) => moved(log, find(log, 'spawn.requested', 0, 'app'), find(log, 'child.ready', 0, 'db')),
  ],
  ['numbersAreGapless', 'server', 'an event lost', (log) => without(log, 'process.drained')],
  ['numbersAreGapless', 'server', 'a revision lost', (log) => stamped(log, 'process.drained', { revision: 99 })],
  [
    'numbersAreGapless',
    'server',
    'caused by itself',
    (log) => stamped(log, 'process.drained', { causedBy: log[find(log, 'process.drained')]?.seq ?? 0 }),
  ],
  ['numbersAreGapless', 'server', 'time runs backwards', (log) => stamped(log, 'child.stopped', { mono: 0 })],
  [
    'eventsAreAcceptable',
    'server',
    'ready before it began',
    (log) => copied(log, find(log, 'child.ready'), find(log, 'start.requested')),
  ],
  ['eventsAreAcceptable', 'server', 'of a stranger', (log) => stamped(log, 'child.stopped', { stream: '/stranger' })],
  ['eventsAreAcceptable', 'server', 'a supervisor that ended twice', (log) => copied(log, log.length - 1, log.length)],
  ['eventsAreFrozenJson', 'server', 'a loose event', (log) => log.with(0, { ...log[0] } as RecordedEvent)],
  [
    'eventsAreFrozenJson',
    'server',
    'a loose member',
    (log) => changed(log, 'process.spawned', { identity: { pid: 1, startTicks: 1, bootId: 'b' } }),
  ],
  ['eventsAreFrozenJson', 'server', 'no JSON', (log) => changed(log, 'process.spawned', { spawnMs: NaN })],
]

test.each(Object.keys(scenarios) as (keyof typeof scenarios)[])('the true log of %s breaks no rule', async (name) => {
  expect(judgeRun(await runScenario(scenarios[name]))).toEqual([])
})

test.each(controls)('%s is broken in %s by: %s', async (rule, name, _what, spoil) => {
  const found = monitor(spoil(await logOf(name)))
  expect(found.filter((message) => message.startsWith(`${rule}:`))).not.toEqual([])
})

test('every rule has its control', () => {
  expect(new Set(controls.map(([rule]) => rule))).toEqual(new Set(Object.keys(invariants)))
})

/** A host whose observations are tampered with on their way. */
const tampered =
  (tamper: (observation: LifeObservation, observe: (observation: LifeObservation) => void) => void) =>
  (ports: Ports): Ports => ({
    ...ports,
    host: {
      ...ports.host,
      open(tree) {
        const session = ports.host.open(tree)
        return {
          ...session,
          spawn: (request, observe) => session.spawn(request, (observation) => tamper(observation, observe)),
        }
      },
    },
  })

const broken = (found: readonly string[], rule: string) => found.filter((message) => message.startsWith(rule))

/** Timers that come late and cannot be called off. */
const unstoppable = (ports: Ports): Ports => ({
  ...ports,
  clock: {
    ...ports.clock,
    arm(delayMs, fire) {
      ports.clock.arm(10 * delayMs, fire)
      return () => {}
    },
  },
})

describe('what only the world can tell', () => {
  test('a host that never says that a group is gone leaves promises pending', async () => {
    const warp = tampered((observation, observe) => (observation.kind === 'gone' ? undefined : observe(observation)))
    const { violations } = await runScenario(scenarios.server, { warp })
    expect(broken(violations, 'everythingSettles: the last supervisor.stop() is pending')).toHaveLength(1)
    expect(broken(violations, 'everythingSettles: the root is stopping')).toHaveLength(1)
  })

  test('a host that says so too soon is found out by the world', async () => {
    const warp = tampered((observation, observe) => {
      observe(observation)
      if (observation.kind !== 'exited') return
      observe({ kind: 'gone' })
      observe({ kind: 'swept' })
    })
    const { violations } = await runScenario(scenarios.remnants, { warp })
    expect(broken(violations, 'stoppedMeansGone: ')).not.toEqual([])
  })

  test('a clock that calls nothing off is found out by what is left armed', async () => {
    const { violations } = await runScenario(scenarios.server, { warp: unstoppable })
    expect(broken(violations, 'nothingIsLeftArmed: ')).not.toEqual([])
  })

  test('a view that was never true is found out by the replay', async () => {
    const run = await runScenario(scenarios.server)
    const [first, ...rest] = run.marks
    if (first === undefined) throw new Error('No marks')
    expect(replaysGiveTheLiveView(run)).toEqual([])
    const lied = { ...run, marks: [{ ...first, view: { ...first.view, since: 1 } }, ...rest] }
    expect(replaysGiveTheLiveView(lied)).not.toEqual([])
  })
})
