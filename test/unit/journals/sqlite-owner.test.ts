import { spawn } from 'node:child_process'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { metaWriter, readMeta, type Owner } from '../../../src/journals/sqlite/meta.ts'
import { isOwnerAlive, thisOwner } from '../../../src/journals/sqlite/owner.ts'
import { sqliteJournal } from '../../../src/journals/sqlite-journal.ts'
import { readStat } from '../../../src/os/process-table.ts'
import type { Journal } from '../../../src/ports.ts'
import { history } from '../../support/journal-events.ts'
import { scratchFile } from '../../integration/support/scratch.ts'

const locked = expect.objectContaining({ code: 'ERR_JOURNAL_LOCKED' })
const hasProc = readStat(process.pid) !== null

/** A journal with three events that somebody has open, or had. */
function owned(path: string, change: (owner: Owner) => Owner): Journal {
  const journal = sqliteJournal(path)
  onTestFinished(() => journal.close())
  journal.open()
  journal.append(history(1, 3))
  journal.commit()
  const db = new DatabaseSync(path)
  const meta = readMeta(db)
  if (meta.owner === null) throw new Error('Nobody owns an open journal')
  metaWriter(db)({ ...meta, owner: change(meta.owner) }, meta.epoch)
  db.close()
  return journal
}

function taken(path: string): Journal {
  const journal = sqliteJournal(path)
  onTestFinished(() => journal.close())
  journal.open()
  return journal
}

test('two journals of one process on one file: the second is refused, and told who has it', () => {
  const path = scratchFile('journal.db')
  owned(path, (owner) => owner)
  expect(() => sqliteJournal(path).open()).toThrow(locked)
  expect(() => sqliteJournal(path).open()).toThrow('belongs to this very process')
})

test('a living owner keeps it', async () => {
  const path = scratchFile('journal.db')
  const other = spawn('sleep', ['1000'])
  onTestFinished(() => void other.kill('SIGKILL'))
  const pid = other.pid ?? 0
  const startTicks = readStat(pid)?.startTicks ?? null
  owned(path, (owner) => ({ ...owner, pid, startTicks }))
  expect(() => sqliteJournal(path).open()).toThrow(`belongs to process ${pid}, which is alive`)
})

test.skipIf(!hasProc)('an owner whose number has been given to another process is dead', () => {
  const path = scratchFile('journal.db')
  owned(path, (owner) => ({ ...owner, startTicks: (owner.startTicks ?? 0) - 1 }))
  expect(taken(path).last).toBe(3)
})

test.skipIf(!hasProc)('an owner of another boot is dead, whoever has its number', () => {
  const path = scratchFile('journal.db')
  owned(path, (owner) => ({ ...owner, bootId: '00000000-0000-0000-0000-000000000000' }))
  expect(taken(path).last).toBe(3)
})

test('without /proc an owner is its number, but for a process that is younger than its claim', () => {
  const bare = { ...thisOwner(), bootId: null, startTicks: null }
  expect(isOwnerAlive(bare)).toBe(true)
  expect(isOwnerAlive({ ...bare, claimedAt: performance.timeOrigin - 1 })).toBe(false)
  expect(isOwnerAlive({ ...bare, pid: process.ppid })).toBe(true)
  expect(isOwnerAlive({ ...bare, pid: 2 ** 22 + 1 })).toBe(false)
})

test('an owner that was taken for dead can never write again, and what it tried is not there', () => {
  const path = scratchFile('journal.db')
  const stale = owned(path, (owner) => ({ ...owner, startTicks: -1, bootId: 'another' }))
  const fresh = taken(path)
  for (let time = 0; time < 2; time++) {
    stale.append(history(4, 6))
    expect(() => stale.commit()).toThrow(locked)
    expect(stale.last).toBe(3)
  }
  fresh.append(history(4, 4))
  fresh.commit()
  stale.append(history(4, 4))
  expect(() => stale.commit()).toThrow(`was taken over by process ${process.pid}`)
  stale.close()
  expect(fresh.read(1, 10)).toEqual(history(1, 4))
  // Nor has the stale one given away what is not its own any more.
  expect(() => sqliteJournal(path).open()).toThrow(locked)
})

test('without the epoch a stale owner would write', () => {
  const path = scratchFile('journal.db')
  const stale = owned(path, (owner) => ({ ...owner, startTicks: -1, bootId: 'another' }))
  taken(path)
  const db = new DatabaseSync(path)
  const meta = readMeta(db)
  metaWriter(db)({ ...meta, epoch: meta.epoch - 1 }, meta.epoch)
  db.close()
  stale.append(history(4, 4))
  stale.commit()
  expect(stale.last).toBe(4)
})

test('closing lets go: twice is once, and the next one has it', () => {
  const path = scratchFile('journal.db')
  const first = taken(path)
  first.close()
  first.close()
  const second = taken(path)
  first.close()
  expect(() => sqliteJournal(path).open()).toThrow(locked)
  second.close()
  taken(path)
})
