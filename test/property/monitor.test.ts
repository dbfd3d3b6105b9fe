import { describe, expect, test } from 'vitest'
import type { EventData, EventType, RecordedEvent } from '../../src/index.ts'
import type { LifeObservation, Ports } from '../../src/ports.ts'
import { judgeRun, replaysGiveTheLiveView } from './support/judge-run.ts'
import { freezeDeep } from '../../src/machines/freeze-deep.ts'
import { laws } from '../../src/record/invariants/laws.ts'
import { monitor } from './support/monitor.ts'
import { runScenario } from './support/run-scenario.ts'
import { processPlan, rootPlan, type RootPlan, type Scenario, type Step } from './support/scenario.ts'

/*
 * A monitor that finds nothing may be blind. Here every rule meets a log that breaks it: a true one, changed in one
 * place and numbered anew. What else that breaks is said beside it: nothing more may be found, and nothing less.
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
  together: scenario(
    rootPlan([processPlan('web', [...crashing, {}], rules()), processPlan('db', [{}], rules())], {
      strategy: 'one-for-all',
    }),
    advance(1_000),
  ),
  nested: scenario(
    rootPlan([
      { kind: 'supervisor', id: 'api', options: {}, children: [processPlan('web', [...crashing, {}], rules())] },
    ]),
    advance(1_000),
  ),
  checkpointed: scenario(
    rootPlan([processPlan('web', [...crashing, ...crashing, {}], rules())], { retain: 10 }),
    advance(1_000),
  ),
  replaced: scenario(
    rootPlan([processPlan('web', [{}], rules())]),
    advance(10),
    { do: 'remove', child: 0 },
    advance(100),
    { do: 'add', under: 0, plan: processPlan('web', [{}], rules()), start: true },
    advance(10),
  ),
  unkillable: scenario(rootPlan([processPlan('web', [{ unkillable: true }], rules())]), advance(10)),
  once: scenario(rootPlan([processPlan('web', [{ exitsAfterMs: 10, code: 0 }], { oneShot: true })]), advance(100)),
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

const without = (log: Log, type: EventType, nth = 0): Log => renumbered(log.toSpliced(find(log, type, nth), 1))

function changed<T extends EventType>(log: Log, type: T, patch: Partial<EventData[T]>, nth = 0): Log {
  const place = find(log, type, nth)
  const event = log[place]
  if (event === undefined) return log
  // What the payload says of its cause, the envelope says too.
  const { cause } = patch as Partial<RecordedEvent>
  const envelope = cause === undefined ? {} : { cause }
  return log.with(place, freeze({ ...event, ...envelope, data: { ...event.data, ...patch } } as RecordedEvent))
}

const stamped = (log: Log, type: EventType, patch: Partial<RecordedEvent>, nth = 0): Log => {
  const place = find(log, type, nth)
  return log.with(place, freeze({ ...log[place], ...patch } as RecordedEvent))
}

const freeze = (event: RecordedEvent): RecordedEvent => freezeDeep(event)

/** An event taken out and put in again in front of another. */
function moved(log: Log, from: number, to: number): Log {
  const event = log[from]
  return event === undefined ? log : renumbered(log.toSpliced(from, 1).toSpliced(to, 0, event))
}

function copied(log: Log, from: number, to: number, patch: Partial<RecordedEvent> = {}): Log {
  const event = log[from]
  return event === undefined ? log : renumbered(log.toSpliced(to, 0, { ...event, ...patch } as RecordedEvent))
}

/** What the last to exit would say if it had an output. */
function drainOf(log: Log): RecordedEvent {
  const exited = log[find(log, 'process.exited', -1)]
  const { cause: _cause, ...envelope } = exited as RecordedEvent<'process.exited'>
  return { ...envelope, type: 'process.drained', data: { cut: false } }
}

/** As if it had been recorded like this: `seq`, `revision`, and times that do not run backwards. */
function renumbered(log: Log): Log {
  const seqs = new Map<number, number>()
  const revisions = new Map<string, number>()
  let mono = -Infinity
  return log.map((event, index) => {
    const revision = (revisions.get(event.stream) ?? 0) + 1
    revisions.set(event.stream, revision)
    if (!seqs.has(event.seq)) seqs.set(event.seq, index + 1)
    mono = Math.max(mono, event.mono)
    const { causedBy, ...rest } = event
    const cause = causedBy === undefined ? undefined : seqs.get(causedBy)
    const known = cause === undefined || cause > index ? {} : { causedBy: cause }
    return freeze({ ...rest, seq: index + 1, revision, mono, ...known })
  })
}

