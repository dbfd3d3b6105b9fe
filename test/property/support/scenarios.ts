import * as fc from 'fast-check'
import { childPlans, rootPlans } from './plans.ts'
import type { Command, Scenario, Step, Trigger } from './scenario.ts'

// Times come from a short list, so that things fall together: a grace that ends with a crash, a stop within a backoff.
const shortMs = fc.constantFrom(0, 1, 10, 50, 100)
const someMs = fc.constantFrom(0, 1, 10, 50, 100, 500, 3_000)

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
      plan: fc.constantFrom('0', '1', 'new').chain((id) => childPlans(id, [], 1)),
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
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), child: nth }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('adopt' as const), child: nth, under: fc.nat(4) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('replace' as const),
      under: fc.nat(3),
      plan: fc.constantFrom('0', '1', '2').chain((id) => childPlans(id, [], 1)),
      order: fc.constantFrom('stop-first' as const, 'start-first' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('apply' as const),
      under: fc.nat(3),
      plans: fc
        .uniqueArray(fc.constantFrom('0', '1', '2', 'new'), { maxLength: 3 })
        .chain((ids) => fc.tuple(...ids.map((id, index) => childPlans(id, ids.slice(0, index), 1)))),
    }),
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

const step: fc.Arbitrary<Step> = fc.oneof<fc.MaybeWeightedArbitrary<Step>[]>(
  { weight: 3, arbitrary: command },
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

const begun = (begin: 'startAll' | 'startAllAbortable' | 'run' | undefined, steps: readonly Step[]): readonly Step[] =>
  begin === undefined ? steps : [{ do: begin, under: 0 }, ...steps]

/** Any experiment: most of them start the tree before they do anything to it. */
export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(1_000),
  sweepMs: fc.constantFrom(0, 0, 10, 500),
  root: rootPlans,
  steps: fc
    .tuple(
      fc.constantFrom('startAll', 'startAll', 'startAll', 'startAllAbortable', 'run', undefined),
      fc.array(step, { maxLength: 40, size: 'max' }),
    )
    .map(([begin, steps]) => begun(begin, steps)),
  triggers: fc.oneof(fc.constant([]), fc.array(trigger, { maxLength: 4 })),
})
