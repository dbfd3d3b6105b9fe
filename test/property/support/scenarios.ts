import * as fc from 'fast-check'
import type { Behaviour } from '../../../src/testing/index.ts'
import type {
  Answer,
  Command,
  Plan,
  ProcessPlan,
  RootPlan,
  Scenario,
  Step,
  SupervisorPlan,
  Trigger,
} from './scenario.ts'

/*
 * Times come from a short list, so that things fall together: a grace that ends with a crash, a stop within a backoff.
 * Nothing here may go on for ever in no time: an automatic restart costs time, or is limited.
 */

const shortMs = fc.constantFrom(0, 1, 10, 50, 100)
const someMs = fc.constantFrom(0, 1, 10, 50, 100, 500, 3_000)

const rarely = <T>(arbitrary: fc.Arbitrary<T>, usually: T, weight = 8): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(usually) }, { weight: 1, arbitrary })

const reaction = fc.constantFrom<NonNullable<Behaviour['onSignal']>['SIGTERM']>(
  'ignore',
  'exit',
  { afterMs: 10, code: 0 },
  { afterMs: 100, code: 0 },
  { afterMs: 3_000, code: 3 },
)

const onSignal = fc.oneof(
  fc.constant(undefined),
  reaction.map((SIGTERM) => ({ SIGTERM })),
  reaction.map((SIGINT) => ({ SIGINT, SIGTERM: SIGINT })),
)

const fork: fc.Arbitrary<Behaviour> = fc.constantFrom<Behaviour>(
  {},
  { onSignal: { SIGTERM: 'ignore' } },
  { leavesGroup: true },
  { leavesGroup: true, holdsPipe: true, onSignal: { SIGTERM: 'ignore' } },
  { holdsPipe: true, exitsAfterMs: 100 },
  { onSignal: { SIGTERM: { afterMs: 50 } } },
  { onSignal: { SIGTERM: { afterMs: 3_000 } }, holdsPipe: true },
  { exitsAfterMs: 50 },
  { exitsAfterMs: 0 },
)

/** What nobody can kill makes most of a tree's end the same, so there is little of it. */
const stuckFork = fc.constantFrom<Behaviour>(
  { unkillable: true },
  { unkillable: true, leavesGroup: true },
  { unkillable: true, leavesGroup: true, exitsAfterMs: 500 },
)

const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T

const ending = fc.constantFrom<Partial<Behaviour>>(
  {},
  {},
  {},
  { exitsAfterMs: 0, code: 0 },
  { exitsAfterMs: 0, code: 1 },
  { exitsAfterMs: 10, code: 0 },
  { exitsAfterMs: 10, code: 1 },
  { exitsAfterMs: 50, code: 3 },
  { exitsAfterMs: 100, signal: 'SIGSEGV' },
  { exitsAfterMs: 500, code: 0 },
  { exitsAfterMs: 500, code: 1 },
)

const behaviourWith = (own: fc.Arbitrary<Partial<Behaviour>>): fc.Arbitrary<Behaviour> =>
  fc
    .record({
      ending: own,
      onSignal,
      forks: rarely(
        fc.array(
          rarely(stuckFork, undefined, 40).chain((stuck) => (stuck === undefined ? fork : fc.constant(stuck))),
          { minLength: 1, maxLength: 2 },
        ),
        undefined,
        3,
      ),
      unkillable: rarely(fc.constant(true), undefined, 60),
      spawnMs: rarely(fc.constantFrom(1, 10, 100, 7_000), undefined, 5),
      prints: rarely(
        fc.constantFrom<Behaviour['prints']>([], [{ text: 'ready', afterMs: 50 }], [{ text: 'no', source: 'stderr' }]),
        ['ready'],
        4,
      ),
    })
    .map(({ ending: ends, ...rest }) => defined({ ...ends, ...rest }) as Behaviour)

/** A tree whose first lives fail is over at once: most of them last long enough for something to be done. */
const lives = fc
  .tuple(
    behaviourWith(
      fc.oneof(
        {
          weight: 5,
          arbitrary: fc.constantFrom<Partial<Behaviour>>(
            {},
            {},
            {},
            { exitsAfterMs: 50, code: 1 },
            { exitsAfterMs: 500, code: 1 },
          ),
        },
        { weight: 1, arbitrary: ending },
      ),
    ),
    fc.array(behaviourWith(ending), { maxLength: 2 }),
  )
  .map(([first, rest]) => [first, ...rest])

const backoff = fc.constantFrom(
  { minMs: 0, maxMs: 0, factor: 1, jitter: 0 },
  { minMs: 0, maxMs: 100, factor: 2, jitter: 0.5 },
  { minMs: 10, maxMs: 100, factor: 2, jitter: 1 },
  { minMs: 50, maxMs: 50, factor: 1, jitter: 0 },
  { minMs: 100, maxMs: 5_000, factor: 3, jitter: 0.5 },
  { minMs: 1_000, maxMs: 60_000, factor: 2, jitter: 0.5 },
)

