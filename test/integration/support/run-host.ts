import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { isAlive } from './processes.ts'
import { until } from './until.ts'
import { fixture } from './zoo.ts'

/** Most of a host's short life would be the compiling of what all hosts import. */
const compileCache = fileURLToPath(new URL('../../../node_modules/.cache/brood-hosts', import.meta.url))

/** What a host fixture says: one JSON object a line, told apart by `kind`. */
export type Told = Readonly<Record<string, unknown>> & { readonly kind: string }

/** A host program of `test/fixtures/hosts` at work. */
export interface RunningHost {
  readonly pid: number
  readonly told: readonly Told[]
  readonly stderr: () => string
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** Resolves when all that it ever said is in `told`: after its end. */
  readonly silent: Promise<void>
  /** The first thing of this kind that it says, said already or yet to come. */
  hears(kind: string): Promise<Told>
  signal(signal: NodeJS.Signals): void
  /** Sends SIGKILL, and resolves when it is dead and reaped. */
  killed(): Promise<void>
}

export interface HostOptions {
  /** Shell words before the program, such as `ulimit -n 64;`. */
  readonly before?: string
  readonly env?: NodeJS.ProcessEnv
}

/** Starts a host with a plan, as JSON. It is killed, if need be, when the test is over; its children are the test's to look after. */
export function runHost(name: string, plan: unknown = {}, { before = '', env }: HostOptions = {}): RunningHost {
  const program = fixture(`hosts/${name}.ts`)
  const host = spawn('sh', ['-c', `${before} exec "$@"`, 'sh', process.execPath, program, JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache, ...env },
  })
  const told: Told[] = []
  const noise: string[] = []
  const lines = createInterface({ input: host.stdout }).on('line', (line) => {
    if (line.startsWith('{')) told.push(JSON.parse(line))
  })
  const silent = new Promise<void>((resolve) => lines.once('close', resolve))
  host.stderr.setEncoding('utf8').on('data', (text: string) => noise.push(text))
  // `exit`, not `close`: a child that outlives its host may hold the host's stderr.
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    host.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const stderr = (): string => noise.join('')
  const killed = async (): Promise<void> => {
    host.kill('SIGKILL')
    await exited
  }
  onTestFinished(killed)
  return {
    pid: host.pid ?? -1,
    told,
    stderr,
    exited,
    silent,
    async hears(kind) {
      const heard = await until(
        () => `host ${name} says ${kind}; it said: ${JSON.stringify(told)} ${stderr()}`,
        () => told.find((each) => each.kind === kind) ?? (host.stdout.closed && 'nothing'),
      )
      if (heard === 'nothing') throw new Error(`The host ${name} ended without saying ${kind}: ${stderr()}`)
      return heard
    },
    signal: (signal) => void host.kill(signal),
    killed,
  }
}

/** The pids that a host has named in what it told. */
export function pidsIn(told: Told): readonly number[] {
  const { pids } = told
  if (!Array.isArray(pids)) throw new Error(`No pids in ${JSON.stringify(told)}`)
  return pids.map(Number)
}

/** Resolves when none of them is alive. */
export async function allDead(pids: readonly number[]): Promise<void> {
  await until(`all of ${pids.join(' ')} are dead`, () => !pids.some(isAlive))
}
