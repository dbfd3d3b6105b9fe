import { expect, test } from 'vitest'
import { judgeRun } from './support/judge-run.ts'
import { runScenario } from './support/run-scenario.ts'
import { processPlan, rootPlan, type RootPlan, type Step } from './support/scenario.ts'
import type { Behaviour } from '../../src/testing/index.ts'

/** All sequences of exactly `length` letters; what a shorter one would show is a prefix of these. */
function* sequences(alphabet: readonly Step[], length: number): Generator<readonly Step[]> {
  if (length === 0) {
    yield []
    return
  }
  for (const head of alphabet) for (const tail of sequences(alphabet, length - 1)) yield [head, ...tail]
}

const say = (steps: readonly Step[]): string => steps.map((step) => JSON.stringify(step)).join(' ')

async function explore(
  root: RootPlan,
  alphabet: readonly Step[],
  length: number,
  lead: readonly Step[] = [],
): Promise<number> {
  let count = 0
  for (const steps of sequences(alphabet, length)) {
    count += 1
    const found = judgeRun(await runScenario({ seed: 1, root, steps: [...lead, ...steps], triggers: [] }))
    expect(found, say(steps)).toEqual([])
  }
  return count
}

const oneChild: readonly Step[] = [
  { do: 'start', child: 0 },
  { do: 'stop', child: 0 },
  { do: 'stopNow', child: 0 },
  { do: 'restart', child: 0 },
  { do: 'kill', child: 0 },
  { do: 'exit', nth: 0, how: { code: 1 } },
  { do: 'advance', ms: 40 },
]

const rules = {
  restart: {
    type: 'permanent',
    backoff: { minMs: 60, maxMs: 60, factor: 1, jitter: 0 },
    limit: { restarts: 2, withinMs: 1_000 },
  },
  stop: { killTimeoutMs: 100, verifyMs: 50 },
} as const

const programs: readonly (readonly [string, readonly Behaviour[]])[] = [
  ['a server', [{}]],
  [
    'one that ignores SIGTERM and forks',
    [{ onSignal: { SIGTERM: 'ignore' }, forks: [{ leavesGroup: true }, { onSignal: { SIGTERM: 'ignore' } }] }],
  ],
  ['one that crashes soon', [{ exitsAfterMs: 30, code: 1 }]],
]

test.each(programs)('every sequence of four commands on %s', async (_name, lives) => {
  const root = rootPlan([processPlan('web', lives, rules)])
  expect(await explore(root, oneChild, 4, [{ do: 'startAll', under: 0 }])).toBe(7 ** 4)
})

const twoChildren: readonly Step[] = [
  { do: 'stop', child: 0 },
  { do: 'stop', child: 1 },
  { do: 'restart', child: 0 },
  { do: 'restartNow', child: 1 },
  { do: 'exit', nth: 0, how: { code: 1 } },
  { do: 'exit', nth: 1, how: { signal: 'SIGSEGV' } },
  { do: 'stopAll', under: 0 },
  { do: 'advance', ms: 40 },
]

test.each(['one-for-one', 'one-for-all', 'rest-for-one'] as const)(
  'every sequence of three commands on two children, %s, of which one stops slowly and depends on the other',
  async (strategy) => {
    const db = processPlan('db', [{}], rules)
    const app = processPlan('app', [{ onSignal: { SIGTERM: { afterMs: 60 } } }], { ...rules, after: ['db'] })
    const lead: readonly Step[] = [
      { do: 'startAll', under: 0 },
      { do: 'advance', ms: 10 },
    ]
    expect(await explore(rootPlan([db, app], { strategy }), twoChildren, 3, lead)).toBe(8 ** 3)
  },
)
