import { readdirSync } from 'node:fs'
import type { ProcessHost } from '../src/ports.ts'
import type { World } from '../src/testing/index.ts'
import { createSupervisor, createWorld, memoryJournal } from './built.ts'
import { livingBytes } from './heap.ts'
import { figure, type Figure, type Report } from './report.ts'
import { restless, simulate } from './simulated.ts'
import { watchedHost } from './watched-host.ts'

const SIMULATED = 10_000
const REAL = 1_000
const STRETCHES = 3
/** Real lives before the first is counted: V8 is still collecting what it knows of the code for a while. */
const WARM_UP = 2_000
/** Small, so that the journal is as full at the end of the warm-up as it will ever be. */
const RETAIN = 200
/** More lives than the reaper remembers exits, the journal events, and the compiler functions it has not compiled. */
const REMEMBERED = 11_000

/** What a restart must not leave behind. */
interface Held {
  readonly heapBytes: number
  readonly listeners: number
  readonly descriptors: number
  readonly resources: number
}

/** What was held before the first stretch of restarts, and after each. */
type Growth = readonly Held[]

/** Restarts of one child, thousands of them, after which everything is as it was. */
export async function restarts(): Promise<Report> {
  const simulated = await simulatedRestarts()
  const real = await realRestarts()
  return {
    figures: [...figures(`${SIMULATED} simulated restarts`, simulated), ...figures(`${REAL} real restarts`, real)],
  }
}

function figures(name: string, growth: Growth): Figure[] {
  const grown = (what: keyof Held): number[] =>
    growth.slice(1).map((after, stretch) => after[what] - (growth[stretch]?.[what] ?? Number.NaN))
  return [
    // A few optimised functions' worth; one forgotten closure per restart would be ten times that.
    figure(`${name}: heap grown by`, 'bytes', grown('heapBytes'), { atMost: 128 * 1024 }),
    figure(`${name}: listeners of the process`, 'more', grown('listeners'), { atMost: 0 }),
    figure(`${name}: open descriptors`, 'more', grown('descriptors'), { atMost: 0 }),
    figure(`${name}: active handles and timers`, 'more', grown('resources'), { atMost: 0 }),
  ]
}

async function simulatedRestarts(): Promise<Growth> {
  const simulation = simulate({ exitsAfterMs: 1 }, 'both', { journal: memoryJournal({ retain: RETAIN }) })
  simulation.add(1)
  await simulation.start()
  await simulation.world.advance(REMEMBERED)
  const growth = [await held()]
  for (let stretch = 0; stretch < STRETCHES; stretch++) {
    await simulation.world.advance(SIMULATED)
    growth.push(await held())
  }
  await simulation.stop()
  return growth
}

/** `true` ends at once by itself: as many lives as the machine can start, with their output, groups, sweeps and guard. */
async function realRestarts(): Promise<Growth> {
  const { host, world, quiet, turnReal } = filledHost()
  const lives = { left: 0 }
  let parked = Promise.withResolvers<void>()
  const supervisor = createSupervisor({ journal: memoryJournal({ retain: RETAIN }), ports: { host } })
  const child = supervisor.add({
    id: 'loop',
    command: 'true',
    restart: {
      ...restless,
      // Here the loop is held while it is measured: nothing of it runs then.
      onUnexpectedExit() {
        if (--lives.left > 0) return true
        parked.resolve()
        return false
      },
    },
  })
  const live = async (count: number, begin: () => unknown): Promise<Held> => {
    lives.left = count
    parked = Promise.withResolvers()
    begin()
    await parked.promise
    await child.when('stopped')
    await quiet()
    return held()
  }
  const simulated = live(REMEMBERED, () => supervisor.start())
  while (lives.left > 0) await world.advance(1)
  await world.advance(1)
  await simulated
  turnReal()
  const growth = [await live(WARM_UP, () => child.restart())]
  for (let stretch = 0; stretch < STRETCHES; stretch++) growth.push(await live(REAL, () => child.restart()))
  await supervisor.stop()
  return growth
}

/**
 * The real host, behind a simulated one until `turnReal`: the reaper remembers 10 000 exits, and until it does, every
 * life leaves something behind that is no leak. Simulated lives fill it in a second.
 */
function filledHost(): {
  readonly host: ProcessHost
  readonly world: World
  readonly quiet: () => Promise<void>
  readonly turnReal: () => void
} {
  const world = createWorld()
  world.program('*', { exitsAfterMs: 1 })
  let unswept = 0
  let swept = Promise.withResolvers<void>()
  const real = watchedHost((kind) => {
    if (kind === 'spawned') unswept++
    else if (kind === 'swept' && --unswept === 0) swept.resolve()
  })
  let isReal = false
  return {
    world,
    turnReal() {
      isReal = true
    },
    async quiet() {
      swept = Promise.withResolvers()
      if (unswept > 0) await swept.promise
    },
    host: {
      ...real,
      open(tree) {
        const sessions = { real: real.open(tree), simulated: world.ports.host.open(tree) }
        return {
          spawn: (request, observe) => (isReal ? sessions.real : sessions.simulated).spawn(request, observe),
          adopt: (request, observe) => (isReal ? sessions.real : sessions.simulated).adopt(request, observe),
          close() {
            sessions.real.close()
            sessions.simulated.close()
          },
        }
      },
    },
  }
}

async function held(): Promise<Held> {
  const heapBytes = await livingBytes()
  return {
    heapBytes,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    descriptors: readdirSync('/proc/self/fd').length,
    resources: process.getActiveResourcesInfo().length,
  }
}
