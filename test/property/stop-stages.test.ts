import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../src/index.ts'
import { stages } from './support/arbitrary-stages.ts'
import { lives } from './support/behaviours.ts'
import { judgeRun } from './support/judge-run.ts'
import { runScenario } from './support/run-scenario.ts'
import { runs } from './support/runs.ts'
import { processPlan, rootPlan, type Scenario, type Step } from './support/scenario.ts'

const verb = fc.constantFrom('stop', 'stop', 'restart', 'restart', 'stopNow', 'restartNow', 'reload')
const pause = fc.constantFrom(0, 1, 9, 10, 49, 50, 51, 100, 500, 1_000, 6_000)
const step: fc.Arbitrary<Step> = fc.oneof(
  verb.map((name): Step => ({ do: name as 'stop', child: 0 })),
  pause.map((ms): Step => ({ do: 'advance', ms })),
  fc.constantFrom<Step>({ do: 'exit', nth: 0, how: { code: 0 } }, { do: 'exit', nth: 1, how: { signal: 'SIGSEGV' } }),
)

/** One child with stages, stopped and overtaken at moments around them. */
const climbs: fc.Arbitrary<Scenario> = fc
  .record({
    seed: fc.nat(),
    lives,
    stages,
    splayMs: fc.constantFrom(0, 0, 50, 1_000),
    reloadSignal: fc.constantFrom(undefined, 'SIGHUP'),
    pause,
    steps: fc.array(step, { minLength: 1, maxLength: 12 }),
  })
  .map(({ seed, lives: told, steps, pause: first, ...rest }) => {
    const { stages: list, splayMs, reloadSignal } = rest
    const options = { stop: { stages: list, splayMs }, ...(reloadSignal === undefined ? {} : { reloadSignal }) }
    const begin: readonly Step[] = [
      { do: 'startAll', under: 0 },
      { do: 'advance', ms: first },
    ]
    return {
      seed,
      root: rootPlan([processPlan('web', told, options)], { shutdownTimeoutMs: 300_000 }),
      steps: [...begin, ...steps],
      triggers: [],
    }
  })

const staged = ({ type, data }: RecordedEvent): boolean => type === 'signal.sent' && data.stage === 'stop'

test('whatever is asked during a ladder of stages, they come in order, in time, and never after its end', async () => {
  let sent = 0
  await fc.assert(
    fc.asyncProperty(climbs, async (scenario) => {
      const run = await runScenario(scenario)
      sent += run.events.filter(staged).length
      expect(judgeRun(run)).toEqual([])
    }),
    { numRuns: runs(600) },
  )
  // Had nothing been sent, nothing would have been judged.
  expect(sent).toBeGreaterThan(0)
})