type Name = keyof typeof scenarios
type Control = [rule: string, scenario: Name, what: string, spoil: (log: Log) => Log, also?: readonly string[]]

/** Rule, true log, what is done to it, and which other rules that breaks as well. */
const controls: readonly Control[] = [
  ['seq-is-gapless', 'server', 'an event lost', (log) => log.toSpliced(find(log, 'process.drained', -1), 1)],
  ['seq-is-gapless', 'server', 'a beginning lost', (log) => log.slice(1)],
  [
    'seq-is-gapless',
    'server',
    'an event twice',
    (log) => log.toSpliced(3, 0, log[3] as RecordedEvent),
    ['events-are-acceptable', 'every-spawn-is-answered-once', 'incarnations-count-up', 'revision-is-gapless'],
  ],
  [
    'gaps-are-counted',
    'server',
    'a loss that is not what it says',
    (log) =>
      copied(log, 2, 3, {
        type: 'journal.degraded',
        stream: '/',
        data: { droppedEvents: 3, from: 1, to: 2 },
      }),
  ],
  ['revision-is-gapless', 'server', 'a revision lost', (log) => stamped(log, 'process.drained', { revision: 99 }, -1)],
  [
    'causes-are-older',
    'server',
    'caused by itself',
    (log) => stamped(log, 'process.drained', { causedBy: log[find(log, 'process.drained')]?.seq ?? 0 }),
  ],
  ['time-runs-forwards', 'server', 'time runs backwards', (log) => stamped(log, 'process.drained', { mono: 0 }, -1)],
  ['envelopes-are-sound', 'server', 'a version of nothing', (log) => stamped(log, 'process.drained', { v: 0 }, -1)],
  ['envelopes-are-sound', 'server', 'two causes', (log) => stamped(log, 'restart.scheduled', { cause: 'health' })],
  [
    'checkpoints-tell-the-state',
    'checkpointed',
    'another life',
    (log) =>
      changed(log, 'journal.checkpointed', {
        state: JSON.parse(
          JSON.stringify(
            (log[find(log, 'journal.checkpointed')] as RecordedEvent<'journal.checkpointed'>).data.state,
          ).replace(/"name":"\w+"/, '"name":"killing"'),
        ),
      }),
  ],
  [
    'checkpoints-tell-the-state',
    'checkpointed',
    'a child too few',
    (log) =>
      changed(log, 'journal.checkpointed', {
        state: { version: 3, children: [], supervisors: [], revisions: [], registered: [] },
      }),
  ],

  [
    'events-are-acceptable',
    'server',
    'ready before it began',
    (log) => copied(log, find(log, 'child.ready'), find(log, 'start.requested'), {}),
    ['incarnations-count-up'],
  ],
  ['events-are-acceptable', 'server', 'an end without a stop', (log) => without(log, 'supervisor.stopping')],
  [
    'events-are-about-somebody',
    'server',
    'of a stranger',
    (log) => copied(log, find(log, 'process.drained'), find(log, 'process.drained'), { stream: '/stranger' }),
  ],
  [
    'events-are-about-somebody',
    'replaced',
    'after its removal',
    (log) => copied(log, find(log, 'child.stopped'), find(log, 'child.removed') + 1),
  ],
  [
    'registrations-have-their-own-stream',
    'server',
    'a number left out',
    (log) => renumbered(log.map((event) => (event.stream === '/web' ? { ...event, stream: '/web@3' } : event))),
  ],
  [
    'registrations-have-their-own-stream',
    'replaced',
    'the same stream twice',
    (log) => renumbered(log.map((event) => (event.stream === '/web@2' ? { ...event, stream: '/web' } : event))),
    ['no-signal-after-the-proof', 'output-drains-once'],
  ],

  [
    'one-life-at-a-time',
    'server',
    'an exit is missing',
    (log) => without(log, 'process.exited'),
    ['events-are-acceptable', 'output-drains-once'],
  ],
  [
    'incarnations-count-up',
    'server',
    'a number is left out',
    (log) => renumbered(log.map((event) => (event.incarnation === 2 ? { ...event, incarnation: 3 } : event))),
  ],
  [
    'every-spawn-is-answered-once',
    'server',
    'no answer',
    (log) => without(log, 'process.spawned', -1),
    ['events-are-acceptable', 'every-life-ends-once', 'signals-reach-their-process'],
  ],
  [
    'every-spawn-is-answered-once',
    'server',
    'two answers',
    (log) => copied(log, find(log, 'process.spawned'), find(log, 'process.spawned')),
    ['events-are-acceptable'],
  ],
  [
    'every-life-ends-once',
    'server',
    'two exits',
    (log) => copied(log, find(log, 'process.exited'), find(log, 'process.exited')),
    ['events-are-acceptable'],
  ],
  [
    'every-life-ends-once',
    'server',
    'a life without an exit',
    (log) => without(log, 'process.exited', -1),
    ['events-are-acceptable', 'output-drains-once', 'stopped-means-gone', 'supervisors-stop-last'],
  ],
  ['exits-name-their-process', 'server', 'of another', (log) => changed(log, 'process.exited', { pid: 4 })],
  [
    'exits-are-as-the-kernel-said',
    'server',
    'an invented status',
    (log) => changed(log, 'process.exited', { status: 127 }),
  ],
  [
    'exits-are-as-the-kernel-said',
    'stubborn',
    'a code and a signal',
    (log) => changed(log, 'process.exited', { code: 137 }),
    ['outcomes-are-truthful'],
  ],
  ['output-drains-once', 'server', 'no drain', (log) => without(log, 'process.drained', -1)],
  [
    'output-drains-once',
    'server',
    'two drains',
    (log) => copied(log, find(log, 'process.drained'), find(log, 'process.drained')),
  ],

  [
    'only-processes-have-a-body',
    'nested',
    'a supervisor with a pid',
    (log) => changed(changed(log, 'process.spawned', { pid: 4 }), 'process.exited', { pid: 4 }, -1),
  ],
  [
    'only-processes-have-a-body',
    'nested',
    'output of a supervisor',
    (log) => renumbered(log.toSpliced(find(log, 'process.exited', -1) + 1, 0, drainOf(log))),
  ],

  ['signals-reach-their-process', 'stubborn', 'a stranger', (log) => changed(log, 'signal.sent', { pid: 4 })],
  [
    'no-signal-after-the-proof',
    'stubborn',
    'a signal to nobody',
    (log) => moved(log, find(log, 'signal.sent', -1), find(log, 'child.stopped')),
  ],
  [
    'no-signal-after-the-proof',
    'server',
    'to a group that is gone',
    (log) => copied(log, find(log, 'signal.sent'), find(log, 'restart.due') + 1, { incarnation: 1 }),
    ['signals-reach-their-process'],
  ],
  [
    'one-signal-per-stage',
    'stubborn',
    'twice',
    (log) => copied(log, find(log, 'signal.sent'), find(log, 'signal.sent')),
  ],
  ['stop-signals-are-as-recorded', 'stubborn', 'another', (log) => changed(log, 'signal.sent', { signal: 'SIGHUP' })],

  [
    'splay-is-within-bounds',
    'stubborn',
    'too long',
    (log) => changed(log, 'stop.requested', { splayMs: 51 }),
    ['splay-is-kept'],
  ],
  [
    'splay-is-within-bounds',
    'stubborn',
    'half a millisecond',
    (log) => changed(log, 'stop.requested', { splayMs: 0.5 }),
  ],
  [
    'splay-is-within-bounds',
    'stubborn',
    'one although now',
    (log) => changed(log, 'stop.requested', { splayMs: 1, now: true }),
  ],
  ['splay-is-kept', 'stubborn', 'a splay that is too short', (log) => changed(log, 'stop.requested', { splayMs: 50 })],
  [
    'grace-is-kept',
    'stubborn',
    'a grace that is too short',
    (log) => changed(log, 'stop.requested', { killTimeoutMs: 1_001 }),
  ],
  ['kills-come-after-the-grace', 'stubborn', 'no grace', (log) => without(log, 'killTimeout.elapsed')],
  ['remnants-keep-the-grace', 'remnants', 'no grace', (log) => without(log, 'killTimeout.elapsed')],

  [
    'no-spawn-after-a-stop',
    'server',
    'a spawn after the stop',
    (log) => copied(log, find(log, 'spawn.requested'), find(log, 'stop.requested') + 1, { incarnation: 3 }),
    [
      'events-are-acceptable',
      'every-life-ends-once',
      'every-spawn-is-answered-once',
      'no-spawn-under-a-stopping-supervisor',
      'one-life-at-a-time',
      'supervisors-stop-last',
    ],
  ],
  [
    'no-spawn-after-a-stop',
    'together',
    'a strategy that revives',
    (log) =>
      copied(log, find(log, 'restart.requested', 0, 'db'), find(log, 'stop.requested', 0, 'db') + 1, {
        incarnation: 2,
      }),
    ['exits-tell-their-cause', 'outcomes-are-truthful'],
  ],
  [
    'no-spawn-under-a-stopping-supervisor',
    'server',
    'a spawn in the end',
    (log) => moved(log, find(log, 'supervisor.stopping'), find(log, 'spawn.requested', -1)),
  ],
  [
    'commands-join',
    'stubborn',
    'asked twice',
    (log) => copied(log, find(log, 'stop.requested'), find(log, 'splay.elapsed')),
  ],
  [
    'exits-tell-their-cause',
    'server',
    'an expected crash',
    (log) => changed(log, 'process.exited', { expected: true }),
  ],
  [
    'exits-tell-their-cause',
    'server',
    'an unexpected end of a stop',
    (log) => changed(log, 'process.exited', { expected: false }, -1),
  ],
  ['exits-tell-their-cause', 'once', 'another cause', (log) => changed(log, 'process.exited', { cause: 'crash' })],
  [
    'outcomes-are-truthful',
    'server',
    'a stop that says it failed',
    (log) => changed(log, 'child.stopped', { outcome: 'failed' }),
  ],
  [
    'outcomes-are-truthful',
    'server',
    'an abort of nobody',
    (log) => changed(log, 'child.stopped', { outcome: 'aborted' }),
  ],
  [
    'outcomes-are-truthful',
    'abandoned',
    'a failure that says it succeeded',
    (log) => changed(log, 'child.stopped', { outcome: 'exited' }),
  ],
  [
    'stopped-means-gone',
    'server',
    'stopped before the exit',
    (log) => moved(log, find(log, 'child.stopped'), find(log, 'process.exited', -1)),
    ['events-are-acceptable', 'supervisors-stop-last'],
  ],
  ['stopped-means-gone', 'unkillable', 'nobody named', (log) => changed(log, 'child.stopped', { survivors: [] })],

  ['stages-come-in-order', 'staged', 'one left out', (log) => without(log, 'signal.sent', 1)],
  [
    'stages-come-in-order',
    'staged',
    'the second before the first',
    (log) => moved(log, find(log, 'signal.sent', 1), find(log, 'signal.sent')),
  ],
  ['stages-come-in-order', 'staged', 'to somebody else', (log) => changed(log, 'signal.sent', { to: 'tree' }, 1)],
  [
    'stages-are-on-time',
    'staged',
    'too late',
    (log) => stamped(log, 'signal.sent', { mono: (log[find(log, 'signal.sent', 1)]?.mono ?? 0) + 1 }, 1),
  ],
  [
    'stages-come-in-order',
    'staged',
    'one twice',
    (log) => copied(log, find(log, 'signal.sent'), find(log, 'signal.sent') + 1),
  ],
  [
    'stages-come-in-order',
    'staged',
    'one after the SIGKILL',
    (log) => copied(log, find(log, 'signal.sent', 1), find(log, 'killTimeout.elapsed') + 1),
  ],
  ['stages-come-in-order', 'staged', 'stages although now', (log) => changed(log, 'stop.requested', { now: true })],
  [
    'restarts-are-within-the-limit',
    'abandoned',
    'one too many',
    (log) => changed(log, 'child.added', { limit: { restarts: 1, withinMs: 60_000 } }),
  ],
  [
    'abandoned-only-at-the-limit',
    'abandoned',
    'given up too soon',
    (log) => changed(log, 'child.added', { limit: { restarts: 3, withinMs: 60_000 } }),
  ],
  [
    'restarts-follow-the-policy',
    'server',
    'of a temporary child',
    (log) => changed(log, 'child.added', { restart: 'temporary' }),
  ],
  [
    'restarts-follow-the-policy',
    'server',
    'for another reason',
    (log) => changed(log, 'restart.scheduled', { cause: 'health' }),
  ],
  ['restarts-follow-the-policy', 'server', 'of a start that is one attempt', (log) => without(log, 'child.ready')],
  [
    'delays-are-within-the-backoff',
    'server',
    'too long',
    (log) => changed(log, 'restart.scheduled', { delayMs: 101 }),
    ['delays-are-kept'],
  ],
  ['delays-are-within-the-backoff', 'server', 'too short', (log) => changed(log, 'restart.scheduled', { delayMs: 49 })],
  [
    'attempts-count-up',
    'server',
    'an attempt left out',
    (log) => changed(log, 'restart.scheduled', { attempt: 1, delayMs: 150 }),
    ['delays-are-kept'],
  ],
  ['delays-are-kept', 'server', 'not kept', (log) => changed(log, 'restart.scheduled', { delayMs: 100 })],

  [
    'dependants-stop-first',
    'chain',
    'the dependency first',
    (log) => moved(log, find(log, 'stop.requested', 0, 'db'), find(log, 'stop.requested', 0, 'app')),
    ['splay-is-kept'],
  ],
  [
    'starts-wait-for-dependencies',
    'chain',
    'before it is ready',
    (log) => moved(log, find(log, 'spawn.requested', 0, 'app'), find(log, 'child.ready', 0, 'db')),
  ],

  [
    'intensity-holds',
    'crashLoop',
    'one too many',
    (log) => changed(log, 'supervisor.started', { intensity: { restarts: 1, withinMs: 60_000 } }),
    ['gives-up-only-beyond-the-intensity'],
  ],
  [
    'gives-up-only-beyond-the-intensity',
    'crashLoop',
    'given up too soon',
    (log) => changed(log, 'intensity.exceeded', { restarts: 3 }),
  ],
  [
    'gives-up-only-beyond-the-intensity',
    'crashLoop',
    'given up, and well',
    (log) =>
      changed(changed(log, 'supervisor.stopping', { outcome: 'stopped' }), 'supervisor.stopped', {
        outcome: 'stopped',
      }),
  ],
  [
    'supervisors-stop-last',
    'server',
    'the end before its child’s',
    (log) => moved(log, log.length - 1, find(log, 'child.stopped')),
    ['nothing-follows-the-end'],
  ],
  [
    'supervisors-end-as-announced',
    'server',
    'another end',
    (log) => changed(log, 'supervisor.stopped', { outcome: 'failed' }),
  ],
  [
    'nothing-follows-the-end',
    'server',
    'a word after the last',
    (log) => copied(log, find(log, 'process.drained', -1), log.length),
    ['output-drains-once'],
  ],
  [
    'strategies-are-obeyed',
    'together',
    'another strategy',
    (log) => changed(log, 'supervisor.started', { strategy: 'one-for-one' }),
  ],
  ['starts-are-as-announced', 'server', 'one more', (log) => changed(log, 'supervisor.started', { awaits: 2 })],
  ['starts-are-as-announced', 'nested', 'one fewer', (log) => changed(log, 'supervisor.started', { awaits: 0 }, 1)],

  ['events-are-frozen-json', 'server', 'a loose event', (log) => log.with(0, { ...log[0] } as RecordedEvent)],
  [
    'events-are-frozen-json',
    'server',
    'a loose member',
    (log) => log.with(0, Object.freeze({ ...log[0], data: { ...log[0]?.data } }) as RecordedEvent),
  ],
  ['events-are-frozen-json', 'server', 'no JSON', (log) => changed(log, 'process.spawned', { spawnMs: NaN })],
]

const names = (found: readonly string[]): readonly string[] =>
  [...new Set(found.map((message) => message.split(':')[0] ?? ''))].toSorted()

test.each(Object.keys(scenarios) as Name[])(
  'the true log of %s breaks no rule, nor does any beginning of it',
  async (name) => {
    expect(judgeRun(await runScenario(scenarios[name]))).toEqual([])
    const log = await logOf(name)
    for (let length = 0; length < log.length; length += 1) expect(monitor(log.slice(0, length))).toEqual([])
  },
)

test.each<Control>(controls)('%s is broken in %s by: %s', async (rule, name, _what, spoil, also = []) => {
  expect(names(monitor(spoil(await logOf(name))))).toEqual([...new Set([rule, ...also])].toSorted())
})

test('every rule has its control', () => {
  const all = [...laws.map(({ invariant }) => invariant), 'events-are-frozen-json', 'stages-are-on-time']
  expect(new Set(all).size).toBe(all.length)
  expect(new Set(controls.map(([rule]) => rule))).toEqual(new Set(all))
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
