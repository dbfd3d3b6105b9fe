import { expect, test } from 'vitest'
import { readJournal, sqliteJournal, type RecordedEvent } from '../../../src/index.ts'
import { journalWriter } from '../../support/journal-writer.ts'
import { history } from '../../support/journal-events.ts'
import { scratchFile } from '../support/scratch.ts'
import { until } from '../support/until.ts'

const ROUNDS = 100
const TURN = 3

async function readFrom(path: string, from: number): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  for await (const event of readJournal(path, { from })) events.push(event)
  return events
}

test(`of ${ROUNDS} writers that are killed -9 in the middle of it every acknowledged commit is there, and nothing else is`, async () => {
  const path = scratchFile('journal.db')
  let known = 0
  for (let round = 0; round < ROUNDS; round++) {
    // Each takes over from the one that was killed before it.
    const writer = journalWriter(path, 1_000_000, TURN)
    await writer.said('open')
    const wanted = Math.floor(Math.random() * 40)
    await until(`${wanted} commits`, () => writer.commits.length >= wanted)
    await writer.kill()
    const acknowledged = writer.commits.at(-1) ?? known
    const events = await readFrom(path, known + 1)
    const last = known + events.length
    expect(events).toEqual(history(known + 1, last))
    expect(last).toBeGreaterThanOrEqual(acknowledged)
    expect((last - known) % TURN).toBe(0)
    known = last
  }
  expect(known).toBeGreaterThan(ROUNDS)
  expect(await readFrom(path, 1)).toEqual(history(1, known))
  // A hundred processes are begun, one after the other.
}, 600_000)

test('two hosts on one journal: the second is told who has it, and has it when that one is dead', async () => {
  const path = scratchFile('journal.db')
  const first = journalWriter(path, 30, 10)
  await first.said('done')
  const second = sqliteJournal(path)
  expect(() => second.open()).toThrow(
    expect.objectContaining({ code: 'ERR_JOURNAL_LOCKED', message: expect.stringContaining(`process ${first.pid}, `) }),
  )
  expect(await readFrom(path, 1)).toEqual(history(1, 30))
  await first.kill()
  expect(second.open()).toEqual({ seq: 30, ended: 'open' })
  second.append(history(31, 40))
  second.commit()
  expect(second.read(1, 100)).toEqual(history(1, 40))
  second.close()
})
