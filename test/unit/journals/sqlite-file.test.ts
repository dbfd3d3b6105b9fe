import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sqliteJournal } from '../../../src/journals/sqlite-journal.ts'
import type { Journal } from '../../../src/ports.ts'
import { history } from '../../support/journal-events.ts'
import { scratchDirectory, scratchFile } from '../../integration/support/scratch.ts'

const modeOf = (path: string): string => (lstatSync(path).mode & 0o7777).toString(8)

function opened(path: string): Journal {
  const journal = sqliteJournal(path)
  onTestFinished(() => journal.close())
  journal.open()
  journal.append(history(1, 3))
  journal.commit()
  return journal
}

const refused = (got: string): unknown =>
  expect.objectContaining({ code: 'ERR_INVALID_SPEC', message: expect.stringContaining(got) })

for (const umask of [0o000, 0o022, 0o777]) {
  test(`with umask ${umask.toString(8)} the file is 0600 and a new directory 0700`, () => {
    // Above it, so that even a directory made with all bits taken away can be entered.
    const directory = join(scratchDirectory(), 'new')
    const before = process.umask(umask)
    try {
      opened(join(directory, 'journal.db'))
    } finally {
      process.umask(before)
    }
    expect(modeOf(directory)).toBe('700')
    for (const name of readdirSync(directory)) expect([name, modeOf(join(directory, name))]).toEqual([name, '600'])
    expect(readdirSync(directory)).toContain('journal.db-wal')
  })
}

test('nothing is made before it is opened', () => {
  const path = join(scratchDirectory(), 'new', 'journal.db')
  sqliteJournal(path)
  expect(existsSync(join(path, '..'))).toBe(false)
})

test('a file that others could read is closed to them', () => {
  const path = scratchFile('journal.db')
  opened(path).close()
  chmodSync(path, 0o644)
  const journal = sqliteJournal(path)
  journal.open()
  journal.close()
  expect(modeOf(path)).toBe('600')
})

test('a directory in which others can write is refused', () => {
  for (const mode of [0o770, 0o707, 0o1777]) {
    const directory = join(scratchDirectory(), 'wide')
    mkdirSync(directory)
    chmodSync(directory, mode)
    expect(() => sqliteJournal(join(directory, 'journal.db')).open()).toThrow(refused(`mode ${mode.toString(8)}`))
    expect(readdirSync(directory)).toEqual([])
  }
})

test('a symbolic link is refused, of the file and of those beside it, and what it leads to is not touched', () => {
  for (const suffix of ['', '-wal', '-shm']) {
    const directory = scratchDirectory()
    const target = join(directory, 'precious')
    writeFileSync(target, 'precious', { mode: 0o644 })
    symlinkSync(target, join(directory, `journal.db${suffix}`))
    expect(() => sqliteJournal(join(directory, 'journal.db')).open()).toThrow(refused('a symbolic link'))
    expect(lstatSync(target).size).toBe(8)
    expect(modeOf(target)).toBe('644')
  }
})

test('a directory is no journal', () => {
  expect(() => sqliteJournal(scratchDirectory()).open()).toThrow(refused('a directory'))
})

const isRoot = process.geteuid?.() === 0
if (!isRoot) {
  console.warn('SKIP journals of other owners: only root can make them')
  if (process.env['REQUIRE_ALL'] === '1')
    test('journals of other owners are tested', () => expect.unreachable('not root'))
}

test.skipIf(!isRoot)('a file of somebody else is refused, and so is a directory', () => {
  const path = scratchFile('journal.db')
  opened(path).close()
  chownSync(path, 12345, 12345)
  expect(() => sqliteJournal(path).open()).toThrow(refused('one of uid 12345'))
  const directory = scratchDirectory()
  chownSync(directory, 12345, 12345)
  expect(() => sqliteJournal(join(directory, 'journal.db')).open()).toThrow(refused('one of uid 12345'))
})

test('a file that is no database, or another one, is refused and left as it is', () => {
  const text = scratchFile('journal.db')
  writeFileSync(text, 'not a database, but long enough to be taken for one: '.repeat(100))
  expect(() => sqliteJournal(text).open()).toThrow(expect.objectContaining({ code: 'ERR_JOURNAL_CORRUPT' }))
  const other = scratchFile('other.db')
  const db = new DatabaseSync(other)
  db.exec('CREATE TABLE events (seq INTEGER)')
  db.close()
  expect(() => sqliteJournal(other).open()).toThrow('another database')
})

test('a closed journal is one file, which any SQLite client can read', () => {
  const path = scratchFile('journal.db')
  opened(path).close()
  expect(readdirSync(join(path, '..'))).toEqual(['journal.db'])
  const db = new DatabaseSync(path, { readOnly: true })
  const columns = db
    .prepare('PRAGMA table_info(events)')
    .all()
    .map(({ name }) => name)
  expect(columns.join(' ')).toBe('seq stream revision at mono type v child incarnation cause caused_by data checksum')
  expect(db.prepare('SELECT seq, type FROM events').all().length).toBe(3)
  expect(Object.values(db.prepare('PRAGMA integrity_check').get() ?? {})).toEqual(['ok'])
  db.close()
})

test('loading SQLite warns nobody', () => {
  const script = `
    const { sqliteJournal } = await import(${JSON.stringify(new URL('../../../src/journals/sqlite-journal.ts', import.meta.url).href)})
    const emit = process.emitWarning
    const journal = sqliteJournal(process.argv[1])
    journal.open()
    journal.close()
    process.emitWarning('mine', 'MyWarning')
    console.log(process.emitWarning === emit)`
  const path = scratchFile('journal.db')
  const output = execFileSync(
    'sh',
    ['-c', 'exec "$@" 2>&1', 'sh', process.execPath, '--input-type=module', '-e', script, path],
    {
      encoding: 'utf8',
    },
  )
  expect(output).not.toContain('SQLite')
  expect(output).toContain('MyWarning: mine')
  expect(output).toContain('true')
})
