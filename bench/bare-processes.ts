import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { execa } from 'execa'

/** What every contender runs: it ends by itself, should a bench be killed before it has ended it. */
export const COMMAND = 'sleep'
export const ARGS: readonly string[] = ['300']

/** How a peer of brood starts a process. */
export type Launch = () => ChildProcess

/** What becomes of a child's output: read, as in brood's mode `lines`, or nothing, as in its mode `ignore`. */
export type Output = 'pipe' | 'ignore'

/** As brood does it: own group, nothing buffered, the same output; and nothing of its own behind it. */
export const launchExeca =
  (output: Output): Launch =>
  () => {
    const child = execa(COMMAND, [...ARGS], {
      buffer: false,
      reject: false,
      cleanup: false,
      detached: true,
      stdin: 'ignore',
      stdout: output,
      stderr: output,
    }).nodeChildProcess
    return keep(child)
  }

export const launchRaw =
  (output: Output): Launch =>
  () =>
    keep(spawn(COMMAND, ARGS, { detached: true, stdio: ['ignore', output, output] }))

const alive = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

function keep(child: ChildProcess): ChildProcess {
  alive.add(child)
  child.once('exit', () => alive.delete(child))
  // Nobody may block on a full pipe, in any contender.
  child.stdout?.resume()
  child.stderr?.resume()
  return child
}

/** Starts `count` of them at once and waits until the last has begun. */
export async function launchAll(launch: Launch, count: number): Promise<ChildProcess[]> {
  const children = Array.from({ length: count }, launch)
  await Promise.all(children.map((child) => once(child, 'spawn')))
  return children
}

/** SIGTERM to the group of each, then every `'exit'`: the least that a stop can be. */
export async function endAll(children: readonly ChildProcess[]): Promise<void> {
  const exits = children.map((child) => once(child, 'exit'))
  for (const { pid } of children) if (pid !== undefined) process.kill(-pid, 'SIGTERM')
  await Promise.all(exits)
}