const limit = fc.constantFrom(
  { restarts: 0, withinMs: 1_000 },
  { restarts: 1, withinMs: 100 },
  { restarts: 2, withinMs: 1_000 },
  { restarts: 3, withinMs: 60_000 },
  { restarts: 5, withinMs: 300_000 },
  { restarts: 2, withinMs: Infinity },
)

const marks = rarely(
  fc.constantFrom<readonly (number | NodeJS.Signals)[]>([1], [3], ['SIGSEGV'], ['SIGTERM', 0]),
  undefined,
)
const answer = rarely(
  fc.constantFrom<Answer | undefined>('yes', 'no', 'throw', 'hang', 'late', 'nonsense', 'stopIt'),
  undefined,
  5,
)
const restartType = fc.constantFrom('permanent', 'permanent', 'permanent', 'transient', 'transient', 'temporary')

const restart = (types: fc.Arbitrary<string>) =>
  fc
    .record({
      type: types,
      backoff,
      limit,
      resetAfterMs: fc.constantFrom(0, 50, 10_000),
      success: marks,
      prevent: marks,
      force: marks,
    })
    // A success that is forced to begin again counts in no limit: with no delay that would be for ever, in no time.
    .map((rules) =>
      defined(
        rules.force === undefined ? rules : { ...rules, backoff: { minMs: 500, maxMs: 500, factor: 1, jitter: 0 } },
      ),
    )

const stop = fc
  .record({
    signal: fc.constantFrom(undefined, undefined, undefined, undefined, 'SIGINT', 'SIGINT', 'SIGKILL'),
    killTimeoutMs: fc.constantFrom(0, 1, 50, 100, 1_000, 5_000, Infinity),
    splayMs: rarely(fc.constantFrom(1, 50, 1_000), undefined, 3),
    verifyMs: fc.constantFrom(0, 10, 100, 2_000),
  })
  .map(defined)

const conditions = fc.constantFrom('started', 'ready', 'completed')

/** Some of those that come before it in an order that has nothing to do with the list's. */
const after = (earlier: readonly string[]) =>
  earlier.length === 0
    ? fc.constant(undefined)
    : rarely(
        fc.oneof(
          fc.subarray([...earlier], { minLength: 1, maxLength: Math.min(2, earlier.length) }),
          fc
            .subarray([...earlier], { minLength: 1, maxLength: Math.min(2, earlier.length) })
            .chain((ids) =>
              fc
                .array(conditions, { minLength: ids.length, maxLength: ids.length })
                .map((wanted) => Object.fromEntries(ids.map((id, index) => [id, wanted[index]]))),
            ),
        ),
        undefined,
        2,
      )

const processes = (id: string, earlier: readonly string[]): fc.Arbitrary<ProcessPlan> =>
  rarely(fc.constant(true), false, 5).chain((oneShot) =>
    fc
      .record({
        lives: rarely(fc.constant<readonly Behaviour[]>([]), undefined, 60).chain((missing) =>
          missing === undefined ? lives : fc.constant(missing),
        ),
        answer,
        restart: restart(oneShot ? fc.constant('temporary') : restartType),
        significant: rarely(fc.constant(true), undefined, 4),
        ready: rarely(fc.constantFrom('manual', { line: 'ready' }, { line: 'ready' }), undefined, 3),
        readyTimeoutMs: rarely(fc.constantFrom(0, 10, 100, 1_000), undefined, 4),
        runTimeoutMs: rarely(fc.constantFrom(0, 10, 100, 500), undefined, 12),
        stop,
        reloadSignal: fc.constantFrom(undefined, 'none', 'SIGHUP', 'SIGUSR1'),
        stdio: fc.constantFrom(undefined, undefined, 'ignore', 'raw'),
        after: after(earlier),
      })
      .map(({ lives, answer: asked, significant, ready, stdio, ...options }) => ({
        kind: 'process' as const,
        id,
        lives,
        ...(asked === undefined ? {} : { answer: asked }),
        options: defined({
          ...options,
          oneShot: oneShot ? true : undefined,
          significant: options.restart.type === 'permanent' ? undefined : significant,
          ready,
          // A line can only be waited for where there are lines.
          stdio: typeof ready === 'object' ? undefined : stdio,
        }),
      })),
  )

const strategy = fc.constantFrom('one-for-one' as const, 'one-for-all' as const, 'rest-for-one' as const)
const autoShutdown = fc.constantFrom(
  'never' as const,
  'never' as const,
  'any-significant' as const,
  'all-significant' as const,
)
const intensity = rarely(
  fc.constantFrom(
    { restarts: 0, withinMs: 1_000 },
    { restarts: 1, withinMs: 1_000 },
    { restarts: 2, withinMs: 100 },
    { restarts: 3, withinMs: 60_000 },
  ),
  undefined,
  3,
)

