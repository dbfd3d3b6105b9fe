import { getEventListeners } from 'node:events'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { chain } from '../../src/tasks/chain.ts'
import { createTask } from '../../src/tasks/create-task.ts'
import { group } from '../../src/tasks/group.ts'
import { named } from '../../src/tasks/named.ts'
import { parallel } from '../../src/tasks/parallel.ts'
import type { Runnable } from '../../src/tasks/runnable.ts'
import { sequential } from '../../src/tasks/sequential.ts'
import type { Task } from '../../src/tasks/task.ts'
import { turn, unhandledRejectionsOf } from '../unit/tasks/scripted.ts'

/** What one unit does; durations are turns of the event loop. */
interface Script {
  readonly startTurns: number
  readonly start: 'ready' | 'fails' | 'throws' | 'returns'
  /** Whether it looks at its signal while it starts. */
  readonly heeds: boolean
  /** Whether it waits for the promise of `ready`. */
  readonly waits: boolean
  /** Ends by itself that long after it was ready. */
  readonly endsAfter: number | undefined
  readonly endsWell: boolean
  readonly stopTurns: number
  readonly stopsWell: boolean
}
type Tree =
  | { readonly unit: Script }
  | { readonly kind: 'chain' | 'parallel' | 'sequential'; readonly of: readonly Tree[] }
/** A tree whose units are numbered, with how the numbers lie in it. */
type Plan = { readonly unit: number; readonly script: Script } | { readonly kind: string; readonly of: readonly Plan[] }

type Moment = 'begin' | 'ready' | 'released' | 'failed' | 'end'
interface Entry {
  readonly unit: number
  readonly moment: Moment
  readonly turn: number
}
interface Run {
  readonly plan: Plan
  readonly log: readonly Entry[]
  readonly task: Task
  readonly failure: { readonly error: unknown } | undefined
  readonly leftListeners: number
}

type Combine = (kind: string, units: readonly Runnable[]) => Runnable

const turns = fc.nat({ max: 3 })
const often = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 5 }, { arbitrary: fc.constantFrom(...others), weight: 1 })
const scripts: fc.Arbitrary<Script> = fc.record({
  startTurns: turns,
  start: often<Script['start']>('ready', 'fails', 'throws', 'returns'),
  heeds: fc.boolean(),
  waits: often(true, false),
  endsAfter: often<number | undefined>(undefined, 0, 1, 4),
  endsWell: fc.boolean(),
  stopTurns: turns,
  stopsWell: often(true, false),
})
const { tree: trees } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { arbitrary: fc.record({ unit: scripts }), weight: 1 },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('chain' as const, 'parallel' as const, 'sequential' as const),
        of: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
      }),
    },
  ),
}))
const owners = fc.record({
  does: fc.constantFrom('stop' as const, 'force' as const, 'abort' as const, 'wait' as const),
  after: fc.nat({ max: 10 }),
})

const combine: Combine = (kind, units) => {
  if (kind === 'chain') return chain(...units)
  return kind === 'parallel' ? parallel(...units) : sequential(...units)
}

async function pass(count: number): Promise<void> {
  for (let passed = 0; passed < count; passed += 1) await turn()
}

function number(tree: Tree, next = { unit: 0 }): Plan {
  if ('unit' in tree) return { unit: next.unit++, script: tree.unit }
  return { kind: tree.kind, of: tree.of.map((child) => number(child, next)) }
}

function unitsOf(plan: Plan): readonly number[] {
  return 'unit' in plan ? [plan.unit] : plan.of.flatMap(unitsOf)
}

