import type { ChildProcess } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import type { ProcessHost } from '../src/ports.ts'
import { ARGS, COMMAND, launchExeca, launchRaw, type Launch } from './bare-processes.ts'
import { createSupervisor } from './built.ts'
import { interleave } from './interleave.ts'
import { differences, figure, quotients, type Report } from './report.ts'
import { restless } from './simulated.ts'
import { medianOf } from './spread.ts'
import { watchedHost } from './watched-host.ts'

const ROUNDS = 6
const KILLS = 50
const REST_MS = 1

/** What follows a `kill -9`, in milliseconds from it. */
interface Crash {
  /** Its exit was told: `process.exited`, or Node's `'exit'`. */
  readonly exitMs: number
  /** The next process has begun: `process.spawned`, or Node's `'spawn'`. */
  readonly nextMs: number
}

/** Something that begins again whenever it is killed. Resolves when all that the crash has caused is over. */
interface Loop {
  crash(): Promise<Crash>
  end(): Promise<void>
}

/**
 * Nobody has pipes here: how long execa takes to end its streams before Node sees an exit is not what is measured.
 *
 * From a `kill -9` to the news of it and to the next life, without any backoff, against bare respawn loops.
 */
export async function crash(): Promise<Report> {
  const loops = { brood: await broodLoop(), execa: bareLoop(launchExeca('ignore')), raw: bareLoop(launchRaw('ignore')) }
  const rested = (loop: Loop) => async (): Promise<Crash> => {
    // The same rest for all: what runs right after another crash finds warm caches and a processor that is awake.
    await setTimeout(REST_MS)
    return loop.crash()
  }
  const brood: Crash[] = []
  const execa: Crash[] = []
  const raw: Crash[] = []
  for (let round = -1; round < ROUNDS; round++) {
    const crashes = await interleave(KILLS, {
      brood: rested(loops.brood),
      execa: rested(loops.execa),
      raw: rested(loops.raw),
    })
    // The first round measures the compiler.
    if (round === -1) continue
    brood.push(middleOf(crashes.brood))
    execa.push(middleOf(crashes.execa))
    raw.push(middleOf(crashes.raw))
  }
  for (const loop of Object.values(loops)) await loop.end()

  const exits = (crashes: readonly Crash[]): number[] => crashes.map(({ exitMs }) => exitMs * 1000)
  const nexts = (crashes: readonly Crash[]): number[] => crashes.map(({ nextMs }) => nextMs)
  return {
    figures: [
      figure('kill -9 to the next life: brood / execa loop', '', quotients(nexts(brood), nexts(execa)), {
        atMost: 1.3,
      }),
      figure('kill -9 to the next life: brood / child_process loop', '', quotients(nexts(brood), nexts(raw))),
      figure('kill -9 to the next life: brood', 'ms', nexts(brood)),
      figure('kill -9 to the next life: execa loop', 'ms', nexts(execa)),
      figure('kill -9 to the next life: child_process loop', 'ms', nexts(raw)),
      figure(`exit to subscriber: brood over bare 'exit'`, 'µs', differences(exits(brood), exits(raw)), {
        atMost: 150,
      }),
      figure(`exit to subscriber: brood over execa's 'exit'`, 'µs', differences(exits(brood), exits(execa))),
      figure('kill -9 to subscriber: brood', 'µs', exits(brood)),
      figure(`kill -9 to 'exit': child_process`, 'µs', exits(raw)),
      figure(`kill -9 to 'exit': execa`, 'µs', exits(execa)),
    ],
  }
}

function middleOf(crashes: readonly Crash[]): Crash {
  return {
    exitMs: medianOf(crashes.map(({ exitMs }) => exitMs)),
    nextMs: medianOf(crashes.map(({ nextMs }) => nextMs)),
  }
}

async function broodLoop(): Promise<Loop> {
  let killedAt = 0
  let exitMs = 0
  let nextMs = 0
  let pid = 0
  let waits = 0
  let over = Promise.withResolvers<void>()
  // The sweep of the dead life runs beside the next one: over before anybody else is measured.
  const host: ProcessHost = watchedHost((kind) => {
    if ((kind === 'spawned' || kind === 'swept') && --waits === 0) over.resolve()
  })
  const supervisor = createSupervisor({
    ports: { host },
    children: [{ id: 'loop', command: COMMAND, args: [...ARGS], stdio: 'ignore', restart: restless }],
  })
  supervisor.events$.subscribe((event) => {
    if (event.type === 'process.exited') exitMs = performance.now() - killedAt
    else if (event.type === 'process.spawned') {
      nextMs = performance.now() - killedAt
      pid = event.data.pid ?? 0
    }
  })
  await supervisor.start()
  return {
    async crash() {
      over = Promise.withResolvers()
      waits = 2
      killedAt = performance.now()
      process.kill(pid, 'SIGKILL')
      await over.promise
      return { exitMs, nextMs }
    },
    async end() {
      await supervisor.stop({ now: true })
    },
  }
}

function bareLoop(launch: Launch): Loop {
  let child = launch()
  const next = (): Promise<Crash> =>
    new Promise((resolve) => {
      const killedAt = performance.now()
      child.once('exit', () => {
        const exitMs = performance.now() - killedAt
        child = launch()
        child.once('spawn', () => resolve({ exitMs, nextMs: performance.now() - killedAt }))
      })
      kill(child)
    })
  return {
    crash: next,
    end: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        kill(child)
      }),
  }
}

function kill({ pid }: ChildProcess): void {
  if (pid === undefined) throw new Error('A process that never began')
  process.kill(pid, 'SIGKILL')
}
