import { memoryJournal, replay } from './built.ts'
import { settled } from './heap.ts'
import { interleave } from './interleave.ts'
import { figure, type Report } from './report.ts'
import { simulate } from './simulated.ts'

const ROUNDS = 5

/** Folding a log that is in memory: 2 000 children born, run and stopped; and one child that crashes for ever. */
export async function log(): Promise<Report> {
  const wide = await recorded(2_000, undefined)
  const long = await recorded(10, 250)
  const { many, one } = await interleave(ROUNDS, {
    many: settled(() => folding(wide)),
    one: settled(() => folding(long)),
  })
  return {
    figures: [
      figure(`replay of ${wide.length} events, 2 000 children`, '/s of processor time', many),
      figure(`replay of ${long.length} events, 10 children that crash`, '/s of processor time', one),
    ],
  }
}

type Events = ReturnType<ReturnType<typeof memoryJournal>['read']>

async function recorded(children: number, crashes: number | undefined): Promise<Events> {
  const journal = memoryJournal({ retain: Infinity })
  const simulation = simulate(crashes === undefined ? {} : { exitsAfterMs: 1 }, 'nobody', { journal })
  simulation.add(children)
  await simulation.start()
  if (crashes !== undefined) await simulation.world.advance(crashes)
  await simulation.stop()
  return journal.read(1, Infinity)
}

async function folding(events: Events): Promise<number> {
  const busy = process.cpuUsage()
  const { state } = replay(events)
  const { user, system } = process.cpuUsage(busy)
  if (state !== 'stopped') throw new Error(`Expected the log of a stopped supervisor, got ${state}`)
  return events.length / ((user + system) / 1e6)
}
