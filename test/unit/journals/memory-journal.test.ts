import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../../src/events/event.ts'
import { type MemoryJournalOptions, memoryJournal } from '../../../src/journals/memory-journal.ts'
import { describeJournal } from '../../contract/journal.ts'

describeJournal('memoryJournal', (options) => {
  const journal = memoryJournal(options)
  return { journal, reopen: () => journal, dispose: () => journal.close() }
})

test('ten thousand events are kept by default, all of them where that is asked for', () => {
  expect(memoryJournal().retain).toBe(10_000)
  expect(memoryJournal({}).retain).toBe(10_000)
  expect(memoryJournal({ retain: Infinity }).retain).toBe(Infinity)
})

test('an impossible `retain` or a misspelt option is refused', () => {
  for (const retain of [0, -1, 1.5, Number.NaN, -Infinity, '5', null]) {
    expect(() => memoryJournal({ retain } as MemoryJournalOptions)).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_SPEC',
        message: expect.stringContaining('Expected `retain` to be an integer >= 1 or Infinity, got '),
      }),
    )
  }
  expect(() => memoryJournal({ retained: 5 } as MemoryJournalOptions)).toThrow(
    'Expected an option to be one of `retain`, got `retained`.',
  )
})

test('what was recorded cannot be changed', () => {
  const journal = memoryJournal()
  journal.open()
  const event = { seq: 1, stream: '/', revision: 1, at: 0, mono: 0, type: 'child.ready', v: 1, data: {} }
  journal.append([event as RecordedEvent])
  expect(() => {
    event.seq = 2
  }).toThrow(TypeError)
  expect(journal.read(1, 1)).toEqual([expect.objectContaining({ seq: 1 })])
})
