import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../src/index.ts'
import { judgeRun } from './support/judge-run.ts'
import { runScenario } from './support/run-scenario.ts'
import { runs } from './support/runs.ts'
import type { Scenario } from './support/scenario.ts'
import { scenarios } from './support/scenarios.ts'

test('whatever is done to a tree, its log and its world break no rule, and everything settles', async () => {
  await fc.assert(
    fc.asyncProperty(scenarios, async (scenario) => {
      expect(judgeRun(await runScenario(scenario))).toEqual([])
    }),
    { numRuns: runs(2_000) },
  )
})

test('the same seed gives the same log, byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(scenarios, async (scenario) => {
      const [first, second] = [await runScenario(scenario), await runScenario(scenario)]
      expect(JSON.stringify(second.events)).toBe(JSON.stringify(first.events))
    }),
    { numRuns: runs(150) },
  )
})

/** What happened, without the numbers that a failing subscriber's own events shift. */
const told = (events: readonly RecordedEvent[]): readonly string[] =>
  events
    .filter(({ type }) => type !== 'subscriber.failed' && type !== 'journal.checkpointed')
    .map(({ stream, type, incarnation, at, data }) => JSON.stringify([stream, type, incarnation, at, data]))

/** Triggers that count what they hear; only events are the same with and without failing subscribers. */
const undisturbed = (scenario: Scenario): Scenario => ({
  ...scenario,
  // A failure that is recorded brings the next checkpoint nearer, and a trigger that counts events would fire elsewhere.
  root: { ...scenario.root, retain: Infinity },
  triggers: scenario.triggers.filter(({ on }) => on === 'events'),
})

test('subscribers that throw change nothing but what is recorded of them', async () => {
  await fc.assert(
    fc.asyncProperty(scenarios.map(undisturbed), async (scenario) => {
      const [quiet, loud] = [await runScenario(scenario), await runScenario(scenario, { disturbed: true })]
      expect(told(loud.events)).toEqual(told(quiet.events))
      expect(judgeRun(loud)).toEqual([])
      expect(loud.events.some(({ type }) => type === 'subscriber.failed')).toBe(true)
    }),
    { numRuns: runs(150) },
  )
})
