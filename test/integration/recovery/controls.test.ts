import { expect, test } from 'vitest'
import { expectNoLeaks } from '../support/no-leaks.ts'
import { createCampaign } from './campaign.ts'

expectNoLeaks()

test('negative control: a recovery that does not look at the world leaves processes behind', async () => {
  const campaign = createCampaign(1)
  await campaign.round({ failpoint: { phase: 'restart', name: 'signal.before', hit: 1 } })
  await campaign.round({ control: 'blind', failpoint: { phase: 'start', name: 'commit.after', hit: 1 } })
  const faults = await campaign.finish()
  expect(faults.join('\n')).toMatch(/left behind after its recovery: .*"stream":"\/calm"/)
})

test('negative control: with a journal that says "durable" too early events are lost, and lives begin that nobody knows of', async () => {
  const campaign = createCampaign(1)
  await campaign.round({ control: 'forgetful', failpoint: { phase: 'start', name: 'exited', hit: 1 } })
  await campaign.round({ control: 'forgetful', failpoint: { phase: 'start', name: 'exited', hit: 1 } })
  const faults = (await campaign.finish()).join('\n')
  expect(faults).toMatch(/acknowledged to host 1 by its commit, is (?:lost|another one)/)
  expect(faults).toMatch(/was started twice|the log does not know that it was to be/)
})
