import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sqliteJournal, type SqliteJournalOptions } from '../../../src/journals/sqlite-journal.ts'
import type { Journal } from '../../../src/ports.ts'
import { describeJournal } from '../../contract/journal.ts'

describeJournal('sqliteJournal', ({ retain }) => {
  const directory = mkdtempSync(join(tmpdir(), 'brood-test-'))
  const opened: Journal[] = []
  const make = (): Journal => {
    const options = retain === undefined ? {} : { retain: { events: retain } }
    const journal = sqliteJournal(join(directory, 'journal.db'), options)
    opened.push(journal)
    return journal
  }
  return {
    journal: make(),
    reopen: make,
    dispose() {
      for (const journal of opened) journal.close()
      rmSync(directory, { recursive: true })
    },
  }
})

test('everything is kept by default, with a checkpoint now and then', () => {
  expect(sqliteJournal('journal.db').retain).toBe(10_000)
  expect(sqliteJournal('journal.db', { retain: { events: Infinity } }).retain).toBe(10_000)
  expect(sqliteJournal('journal.db', { retain: { events: 50 } }).retain).toBe(50)
})

test('impossible and misspelt options are refused before anything happens', () => {
  const refused: ReadonlyArray<readonly [unknown, unknown, string]> = [
    ['', {}, "Expected `path` to be a path, without NUL, got ''."],
    ['a\0b', {}, 'Expected `path` to be a path'],
    [5, {}, 'Expected `path` to be a path'],
    ['x.db', { onFailure: 'ignore' }, "Expected `onFailure` to be 'degrade' or 'fail-stop', got 'ignore'."],
    ['x.db', { retain: 5 }, 'Expected `retain` to be an object, got 5.'],
    ['x.db', { retain: { events: 0 } }, 'Expected `retain.events` to be an integer >= 1 or Infinity, got 0.'],
    ['x.db', { retain: { ageMs: -1 } }, 'Expected `retain.ageMs` to be an integer >= 0 or Infinity, got -1.'],
    ['x.db', { retain: { age: 1 } }, 'Expected an option to be one of `events`, `ageMs`, got `age`.'],
    ['x.db', { retained: {} }, 'Expected an option to be one of `onFailure`, `retain`, got `retained`.'],
  ]
  for (const [path, options, message] of refused) {
    expect(() => sqliteJournal(path as string, options as SqliteJournalOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_SPEC', message: expect.stringContaining(message) }),
    )
  }
})
