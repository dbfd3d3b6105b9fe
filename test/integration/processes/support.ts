import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { createReaper } from '../../../src/actors/reaper.ts'
import type { ProcessIdentity } from '../../../src/events/identity.ts'
import { nodeHost } from '../../../src/os/node-host.ts'
import { systemClock } from '../../../src/os/system-clock.ts'
import { systemRandom } from '../../../src/os/system-random.ts'
import { createProcesses } from '../../../src/processes/processes.ts'
import { isAlive } from '../support/processes.ts'
import { scratchFile } from '../support/scratch.ts'
import { until } from '../support/until.ts'

export const reaper = createReaper(systemClock)

/** As a program would have them: on this machine, in real time. */
export const processes = createProcesses({ host: nodeHost, clock: systemClock, random: systemRandom, reaper })

export const sh = (script: string) => ({ command: 'sh', args: ['-c', script] })

/** Who has this number; killed when the test is over, whoever started it. */
export async function identified(pid: number): Promise<ProcessIdentity> {
  const identity = await processes.identify(pid)
  if (identity === undefined) throw new Error(`There is no process ${pid}`)
  onTestFinished(async () => {
    if ((await processes.identify(pid))?.startTicks === identity.startTicks) process.kill(pid, 'SIGKILL')
  })
  return identity
}

export interface Started {
  readonly root: ProcessIdentity
  /** The pids that it printed, in order. */
  readonly pids: readonly number[]
}

/**
 * Starts a shell script by Node alone, in a session of its own, and waits until it has printed `count`
 * lines `pid N`.
 */
export async function startScript(script: string, count: number): Promise<Started> {
  const child = spawn('sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  const numbers = (): number[] => lines.flatMap((line) => (line.startsWith('pid ') ? [Number(line.slice(4))] : []))
  await until(`${count} pids are printed, of ${script}`, () => numbers().length >= count)
  const pids = numbers()
  for (const pid of pids) await identified(pid)
  const root = await identified(child.pid ?? -1)
  return { root, pids }
}

/** The first number in a file that somebody is about to write. */
export const numberIn = (file: string): Promise<number> =>
  until(
    `there is a number in ${file}`,
    () => existsSync(file) && (Number.parseInt(readFileSync(file, 'utf8'), 10) || false),
  )

/** Starts a process that is nobody's child here: its parent has ended, and a system that cares has adopted it. */
export async function startForeign(script: string): Promise<ProcessIdentity> {
  const file = scratchFile()
  execFileSync('sh', ['-c', `(setsid sh -c 'echo $$ > ${file}; ${script}' > /dev/null 2>&1 &)`])
  return identified(await numberIn(file))
}

/** Who of them runs; zombies do not. */
export const aliveOf = (pids: readonly number[]): readonly number[] => pids.filter(isAlive)

/** A root with one child, which has two, each of which has two more, like DCP's `delay --child-spec 1,2,2`. */
export const treeOfEight = (setup = '') => `
  grand='${setup} echo pid $$; sleep 300 & echo pid $!; sleep 300 & echo pid $!; wait; wait'
  export grand
  setsid sh -c '${setup} echo pid $$; setsid sh -c "$grand" & setsid sh -c "$grand" & wait; wait; wait' &
  ${setup} echo pid $$
  wait; wait`
