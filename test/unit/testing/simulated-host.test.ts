import { describe, expect, test } from 'vitest'
import type { LifeObservation } from '../../../src/ports.ts'
import { orderProblems } from '../../contract/life-order.ts'
import { describeProcessHost, processHostCases, runProcessHostCase } from '../../contract/process-host.ts'
import { brokenHosts } from './broken-hosts.ts'
import { simulatedHarness } from './simulated-harness.ts'

describeProcessHost('the simulated host keeps the contract of a process host', simulatedHarness())

describe('the contract catches a host that', () => {
  test.each(Object.entries(brokenHosts))('%s', async (_, { fails, disturb }) => {
    const failed: string[] = []
    for (const promise of processHostCases) {
      await runProcessHostCase(promise, simulatedHarness(disturb)).catch(() => failed.push(promise.name))
    }
    expect(failed).toContain(fails)
    // The promise fails, not the harness: what does not depend on it still holds.
    expect(failed.length).toBeLessThan(processHostCases.length)
  })
})

describe('the order of observations', () => {
  const identity = { pid: 7, startTicks: 1, bootId: 'boot' }
  const observations: Readonly<Record<string, LifeObservation>> = {
    spawned: { kind: 'spawned', pid: 6, identity: null, spawnMs: 0 },
    failed: { kind: 'spawnFailed', code: 'ERR_SPAWN_FAILED', message: 'no' },
    line: { kind: 'line', source: 'stdout', text: 'ready', truncated: false },
    exited: { kind: 'exited', code: 0, signal: null },
    drained: { kind: 'drained', cut: false },
    gone: { kind: 'gone' },
    escapee: { kind: 'escapee', identity, delivered: true },
    swept: { kind: 'swept' },
  }
  const problemsOf = (story: string): readonly string[] =>
    orderProblems(
      story.split(' ').map((name) => {
        const observation = observations[name]
        if (observation === undefined) throw new Error(`No such observation: ${name}`)
        return observation
      }),
    )

  test.each([
    'failed',
    'spawned exited drained gone swept',
    'spawned line line exited line drained gone escapee swept',
    'spawned exited gone swept line drained',
    'spawned exited gone drained swept',
  ])('allows %s', (story) => {
    expect(problemsOf(story)).toEqual([])
  })

  test.each([
    'spawned failed',
    'spawned exited drained gone',
    'spawned exited exited drained gone swept',
    'exited spawned drained gone swept',
    'spawned drained exited gone swept',
    'spawned gone exited drained swept',
    'spawned exited drained line gone swept',
    'spawned exited drained swept gone',
    'spawned exited drained escapee gone swept',
    'spawned exited drained gone swept escapee',
    'spawned exited drained gone escapee escapee swept',
  ])('forbids %s', (story) => {
    expect(problemsOf(story)).not.toEqual([])
  })
})
