import { memoryJournal } from './built.ts'
import { settled } from './heap.ts'
import { interleave } from './interleave.ts'
import { figure, type Report } from './report.ts'
import { audiences, simulate, type Audience } from './simulated.ts'

const CHILDREN = 100
/** Each child ends a simulated millisecond after its beginning, and begins again at once: seven events. */
const MILLISECONDS = 60
const ROUNDS = 5

interface Rate {
  /** Per second by the clock on the wall, which other work on the machine slows down. */
  readonly wall: number
  /** Per second of processor time, the collector's threads included. */
  readonly processor: number
}

/** Recorded events per second through whole turns: journal, actors, effects, publishing; the simulated host included. */
export async function throughput(): Promise<Report> {
  await crashing('both')
  const measured = await interleave(
    ROUNDS,
    Object.fromEntries(audiences.map((audience) => [audience, settled(() => crashing(audience))])) as Record<
      Audience,
      () => Promise<Rate>
    >,
  )
  return {
    figures: audiences.flatMap((audience) => [
      figure(
        `recorded events, ${audience}`,
        '/s',
        measured[audience].map(({ wall }) => wall),
        { atLeast: 50_000 },
      ),
      figure(
        `recorded events, ${audience}, of processor time`,
        '/s',
        measured[audience].map(({ processor }) => processor),
      ),
    ]),
  }
}

async function crashing(audience: Audience): Promise<Rate> {
  const journal = memoryJournal()
  const simulation = simulate({ exitsAfterMs: 1 }, audience, { journal })
  simulation.add(CHILDREN)
  await simulation.start()
  const from = journal.last
  const busy = process.cpuUsage()
  const began = performance.now()
  await simulation.world.advance(MILLISECONDS)
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(busy)
  const events = journal.last - from
  await simulation.stop()
  return { wall: events / seconds, processor: events / ((user + system) / 1e6) }
}
