import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isBroodError, readJournal, sqliteJournal, type RecordedEvent } from '../../src/index.ts'
import { journalWriter } from '../support/journal-writer.ts'
import { history } from '../support/journal-events.ts'
import { runs } from './support/runs.ts'

const COUNT = 400
const TURN = 20
const whole = history(1, COUNT)

/** What a host that was killed leaves: all of it in the write-ahead log, or half of it in the database already. */
type Scene = 'fresh' | 'half'
let directory: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'brood-damage-'))
  const paths = { fresh: join(directory, 'fresh', 'j'), half: join(directory, 'half', 'j') }
  const first = journalWriter(paths.half, COUNT / 2, TURN, 'close')
  await first.ended
  for (const path of [paths.fresh, paths.half]) {
    const writer = journalWriter(path, COUNT, TURN)
    await writer.said('done')
    await writer.kill()
  }
})
afterAll(() => rmSync(directory, { recursive: true }))

interface Damage {
  readonly scene: Scene
  readonly file: '' | '-wal'
  /** Where, as a part of the file's length. */
  readonly at: number
  readonly how:
    | { readonly kind: 'flip'; readonly bit: number }
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
    | { readonly kind: 'zeros'; readonly length: number }
}

const damage: fc.Arbitrary<Damage> = fc.record({
  scene: fc.constantFrom<Scene>('fresh', 'half'),
  file: fc.constantFrom<'' | '-wal'>('', '-wal'),
  // Not `fc.double`, which is uniform over what floats there are: most of those are next to nothing.
  at: fc.nat(999_999).map((millionth) => millionth / 1_000_000),
  how: fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('flip' as const), bit: fc.nat(7) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('bytes' as const),
        bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('zeros' as const), length: fc.integer({ min: 1, max: 8192 }) }),
    },
  ),
})

/** A damaged copy of a journal, for `look`; gives what that gives. */
async function damaged<T>(damages: readonly Damage[], look: (path: string) => Promise<T> | T): Promise<T> {
  const copy = mkdtempSync(join(tmpdir(), 'brood-damaged-'))
  const path = join(copy, 'j')
  try {
    for (const suffix of ['', '-wal'])
      copyFileSync(join(directory, damages[0]?.scene ?? 'fresh', `j${suffix}`), path + suffix)
    for (const { file, at, how } of damages) {
      const content = readFileSync(path + file)
      const place = Math.floor(at * content.length)
      if (how.kind === 'flip') content[place] = (content[place] ?? 0) ^ (1 << how.bit)
      else if (how.kind === 'bytes') content.set(how.bytes.slice(0, content.length - place), place)
      else content.fill(0, place, Math.min(place + how.length, content.length))
      writeFileSync(path + file, content)
    }
    return await look(path)
  } finally {
    rmSync(copy, { recursive: true })
  }
}

interface Reading {
  readonly events: readonly RecordedEvent[]
  readonly told?: boolean
  readonly refused?: unknown
}

async function readAll(path: string): Promise<Reading> {
  const events: RecordedEvent[] = []
  try {
    for await (const event of readJournal(path)) events.push(event)
    return { events }
  } catch (refused) {
    return { events, refused }
  }
}

function openAll(path: string): Reading {
  const journal = sqliteJournal(path)
  try {
    const { seq, dropped } = journal.open()
    const events = journal.read(1, Infinity)
    expect(events.at(-1)?.seq ?? 0).toBe(seq)
    return { events, told: dropped !== undefined }
  } catch (refused) {
    return { events: [], refused }
  } finally {
    journal.close()
  }
}

/** Whether it can be written on, too; if it says so, it was. */
async function goOn(path: string, before: readonly RecordedEvent[]): Promise<void> {
  const journal = sqliteJournal(path)
  const next = history(before.length + 1, before.length + TURN)
  try {
    journal.open()
    journal.append(next)
    journal.commit()
  } catch {
    return
  } finally {
    journal.close()
  }
  const { events, refused } = await readAll(path)
  expect(refused, String(refused)).toSatisfy(isRefusal)
  if (refused === undefined) expect(events).toEqual([...before, ...next])
}

const isRefusal = (error: unknown): boolean => error === undefined || isBroodError(error, 'ERR_JOURNAL_CORRUPT')

const scenes = fc.array(damage, { minLength: 1, maxLength: 3 })

test('what a damaged journal gives is what was recorded, up to a tail that is told, or it is refused', async () => {
  const seen = { whole: 0, tail: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(scenes, (damages) =>
      damaged(damages, async (path) => {
        const read = await readAll(path)
        expect(read.events).toEqual(whole.slice(0, read.events.length))
        expect(read.refused, String(read.refused)).toSatisfy(isRefusal)
        const opened = openAll(path)
        expect(opened.events).toEqual(whole.slice(0, opened.events.length))
        expect(opened.refused, String(opened.refused)).toSatisfy(isRefusal)
        if (opened.refused !== undefined) seen.refused++
        else if (opened.events.length === COUNT) seen.whole++
        else {
          seen.tail++
          expect(opened.told).toBe(true)
        }
        if (opened.refused === undefined) await goOn(path, opened.events)
      }),
    ),
    { numRuns: runs(300) },
  )
  // Otherwise nothing was tried.
  expect(Object.values(seen).every((count) => count > 0)).toBe(true)
})

test('what a torn file gives ends with a whole turn, or what is missing is told, or it is refused', async () => {
  const torn = fc.record({
    scene: fc.constantFrom<Scene>('fresh', 'half'),
    file: damage.map(({ file }) => file),
    length: fc.nat(),
  })
  await fc.assert(
    fc.asyncProperty(torn, ({ scene, file, length }) =>
      damaged([{ scene, file, at: 0, how: { kind: 'zeros', length: 0 } }], async (path) => {
        const { size } = statSync(path + file)
        truncateSync(path + file, length % size)
        const read = await readAll(path)
        expect(read.events).toEqual(whole.slice(0, read.events.length))
        expect(read.refused, String(read.refused)).toSatisfy(isRefusal)
        const { events, told, refused } = openAll(path)
        expect(refused, String(refused)).toSatisfy(isRefusal)
        expect(events).toEqual(whole.slice(0, events.length))
        if (refused === undefined) expect(told === true || events.length % TURN === 0).toBe(true)
      }),
    ),
    { numRuns: runs(150) },
  )
})

test('without the checksum wrong data gets through', async () => {
  let wrong = 0
  await fc.assert(
    fc.asyncProperty(damage, (one) =>
      damaged([{ ...one, scene: 'half', file: '', how: { kind: 'flip', bit: 1 } }], (path) => {
        rmSync(`${path}-wal`)
        const db = new DatabaseSync(path)
        try {
          const rows = db.prepare('SELECT data FROM events ORDER BY seq').all()
          const isTrue = rows.every(({ data }, index) => data === JSON.stringify(whole[index]?.data))
          if (!isTrue) wrong++
        } catch {
          // SQLite has noticed.
        } finally {
          db.close()
        }
      }),
    ),
    { numRuns: 100 },
  )
  expect(wrong).toBeGreaterThan(0)
})
