import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSupervisor, createWorld, recoverSupervisor, sqliteJournal } from './built.ts'
import { figure, type Report } from './report.ts'
import { restless } from './simulated.ts'

const ROUNDS = 3
const CHILDREN = 1_000
const EVENTS = 100_000

/** A host that has recorded 100 000 events of 1 000 children ends, and the next one takes over. */
export async function recovery(): Promise<Report> {
  const directory = mkdtempSync(join(tmpdir(), 'brood-bench-'))
  try {
    const taken: number[] = []
    for (let round = 0; round < ROUNDS; round++) taken.push(await recovering(join(directory, `${round}.db`)))
    return {
      figures: [
        figure(`recovery of ${CHILDREN} children from ${EVENTS} events in a file`, 'ms', taken, { atMost: 2_000 }),
      ],
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

async function recovering(path: string): Promise<number> {
  const world = createWorld()
  world.program('*', { exitsAfterMs: 1 })
  const children = Array.from({ length: CHILDREN }, (_, index) => ({
    id: `c${index}`,
    command: 'program',
    stdio: 'ignore' as const,
    restart: restless,
  }))
  const journal = sqliteJournal(path)
  const supervisor = createSupervisor({ ports: world.ports, journal, children })
  const written = { seq: 0 }
  supervisor.events$.subscribe(({ seq }) => {
    written.seq = seq
  })
  const started = supervisor.start()
  await world.advance(0)
  await started
  while (written.seq < EVENTS) await world.advance(1)
  world.crash()
  journal.close()

  const began = performance.now()
  const recovered = recoverSupervisor({ ports: world.ports, journal: sqliteJournal(path), children })
  const racing = { isOver: false }
  const again = recovered.finally(() => {
    racing.isOver = true
  })
  // Virtual time passes as fast as it can.
  while (!racing.isOver) await world.advance(1)
  const taken = performance.now() - began
  await Promise.all([(await again).stop({ now: true }), world.advance(10_000)])
  return taken
}
