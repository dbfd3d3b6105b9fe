import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import type { FailpointName, Phase } from '../../fixtures/crash/plan.ts'
import { runs } from '../../property/support/runs.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { createCampaign } from './campaign.ts'

expectNoLeaks()

const seed = Number(process.env['BROOD_SEED'] ?? randomInt(2 ** 31))

const commits: readonly FailpointName[] = ['append.before', 'append.after', 'commit.before', 'commit.after']
const spawns: readonly FailpointName[] = ['spawn.before', 'spawn.after']
const ends: readonly FailpointName[] = ['signal.before', 'signal.after', 'exited', 'gone', 'swept']
const takings: readonly FailpointName[] = ['find.before', 'find.after', 'adopt.before', 'adopt.after']

/** Every place of every phase in which a host can be cut off. */
const cells: Readonly<Record<Phase, readonly FailpointName[]>> = {
  start: [...commits, ...spawns],
  restart: [...commits, ...ends, ...spawns],
  stop: [...commits, ...ends],
  recovery: [...commits, ...takings, ...ends],
}

/** What a host is killed in before the recovery that is: something is alive then, or may be. */
const before: readonly { readonly phase: Phase; readonly name: FailpointName }[] = [
  ...cells.start.map((name) => ({ phase: 'start' as const, name })),
  ...cells.restart.map((name) => ({ phase: 'restart' as const, name })),
  ...cells.stop.map((name) => ({ phase: 'stop' as const, name })),
]

const journeys = Array.from({ length: runs(1) }, (_, index) => ({ seed: seed + index, nth: index }))

test.each(journeys)(
  `killed in every named place of a start, a restart, a stop, a commit and a recovery, a host leaves a tree that the next one takes over whole (BROOD_SEED=$seed)`,
  async ({ seed: own, nth }) => {
    const campaign = createCampaign(own)
    // The first time of each place in the first journey; later ones choose.
    const hit = (): number => (nth === 0 ? 1 : 1 + campaign.below(6))
    const missed: string[] = []
    const kill = async (phase: Phase, name: FailpointName): Promise<void> => {
      const isHit = await campaign.round({ failpoint: { phase, name, hit: hit() } })
      if (!isHit) missed.push(`${phase} ${name}`)
    }
    const recoveries = [...cells.recovery]
    for (const [index, { phase, name }] of before.entries()) {
      await kill(phase, name)
      // As long as there are any, each is followed by one that is killed while it recovers from that.
      const recovery = index % 2 === 0 ? recoveries.shift() : undefined
      if (recovery !== undefined) await kill('recovery', recovery)
    }
    const faults = await campaign.finish()
    console.log(
      `BROOD_SEED=${own}: ${campaign.kills} hosts killed, ${campaign.events} events, missed: ${missed.join(', ') || 'none'}`,
    )
    expect(faults).toEqual([])
    if (nth === 0) expect(missed).toEqual([])
  },
  600_000,
)