function build(plan: Plan, note: (unit: number, moment: Moment) => void, by: Combine): Runnable {
  if (!('unit' in plan))
    return by(
      plan.kind,
      plan.of.map((child) => build(child, note, by)),
    )
  const { unit, script } = plan
  const runnable: Runnable = async (scope, ready) => {
    const ended = new Error(`${unit} has ended`)
    const fail = (step: string): Error => {
      note(unit, 'failed')
      return new Error(`${unit} failed in its ${step}`)
    }
    if (script.startTurns > 0) await pass(script.startTurns)
    if (script.heeds) scope.signal.throwIfAborted()
    if (script.start === 'fails') throw fail('start')
    if (script.start === 'returns') return
    const own = new AbortController()
    note(unit, 'ready')
    if (script.endsAfter !== undefined) void pass(script.endsAfter).then(() => own.abort(ended))
    const above = ready({ signal: own.signal }).catch((error: unknown) => {
      if (error !== ended) throw error
    })
    if (!script.waits) {
      above.catch(() => {})
      return pass(script.endsAfter ?? 1)
    }
    const failure = await above.then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    note(unit, 'released')
    await pass(script.stopTurns)
    if (failure !== undefined) throw failure.error
    if (!script.stopsWell) throw fail('stop')
    if (own.signal.aborted && !script.endsWell) throw fail('run')
  }
  return (scope, ready) => {
    note(unit, 'begin')
    if (script.start === 'throws') {
      note(unit, 'failed')
      note(unit, 'end')
      throw new Error(`${unit} threw`)
    }
    return runnable(scope, ready).finally(() => note(unit, 'end'))
  }
}

/** Collects every target that somebody listens to, until it is restored. */
function spyOn(targets: Set<EventTarget>): { restore(): void } {
  const original = Object.getOwnPropertyDescriptor(EventTarget.prototype, 'addEventListener')
  const listen: unknown = original?.value
  if (original === undefined || typeof listen !== 'function') throw new Error('There is nothing to spy on.')
  EventTarget.prototype.addEventListener = function record(...args: readonly unknown[]) {
    targets.add(this)
    Reflect.apply(listen, this, args)
  }
  return { restore: () => void Object.defineProperty(EventTarget.prototype, 'addEventListener', original) }
}

/** Runs a tree as a task, with an owner who interferes at some point, until it is over. */
async function run(tree: Tree, owner: { readonly does: string; readonly after: number }, by: Combine): Promise<Run> {
  const plan = number(tree)
  const log: Entry[] = []
  const signals = new Set<EventTarget>()
  let now = 0
  const note = (unit: number, moment: Moment): void => void log.push({ unit, moment, turn: now })
  const spy = spyOn(signals)
  try {
    const [starting, stopping] = [new AbortController(), new AbortController()]
    const task = createTask(named('tree', build(plan, note, by)))
    const start = task.start({ signal: starting.signal })
    const settled = start.catch(() => {})
    const count = async (): Promise<void> => {
      await turn()
      now += 1
      if (task.state !== 'stopped') await count()
    }
    const counting = count()
    if (owner.does === 'wait') await settled
    await pass(owner.after)
    if (owner.does === 'abort') starting.abort()
    else {
      const stop = task.stop({ signal: stopping.signal }).catch(() => {})
      await pass(owner.after % 3)
      if (owner.does === 'force') stopping.abort()
      await stop
    }
    await settled
    await task.stop().catch(() => {})
    const failure = await task.done.then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    await counting
    const leftListeners = [...signals].flatMap((signal) => getEventListeners(signal, 'abort')).length
    return { plan, log, task, failure, leftListeners }
  } finally {
    spy.restore()
  }
}

function at(log: readonly Entry[], unit: number, moment: Moment): number {
  return log.findIndex((entry) => entry.unit === unit && entry.moment === moment)
}

/** What is wrong with the order of things, wherever in the tree. */
function violations(plan: Plan, log: readonly Entry[]): readonly string[] {
  const found: string[] = []
  const times = (unit: number, moment: Moment): number =>
    log.filter((entry) => entry.unit === unit && entry.moment === moment).length

  for (const unit of unitsOf(plan)) {
    if (times(unit, 'begin') > 1) found.push(`${unit} began more than once`)
    if (times(unit, 'end') !== times(unit, 'begin')) found.push(`${unit} began, and did not end once`)
    if (times(unit, 'released') > 1) found.push(`${unit} was stopped more than once`)
  }

  const judge = (node: Plan): void => {
    if ('unit' in node) {
      const stopped = times(node.unit, 'released') === times(node.unit, 'ready')
      if (node.script.waits && !stopped) found.push(`${node.unit} was ready and never stopped`)
      return
    }
    node.of.forEach(judge)
    if (node.kind === 'parallel') return
    for (const [index, child] of node.of.entries()) {
      const later = node.of
        .slice(index + 1)
        .flatMap(unitsOf)
        .filter((unit) => times(unit, 'begin') > 0)
      for (const earlier of unitsOf(child)) for (const unit of later) judgePair(earlier, unit)
    }
  }

  const judgePair = (earlier: number, later: number): void => {
    const began = at(log, later, 'begin')
    const ready = at(log, earlier, 'ready')
    const [released, end] = [at(log, earlier, 'released'), at(log, earlier, 'end')]
    if (ready === -1 || ready > began) found.push(`${later} began before ${earlier} was ready`)
    if (released !== -1 && released < began) found.push(`${later} began although ${earlier} was stopped`)
    // Within one turn an end may not be known yet; afterwards it is.
    const [endTurn, beganTurn] = [log[end]?.turn ?? Infinity, log[began]?.turn ?? 0]
    if (endTurn < beganTurn) found.push(`${later} began although ${earlier} had ended`)
    if (released !== -1 && released < at(log, later, 'end'))
      found.push(`${earlier} was stopped before ${later} had ended`)
  }

  judge(plan)
  return found
}

