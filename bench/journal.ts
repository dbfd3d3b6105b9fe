import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Journal, RecordedEvent } from '../src/index.ts'
import { writeBare } from './bare-sqlite.ts'
import { createSupervisor, memoryJournal, readJournal, replay, sqliteJournal } from './built.ts'
import { settled } from './heap.ts'
import { interleave } from './interleave.ts'
import { differences, figure, quotients, type Report } from './report.ts'
import { simulate } from './simulated.ts'

const ROUNDS = 3
const CHILDREN = 100
/** Each child ends a simulated millisecond after its beginning, and begins again at once: seven events. */
const MILLISECONDS = 60
const STARTS = 20

/** What a durable journal costs, and how fast it is read again. */
export async function durable(): Promise<Report> {
  const directory = mkdtempSync(join(tmpdir(), 'brood-bench-'))
  let count = 0
  const fresh = (): string => join(directory, `${count++}.db`)
  try {
    await recording(sqliteJournal(fresh()))
    const kept = fresh()
    await recording(sqliteJournal(kept))
    const batches = await batchesOf(memoryJournal({ retain: Infinity }))
    const { recorded, remembered, bare, read, folded } = await interleave(ROUNDS, {
      recorded: settled(() => recording(sqliteJournal(fresh()))),
      remembered: settled(() => recording(memoryJournal({ retain: Infinity }))),
      bare: settled(() => timed(async () => writeBare(fresh(), batches))),
      read: settled(() => reading(kept)),
      folded: settled(() => foldingFile(kept)),
    })
    const { inFile, inMemory } = await interleave(ROUNDS, {
      inFile: () => starting(() => sqliteJournal(fresh())),
      inMemory: () => starting(memoryJournal),
    })
    const { bytes, events } = await sizeOf(kept)
    return {
      figures: [
        figure('recorded events, simulated host', '/s', rates(recorded, 'wall'), { atLeast: 25_000 }),
        figure('the same, of processor time', '/s', rates(recorded, 'processor')),
        figure('the same, journal in memory', '/s', rates(remembered, 'processor')),
        figure('bare node:sqlite, the same events and commits', '/s', rates(bare, 'processor')),
        figure('the file / bare node:sqlite, processor time', '', shares(recorded, remembered, bare)),
        figure('one real start in turn, added by the file', 'ms', differences(inFile, inMemory), { atMost: 1 }),
        figure(`events read with readJournal, of ${events}`, '/s', rates(read, 'wall'), { atLeast: 80_000 }),
        figure('the same, of processor time', '/s', rates(read, 'processor')),
        figure('events read and replayed', '/s', rates(folded, 'wall')),
        figure('the same, of processor time', '/s', rates(folded, 'processor')),
        figure('bytes of the file per event', 'B', [bytes / events]),
      ],
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

interface Rate {
  readonly wall: number
  readonly processor: number
}

const rates = (measured: readonly Rate[], of: keyof Rate): number[] => measured.map((rate) => rate[of])

async function timed(work: () => Promise<number>): Promise<Rate> {
  const busy = process.cpuUsage()
  const began = performance.now()
  const events = await work()
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(busy)
  return { wall: events / seconds, processor: events / ((user + system) / 1e6) }
}

/** What the file adds to each event, in units of what bare `node:sqlite` needs for the same. */
function shares(recorded: readonly Rate[], remembered: readonly Rate[], bare: readonly Rate[]): number[] {
  const costs = (measured: readonly Rate[]): number[] => measured.map(({ processor }) => 1 / processor)
  return quotients(differences(costs(recorded), costs(remembered)), costs(bare))
}

/** Whole turns of crashing children, one commit each. */
async function recording(journal: Journal): Promise<Rate> {
  const simulation = simulate({ exitsAfterMs: 1 }, 'events$', { journal })
  simulation.add(CHILDREN)
  await simulation.start()
  const from = journal.last
  const rate = await timed(async () => {
    await simulation.world.advance(MILLISECONDS)
    return journal.last - from
  })
  await simulation.stop()
  return rate
}

/** What such a journal is given, commit by commit. */
async function batchesOf(journal: Journal): Promise<readonly (readonly RecordedEvent[])[]> {
  const batches: (readonly RecordedEvent[])[] = []
  let from = 1
  const watched: Journal = Object.create(journal, {
    commit: {
      value: () => {
        journal.commit()
        if (journal.last < from) return
        batches.push(journal.read(from, Infinity))
        from = journal.last + 1
      },
    },
  })
  await recording(watched)
  return batches
}

const reading = (path: string): Promise<Rate> =>
  timed(async () => {
    let events = 0
    for await (const { seq } of readJournal(path)) if (seq > 0) events++
    return events
  })

async function readAll(path: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  for await (const event of readJournal(path)) events.push(event)
  return events
}

const foldingFile = (path: string): Promise<Rate> =>
  timed(async () => {
    const events = await readAll(path)
    const { state } = replay(events)
    if (state !== 'stopped') throw new Error(`Expected the log of a stopped supervisor, got ${state}`)
    return events.length
  })

/** Milliseconds per start of a real process, until it runs; the median of several is that of the caller. */
async function starting(make: () => ReturnType<typeof memoryJournal>): Promise<number> {
  const supervisor = createSupervisor({ journal: make() })
  await supervisor.start()
  const times: number[] = []
  for (let index = 0; index < STARTS; index++) {
    const began = performance.now()
    await supervisor.add({ id: `c${index}`, command: 'sleep', args: ['1000'], stdio: 'ignore' }).when('running')
    times.push(performance.now() - began)
  }
  await supervisor.stop({ now: true })
  return times.toSorted((a, b) => a - b)[STARTS >> 1] ?? Number.NaN
}

async function sizeOf(path: string): Promise<{ readonly bytes: number; readonly events: number }> {
  const { length } = await readAll(path)
  return { bytes: statSync(path).size, events: length }
}