const supervisors = (id: string, earlier: readonly string[], depth: number): fc.Arbitrary<SupervisorPlan> =>
  fc
    .record({
      strategy,
      autoShutdown,
      intensity,
      restart: restart(restartType),
      after: after(earlier),
      children: siblings(`${id}.`, depth - 1, 3),
    })
    .map(({ children, ...options }) => ({ kind: 'supervisor' as const, id, options: defined(options), children }))

const child = (id: string, earlier: readonly string[], depth: number): fc.Arbitrary<Plan> =>
  depth === 0
    ? processes(id, earlier)
    : fc.oneof(
        { weight: 5, arbitrary: processes(id, earlier) as fc.Arbitrary<Plan> },
        { weight: 1, arbitrary: supervisors(id, earlier, depth) as fc.Arbitrary<Plan> },
      )

function siblings(prefix: string, depth: number, most: number): fc.Arbitrary<readonly Plan[]> {
  return fc.integer({ min: 1, max: most }).chain((count) => {
    const ids = Array.from({ length: count }, (_none, index) => `${prefix}${index}`)
    return fc.tuple(...ids.map((id, index) => child(id, ids.slice(0, index), depth)))
  })
}

const root: fc.Arbitrary<RootPlan> = fc
  .record({
    strategy,
    autoShutdown,
    intensity,
    shutdownTimeoutMs: fc.constantFrom(0, 50, 1_000, 30_000),
    maxConcurrentStarts: fc.constantFrom(1, 8, Infinity),
    retain: fc.constantFrom(Infinity, Infinity, 1, 20),
    children: siblings('', 2, 5),
    order: fc.infiniteStream(fc.nat(1_000)),
  })
  .map(({ children, order, ...rest }) => ({
    ...(defined(rest) as Omit<RootPlan, 'children'>),
    // Under rest-for-one the list is an order, which the dependencies must not contradict.
    children: rest.strategy === 'rest-for-one' ? children : shuffled(children, order),
  }))

function shuffled<T>(items: readonly T[], order: Iterator<number>): readonly T[] {
  return items
    .map((item) => ({ item, place: order.next().value as number }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

const nth = fc.nat(7)

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'start' as const,
        'stop' as const,
        'stopNow' as const,
        'restart' as const,
        'restartNow' as const,
        'kill' as const,
        'reload' as const,
        'ready' as const,
      ),
      child: nth,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), child: nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('startAbortable' as const), child: nth }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('when' as const),
      child: nth,
      state: fc.constantFrom('running' as const, 'stopped' as const, 'backingOff' as const, 'removed' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('signal' as const),
      child: nth,
      signal: fc.constantFrom<NodeJS.Signals | 0>('SIGKILL', 'SIGTERM', 'SIGSTOP', 'SIGCONT', 'SIGHUP', 0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      under: fc.nat(3),
      // Some take the place of one that was removed.
      plan: fc.constantFrom('0', '1', 'new').chain((id) => child(id, [], 1)),
      start: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('startAll' as const, 'startAllAbortable' as const, 'run' as const),
      under: fc.nat(3),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('stopAll' as const, 'stopAllNow' as const), under: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), nth: fc.nat(3) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('exit' as const),
      nth: fc.nat(9),
      how: fc.constantFrom(
        { code: 0 },
        { code: 1 },
        { code: 3 },
        { signal: 'SIGKILL' as const },
        { signal: 'SIGSEGV' as const },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('failSpawn' as const),
      code: fc.constantFrom('EMFILE', 'ENOENT', 'EACCES', 'ERR_CWD_NOT_FOUND'),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: command as fc.Arbitrary<Step> },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.oneof(shortMs, someMs) }) },
)

const trigger: fc.Arbitrary<Trigger> = fc.record({
  on: fc.constantFrom(
    'events' as const,
    'state' as const,
    'childState' as const,
    'inspect' as const,
    'incarnations' as const,
  ),
  at: fc.integer({ min: 1, max: 60 }),
  command,
})

/** Any experiment: most of them start the tree before they do anything to it. */
export const scenarios: fc.Arbitrary<Scenario> = fc
  .record({
    seed: fc.nat(1_000),
    sweepMs: fc.constantFrom(0, 0, 10, 500),
    root,
    begin: fc.constantFrom<'startAll' | 'startAllAbortable' | 'run' | undefined>(
      'startAll',
      'startAll',
      'startAll',
      'startAllAbortable',
      'run',
      undefined,
    ),
    steps: fc.array(step, { maxLength: 40, size: 'max' }),
    triggers: fc.oneof(fc.constant([]), fc.array(trigger, { maxLength: 4 })),
  })
  .map(({ begin, steps, ...rest }) => ({
    ...rest,
    steps: begin === undefined ? steps : [{ do: begin, under: 0 }, ...steps],
  }))