const always = (plan: Plan, holds: (script: Script) => boolean): boolean =>
  'unit' in plan ? holds(plan.script) : plan.of.every((child) => always(child, holds))

test('in every tree, whatever fails and whoever interferes, what was started is stopped once, in reverse', async () => {
  const unhandled = await unhandledRejectionsOf(() =>
    fc.assert(
      fc.asyncProperty(trees, owners, async (tree, owner) => {
        const { plan, log, task, failure, leftListeners } = await run(tree, owner, combine)
        expect(violations(plan, log)).toEqual([])
        expect(task.state).toBe('stopped')
        expect(leftListeners).toBe(0)
        // A unit that does not wait for what runs on top of it does not care how that went, either.
        const cares = always(plan, ({ waits }) => waits)
        if (cares && log.some(({ moment }) => moment === 'failed')) expect(failure).toBeDefined()
        const isQuiet = always(plan, ({ start, waits, endsAfter, stopsWell }) => {
          return start === 'ready' && waits && endsAfter === undefined && stopsWell
        })
        if (isQuiet) expect(failure).toBeUndefined()
      }),
      { numRuns: 1_000 },
    ),
  )
  expect(unhandled).toEqual([])
})

test.each<[string, Combine]>([
  [
    'stops in the order of its list',
    (kind, units) =>
      kind !== 'sequential'
        ? combine(kind, units)
        : group(units, {
            async start(all, launch) {
              for (const unit of all) await launch(unit)
            },
            async stop(lives) {
              for (const life of lives) {
                life.stop()
                await life.ended
              }
            },
          }),
  ],
  ['does not wait for readiness', (kind, units) => (kind === 'sequential' ? parallel(...units) : combine(kind, units))],
  [
    'forgets all but the first that ends',
    (kind, units) =>
      kind !== 'parallel'
        ? combine(kind, units)
        : async (scope, ready) => {
            await Promise.race(units.map((unit) => unit(scope, ready)))
          },
  ],
])('control: the property finds a group that %s', async (_, faulty) => {
  await unhandledRejectionsOf(async () => {
    const outcome = await fc.check(
      fc.asyncProperty(trees, owners, async (tree, owner) => {
        const { plan, log } = await run(tree, owner, faulty)
        return violations(plan, log).length === 0
      }),
      { numRuns: 500, endOnFailure: true },
    )
    expect(outcome.failed).toBe(true)
  })
})

test('control: a listener that is left on a signal is counted', async () => {
  const careless: Combine = (kind, units) => async (scope, ready) => {
    scope.signal.addEventListener('abort', () => {})
    await combine(kind, units)(scope, ready)
  }
  const quiet: Script = {
    startTurns: 0,
    start: 'ready',
    heeds: true,
    waits: true,
    endsAfter: undefined,
    endsWell: true,
    stopTurns: 0,
    stopsWell: true,
  }
  const tree: Tree = { kind: 'parallel', of: [{ unit: quiet }, { unit: quiet }] }
  expect((await run(tree, { does: 'wait', after: 0 }, combine)).leftListeners).toBe(0)
  expect((await run(tree, { does: 'wait', after: 0 }, careless)).leftListeners).toBe(1)
})
