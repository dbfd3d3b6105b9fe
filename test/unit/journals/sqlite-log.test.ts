import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { readJournal } from '../../../src/journals/read-journal.ts'
import { checksumOf } from '../../../src/journals/sqlite/row.ts'
import { migrate, schemaSteps } from '../../../src/journals/sqlite/schema.ts'
import { metaWriter, readMeta } from '../../../src/journals/sqlite/meta.ts'
import { sqliteJournal, type SqliteJournalOptions } from '../../../src/journals/sqlite-journal.ts'
import type { Journal, RecordedEvent } from '../../../src/index.ts'
import { history, recorded } from '../../support/journal-events.ts'
import { scratchFile } from '../../integration/support/scratch.ts'

function make(path: string, events: readonly RecordedEvent[], options: SqliteJournalOptions = {}): Journal {
  const journal = sqliteJournal(path, options)
  onTestFinished(() => journal.close())
  journal.open()
  journal.append(events)
  journal.commit()
  return journal
}

/** Changes a closed journal by hand. */
function edit(path: string, sql: string): void {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}

async function readAll(path: string, from = 1): Promise<{ readonly seqs: number[]; readonly error?: unknown }> {
  const seqs: number[] = []
  try {
    for await (const { seq } of readJournal(path, { from })) seqs.push(seq)
    return { seqs }
  } catch (error) {
    return { seqs, error }
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const gap = (from: number, to: number): RecordedEvent =>
  recorded(to + 1, 'journal.degraded', { droppedEvents: to - from + 1, from, to }, { stream: '/' })
const checkpoint = (seq: number, at = 0): RecordedEvent =>
  recorded(seq, 'journal.checkpointed', { state: { version: 1 } }, { stream: '/', at })

test('damage in the middle is refused with its place; reading goes up to it', async () => {
  const path = scratchFile('journal.db')
  make(path, history(1, 3000)).close()
  edit(path, `UPDATE events SET data = '{"cut":false}' WHERE seq = 1500`)
  expect(() => sqliteJournal(path).open()).toThrow(
    expect.objectContaining({ code: 'ERR_JOURNAL_CORRUPT', message: expect.stringContaining('event 1500') }),
  )
  const { seqs, error } = await readAll(path)
  expect(seqs).toEqual(range(1, 1499))
  expect(error).toMatchObject({ code: 'ERR_JOURNAL_CORRUPT' })
})

test('a missing event in the middle is damage, too', async () => {
  const path = scratchFile('journal.db')
  make(path, history(1, 30)).close()
  edit(path, 'DELETE FROM events WHERE seq BETWEEN 10 AND 12')
  expect(() => sqliteJournal(path).open()).toThrow('event 10')
  expect((await readAll(path)).seqs).toEqual(range(1, 9))
})

const tails: ReadonlyArray<readonly [string, string]> = [
  ['changed', `UPDATE events SET type = 'child.removed' WHERE seq > 27`],
  ['missing', 'DELETE FROM events WHERE seq > 27'],
  ['partly missing', `DELETE FROM events WHERE seq IN (28, 30); UPDATE events SET at = 0 WHERE seq = 29`],
]
for (const [what, sql] of tails) {
  test(`a tail that is ${what} is left out, told until something is appended, and then replaced`, async () => {
    const path = scratchFile('journal.db')
    make(path, history(1, 30)).close()
    edit(path, sql)
    expect(await readAll(path)).toEqual({ seqs: range(1, 27) })
    for (let time = 0; time < 2; time++) {
      const journal = sqliteJournal(path)
      expect(journal.open()).toEqual({ seq: 27, ended: 'open', dropped: { droppedEvents: 3 } })
      journal.close()
    }
    const journal = sqliteJournal(path)
    onTestFinished(() => journal.close())
    journal.open()
    const told = recorded(28, 'journal.degraded', { droppedEvents: 3 }, { stream: '/' })
    journal.append([told])
    journal.commit()
    journal.close()
    expect(journal.open()).toEqual({ seq: 28, ended: 'open' })
    expect(journal.read(27, 10)).toEqual([...history(27, 27), told])
  })
}

test('a journal of which nothing is left begins anew, and says how much that was', () => {
  const path = scratchFile('journal.db')
  make(path, history(1, 5)).close()
  edit(path, 'UPDATE events SET checksum = checksum + 1')
  const journal = sqliteJournal(path)
  onTestFinished(() => journal.close())
  expect(journal.open()).toEqual({ seq: 0, ended: 'empty', dropped: { droppedEvents: 5 } })
  journal.append(history(1, 2))
  journal.commit()
  expect(journal.read(1, 10)).toEqual(history(1, 2))
})

test('the checksum covers every column, and what is null', () => {
  const path = scratchFile('journal.db')
  const changes = [
    `stream = '/webx'`,
    'revision = 99',
    'at = at + 1',
    'mono = mono + 1',
    `type = 'child.removed'`,
    'v = 2',
    `child = 'other'`,
    'child = NULL',
    'incarnation = 1',
    'incarnation = NULL',
    `cause = 'crash'`,
    'caused_by = 1',
    `data = '{ }'`,
    'checksum = checksum + 1',
    'at = 9223372036854775807',
    `data = CAST(data AS BLOB)`,
  ]
  make(
    path,
    [...history(4, 4), ...history(2, 2)].map((event, index) => Object.assign(event, { seq: index + 1 })),
  ).close()
  for (const change of changes) {
    const copy = scratchFile('journal.db')
    edit(path, `VACUUM INTO '${copy}'`)
    edit(copy, `UPDATE events SET ${change} WHERE seq = 1`)
    expect(() => sqliteJournal(copy).open(), change).toThrow('event 1 ')
  }
})

test('two rows of different cells never have the same text behind their checksum', () => {
  expect(checksumOf(['a', 'bc'])).not.toBe(checksumOf(['ab', 'c']))
  expect(checksumOf([1, 2])).not.toBe(checksumOf([12]))
  expect(checksumOf([null])).not.toBe(checksumOf(['null']))
  expect(checksumOf([5])).not.toBe(checksumOf(['5']))
  expect(checksumOf(['a;1:b'])).not.toBe(checksumOf(['a', 'b']))
})

test('one gap is permitted: announced, exact, and with a checkpoint behind it', () => {
  const path = scratchFile('journal.db')
  const journal = make(path, history(1, 5))
  const conflict = expect.objectContaining({ code: 'ERR_JOURNAL_CONFLICT' })
  expect(() => journal.append(history(11, 12))).toThrow(conflict)
  expect(() => journal.append([gap(6, 9)])).toThrow(conflict)
  expect(() => journal.append([gap(6, 9), ...history(11, 11)])).toThrow(conflict)
  expect(() => journal.append([gap(7, 9), checkpoint(11)])).toThrow(conflict)
  expect(() => journal.append([...history(6, 6), gap(7, 9), checkpoint(11)])).toThrow(conflict)
  const more = [gap(6, 9), checkpoint(11), ...history(12, 14)]
  journal.append(more)
  journal.commit()
  journal.close()
  expect(journal.open()).toEqual({ seq: 14, ended: 'open', checkpoints: [11] })
  expect(journal.read(1, 100)).toEqual([...history(1, 5), ...more])
  expect(journal.read(8, 1)).toEqual([gap(6, 9)])
})

test('what announces a gap goes with the checkpoint behind it', () => {
  const path = scratchFile('journal.db')
  make(path, history(1, 5)).close()
  const journal = make(path, [gap(6, 9), checkpoint(11)])
  journal.close()
  edit(path, 'UPDATE events SET v = 2 WHERE seq = 11')
  expect(journal.open()).toMatchObject({ seq: 5, dropped: { droppedEvents: 6 } })
})

test('age alone cuts before the newest checkpoint before which everything is old enough', () => {
  const journal = make(scratchFile('journal.db'), [recorded(1, 'child.ready', {}, { at: 0 })], {
    retain: { ageMs: 1000 },
  })
  const add = (events: readonly RecordedEvent[]): number => {
    journal.append(events)
    journal.commit()
    return journal.first
  }
  expect(add([checkpoint(2, 100)])).toBe(1)
  expect(add([checkpoint(3, 1099)])).toBe(1)
  expect(add([checkpoint(4, 1100)])).toBe(2)
  expect(add([checkpoint(5, 2100)])).toBe(4)
})

test('where both are given, an event is kept that either wants to keep', () => {
  const options = { retain: { events: 4, ageMs: 1000 } }
  const journal = make(scratchFile('journal.db'), [checkpoint(1, 0), checkpoint(2, 0), checkpoint(3, 5000)], options)
  expect(journal.first).toBe(1)
  journal.append([checkpoint(4, 5000)])
  journal.commit()
  expect(journal.first).toBe(1)
  journal.append([checkpoint(5, 5001)])
  journal.commit()
  expect(journal.first).toBe(2)
})

test('what is cut is removed in pieces, and nobody sees the rest', async () => {
  const path = scratchFile('journal.db')
  const journal = make(path, [...history(1, 5000), checkpoint(5001)], { retain: { events: 1 } })
  const rows = (): number => {
    const db = new DatabaseSync(path, { readOnly: true })
    const { n } = db.prepare('SELECT count(*) AS n FROM events').get() ?? {}
    db.close()
    return Number(n)
  }
  expect(journal.first).toBe(5001)
  make(scratchFile('other.db'), []).close()
  for (let seq = 5002; seq < 5010; seq++) {
    const before = rows()
    journal.append([recorded(seq, 'child.ready', {})])
    journal.commit()
    expect(before - rows()).toBeLessThan(600)
    expect(journal.first).toBe(5001)
    expect((await readAll(path)).seqs).toEqual(range(5001, seq))
  }
  journal.close()
  expect(journal.open().seq).toBe(5009)
  expect(journal.read(1, 1)).toMatchObject([{ seq: 5001 }])
})

test('it is read beside its writer, from where one likes, up to what was committed', async () => {
  const path = scratchFile('journal.db')
  const journal = make(path, history(1, 2500))
  journal.append(history(2501, 2600))
  expect((await readAll(path)).seqs).toEqual(range(1, 2500))
  expect((await readAll(path, 2400)).seqs).toEqual(range(2400, 2500))
  expect((await readAll(path, 9999)).seqs).toEqual([])
  const seen: RecordedEvent[] = []
  for await (const event of readJournal(path)) {
    seen.push(event)
    // The writer is not held up, and this reader keeps to what was there when it began.
    if (event.seq === 10) journal.commit()
  }
  expect(seen).toEqual(history(1, 2500))
  expect((await readAll(path)).seqs).toEqual(range(1, 2600))
})

test('a reader that the journal was cut behind is told', async () => {
  const path = scratchFile('journal.db')
  const journal = make(path, history(1, 2500), { retain: { events: 1 } })
  const reader = readJournal(path)[Symbol.asyncIterator]()
  await reader.next()
  journal.append([checkpoint(2501)])
  journal.commit()
  await expect(
    (async () => {
      while ((await reader.next()).done !== true);
    })(),
  ).rejects.toMatchObject({ code: 'ERR_SLOW_SUBSCRIBER' })
})

test('there is nothing to read where there is no journal', async () => {
  expect((await readAll(scratchFile('none.db'))).error).toMatchObject({ code: 'ERR_INVALID_SPEC' })
  expect(() => readJournal('')).toThrow('Expected `path`')
  expect(() => readJournal('x', { from: 1.5 })).toThrow('Expected `from` to be an integer, got 1.5.')
})

test('an event that is not known here is refused, never left out', async () => {
  for (const change of [{ type: 'child.cloned' }, { v: 2 }]) {
    const path = scratchFile('journal.db')
    make(path, [...history(1, 3), { ...history(4, 4)[0], ...change } as RecordedEvent, ...history(5, 5)]).close()
    const newer = expect.objectContaining({ code: 'ERR_UNSUPPORTED', message: expect.stringContaining('Event 4 is ') })
    expect(() => sqliteJournal(path).open()).toThrow(newer)
    expect(await readAll(path)).toEqual({ seqs: [1, 2, 3], error: newer })
  }
})

test('a newer schema is refused and an older one brought up to date', () => {
  const path = scratchFile('journal.db')
  make(path, history(1, 3)).close()
  const db = new DatabaseSync(path)
  onTestFinished(() => db.close())
  const steps = [...schemaSteps, (each: DatabaseSync) => each.exec('ALTER TABLE meta ADD COLUMN note TEXT')]
  migrate(db, steps)
  migrate(db, steps)
  expect([readMeta(db).version, readMeta(db).last]).toEqual([2, 3])
  expect(() => sqliteJournal(path).open()).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }))
  // A header alone that says so is damage.
  metaWriter(db)({ ...readMeta(db), version: 1 }, readMeta(db).epoch)
  expect(() => sqliteJournal(path).open()).toThrow(expect.objectContaining({ code: 'ERR_JOURNAL_CORRUPT' }))
})
