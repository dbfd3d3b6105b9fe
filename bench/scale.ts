import { settled } from './heap.ts'
import { interleave } from './interleave.ts'
import { figure, quotients, type Figure, type Report } from './report.ts'
import { audiences, simulate, type Audience } from './simulated.ts'
import { medianOf } from './spread.ts'

const FEW = 1_000
const MANY = 10_000
const ROUNDS = 3

interface Cost {
  readonly addMs: number
  readonly startMs: number
  readonly stopMs: number
}

/** Adding, running and stopping 10 000 simulated children against the cost of 1 000, whoever listens. */
export async function scale(): Promise<Report> {
  await lifeOf(FEW, 'both')
  const figures: Figure[] = []
  for (const audience of audiences) {
    const { few, many } = await interleave(ROUNDS, {
      // The middle of some: a run of 1 000 is over within one hiccup of the machine.
      few: () =>
        middle(
          5,
          settled(() => lifeOf(FEW, audience)),
        ),
      many: settled(() => lifeOf(MANY, audience)),
    })
    const all = (costs: readonly Cost[]): number[] =>
      costs.map(({ addMs, startMs, stopMs }) => addMs + startMs + stopMs)
    figures.push(
      figure(`10 000 children / 1 000, ${audience}`, '', quotients(all(many), all(few)), { atMost: 12 }),
      figure(`add, per child, ${audience}`, 'µs', each(many, 'addMs')),
      figure(`start, per child, ${audience}`, 'µs', each(many, 'startMs')),
      figure(`stop, per child, ${audience}`, 'µs', each(many, 'stopMs')),
    )
  }
  return { figures }
}

const each = (costs: readonly Cost[], part: keyof Cost): number[] => costs.map((cost) => (cost[part] * 1000) / MANY)

async function lifeOf(count: number, audience: Audience): Promise<Cost> {
  const simulation = simulate({}, audience)
  const began = performance.now()
  simulation.add(count)
  const added = performance.now()
  await simulation.start()
  const started = performance.now()
  await simulation.stop()
  return { addMs: added - began, startMs: started - added, stopMs: performance.now() - started }
}

async function middle(times: number, measure: () => Promise<Cost>): Promise<Cost> {
  const costs: Cost[] = []
  for (let time = 0; time < times; time++) costs.push(await measure())
  const of = (part: keyof Cost): number => medianOf(costs.map((cost) => cost[part]))
  return { addMs: of('addMs'), startMs: of('startMs'), stopMs: of('stopMs') }
}
