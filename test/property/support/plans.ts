import * as fc from 'fast-check'
import type { Behaviour } from '../../../src/testing/index.ts'
import { defined, rarely } from './arbitrary-parts.ts'
import { stages } from './arbitrary-stages.ts'
import { lives } from './behaviours.ts'
import type { Answer, Plan, ProcessPlan, RootPlan, SupervisorPlan } from './scenario.ts'

/*
 * Times come from a short list, so that things fall together: a grace that ends with a crash, a stop within a backoff.
 * Nothing here may go on for ever in no time: an automatic restart costs time, or is limited.
 */

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
    stages: rarely(stages, undefined, 3),
    signal: fc.constantFrom(undefined, undefined, undefined, undefined, 'SIGINT', 'SIGINT', 'SIGKILL'),
    killTimeoutMs: fc.constantFrom(0, 1, 50, 100, 1_000, 5_000, Infinity),
    splayMs: rarely(fc.constantFrom(1, 50, 1_000), undefined, 3),
    verifyMs: fc.constantFrom(0, 10, 100, 2_000),
  })
  // Either a signal and a grace, or stages.
  .map(({ signal, killTimeoutMs, ...rest }) =>
    defined(rest.stages === undefined ? { signal, killTimeoutMs, ...rest } : rest),
  )

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
        // Without a program its spawn fails.
        lives: rarely(fc.constant<readonly Behaviour[]>([]), undefined, 60).chain((missing) =>
          missing === undefined ? lives : fc.constant(missing),
        ),
        answer,
        options: fc.record({
          oneShot: fc.constant(oneShot ? true : undefined),
          restart: restart(oneShot ? fc.constant('temporary') : restartType),
          significant: rarely(fc.constant(true), undefined, 4),
          ready: rarely(fc.constantFrom('manual', { line: 'ready' }, { line: 'ready' }), undefined, 3),
          readyTimeoutMs: rarely(fc.constantFrom(0, 10, 100, 1_000), undefined, 4),
          runTimeoutMs: rarely(fc.constantFrom(0, 10, 100, 500), undefined, 12),
          stop,
          reloadSignal: fc.constantFrom(undefined, 'none', 'SIGHUP', 'SIGUSR1'),
          stdio: fc.constantFrom(undefined, undefined, 'ignore', 'raw'),
          after: after(earlier),
        }),
      })
      .map((drawn) => toProcess(id, drawn)),
  )

interface DrawnProcess {
  readonly lives: readonly Behaviour[]
  readonly answer: Answer | undefined
  readonly options: Readonly<Record<string, unknown>> & { readonly restart: { readonly type?: unknown } }
}

function toProcess(id: string, { lives: told, answer: asked, options }: DrawnProcess): ProcessPlan {
  const { restart: policy, significant, ready, stdio } = options
  return {
    kind: 'process',
    id,
    lives: told,
    ...(asked === undefined ? {} : { answer: asked }),
    options: defined({
      ...options,
      significant: policy.type === 'permanent' ? undefined : significant,
      // A line can only be waited for where there are lines.
      stdio: typeof ready === 'object' ? undefined : stdio,
    }),
  }
}

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

/** A child of that id that may be `after` those of `earlier`; supervisors nest `depth` deep. */
export const childPlans = (id: string, earlier: readonly string[], depth: number): fc.Arbitrary<Plan> =>
  depth === 0
    ? processes(id, earlier)
    : fc.oneof<fc.MaybeWeightedArbitrary<Plan>[]>(
        { weight: 5, arbitrary: processes(id, earlier) },
        { weight: 1, arbitrary: supervisors(id, earlier, depth) },
      )

function siblings(prefix: string, depth: number, most: number): fc.Arbitrary<readonly Plan[]> {
  return fc.integer({ min: 1, max: most }).chain((count) => {
    const ids = Array.from({ length: count }, (_none, index) => `${prefix}${index}`)
    return fc.tuple(...ids.map((id, index) => childPlans(id, ids.slice(0, index), depth)))
  })
}

/** A root with one to five children. */
export const rootPlans: fc.Arbitrary<RootPlan> = fc
  .record({
    rules: fc.record({
      strategy,
      autoShutdown,
      intensity,
      shutdownTimeoutMs: fc.constantFrom(0, 50, 1_000, 30_000),
      maxConcurrentStarts: fc.constantFrom(1, 8, Infinity),
      retain: fc.constantFrom(Infinity, Infinity, 1, 20),
    }),
    children: siblings('', 2, 5),
    order: fc.infiniteStream(fc.nat(1_000)),
  })
  .map(({ rules, children, order }) =>
    Object.assign(defined(rules) as Omit<RootPlan, 'children'>, {
      // Under rest-for-one the list is an order, which the dependencies must not contradict.
      children: rules.strategy === 'rest-for-one' ? children : shuffled(children, order),
    }),
  )

function shuffled<T>(items: readonly T[], order: Iterator<number>): readonly T[] {
  return items
    .map((item) => ({ item, place: order.next().value as number }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
