import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { runs } from '../../property/support/runs.ts'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { createCampaign } from './campaign.ts'

expectNoLeaks()

const seed = Number(process.env['BROOD_SEED'] ?? randomInt(2 ** 31))
const hosts = 12
const campaigns = Array.from({ length: runs(2) }, (_, index) => ({
  seed: seed + index,
  keeps: index % 2 === 0 ? 'everything' : 'the latest',
}))

test.each(campaigns)(
  `${hosts} hosts, one after the other on a journal that keeps $keeps, each killed -9 at a random moment: nothing acknowledged is lost, no life is lost or begun twice, nothing is left behind (BROOD_SEED=$seed)`,
  async ({ seed: own, keeps }) => {
    const campaign = createCampaign(own, keeps === 'everything' ? {} : { retain: 300 })
    for (let host = 0; host < hosts; host++) await campaign.round()
    const faults = await campaign.finish()
    console.log(`BROOD_SEED=${own}: ${campaign.kills} hosts killed, ${campaign.events} events`)
    expect(faults).toEqual([])
  },
  600_000,
)
