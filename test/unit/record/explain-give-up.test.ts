import { expect, test } from 'vitest'
import { createSupervisor, explain, type RecordedEvent, type Supervisor } from '../../../src/index.ts'
import { createWorld, type World } from '../../../src/testing/index.ts'

/** A child that exits with code 1 after a second, as often as it is let. */
async function crashing(restarts: number): Promise<{ readonly world: World; readonly supervisor: Supervisor }> {
  const world = createWorld()
  world.program('worker', { exitsAfterMs: 1_000, code: 1 })
  const supervisor = createSupervisor({
    ports: world.ports,
    children: [
      { id: 'worker', command: 'worker', restart: { type: 'permanent', limit: { restarts, withinMs: 300_000 } } },
    ],
  })
  const started = supervisor.start()
  await world.advance(60_000)
  await started
  return { world, supervisor }
}

async function recorded(supervisor: Supervisor): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  for await (const item of supervisor.read({ live: false })) if (item.type !== 'gap') events.push(item)
  return events
}

test('a child that used up its restarts is explained by the restart that was refused, live and from the log', async () => {
  const { supervisor } = await crashing(2)
  const explanation = supervisor.explain('worker')
  expect(explanation.chain.map(({ type }) => type)).toEqual(['process.exited', 'restart.abandoned', 'child.stopped'])
  expect(explanation.summary).toMatch('was given up')
  expect(explain(await recorded(supervisor), '/worker')).toEqual(explanation)
})

test('a child that was stopped before its limit is not said to have been given up', async () => {
  const { world, supervisor } = await crashing(Infinity)
  const stopped = supervisor.stop()
  await world.advance(10_000)
  await stopped
  expect(supervisor.explain('worker').summary).not.toMatch('given up')
})

test('an earlier give-up does not explain a life that was begun again', async () => {
  const { world, supervisor } = await crashing(2)
  const restarted = supervisor.child('worker')?.restart()
  await world.advance(1)
  await restarted
  expect(supervisor.explain('worker').chain.map(({ type }) => type)).not.toContain('restart.abandoned')
})
