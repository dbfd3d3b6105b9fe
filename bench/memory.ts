import { memoryJournal } from './built.ts'
import { livingBytes } from './heap.ts'
import { figure, type Figure, type Report } from './report.ts'
import { simulate, type Audience } from './simulated.ts'

const CHILDREN = 10_000
const ROUNDS = 2

/** Living bytes per idle simulated child: of the supervisor, of the simulated host, and of the journal in memory. */
export async function memory(): Promise<Report> {
  // What is loaded or compiled once belongs to nobody.
  await idle('both', 100)
  const figures: Figure[] = []
  for (const audience of ['nobody', 'both'] as const) {
    const rounds: Idle[] = []
    for (let round = 0; round < ROUNDS; round++) rounds.push(await idle(audience, CHILDREN))
    figures.push(
      figure(
        `heap per idle child, ${audience}`,
        'bytes',
        rounds.map((round) => round.perChild),
        { atMost: 8 * 1024 },
      ),
    )
    if (audience === 'nobody') {
      figures.push(
        figure(
          'of that, its events in the journal',
          'bytes',
          rounds.map((round) => round.journalPerChild),
        ),
        figure(
          'heap of a memory journal per event',
          'bytes',
          rounds.map((round) => round.perEvent),
        ),
      )
    }
  }
  return { figures }
}

interface Idle {
  readonly perChild: number
  readonly journalPerChild: number
  readonly perEvent: number
}

async function idle(audience: Audience, count: number): Promise<Idle> {
  const before = await livingBytes()
  const run = await running(audience, count)
  const during = await livingBytes()
  const kept = await run.end()
  const after = await livingBytes()
  const events = kept.journal.last - kept.journal.first + 1
  kept.forget()
  const journalBytes = after - (await livingBytes())
  return {
    perChild: (during - before) / count,
    journalPerChild: (journalBytes / events) * (run.events / count),
    perEvent: journalBytes / events,
  }
}

interface Journal {
  readonly first: number
  readonly last: number
}

interface Running {
  readonly events: number
  /** Stops everything and keeps the journal alone, until that is forgotten as well. */
  end(): Promise<{ readonly journal: Journal; forget(): void }>
}

async function running(audience: Audience, count: number): Promise<Running> {
  const held: { journal: ReturnType<typeof memoryJournal> } = { journal: memoryJournal({ retain: Infinity }) }
  let simulation: ReturnType<typeof simulate> | undefined = simulate({}, audience, { journal: held.journal })
  simulation.add(count)
  await simulation.start()
  return {
    events: held.journal.last,
    async end() {
      await simulation?.stop()
      simulation = undefined
      const { first, last } = held.journal
      return {
        journal: { first, last },
        forget() {
          held.journal = memoryJournal()
        },
      }
    },
  }
}
