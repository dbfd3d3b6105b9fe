import { readStat } from '../../../src/os/process-table.ts'
import type { LifeObservation, ProcessLife, ProcessSession, SpawnRequest } from '../../../src/ports.ts'

export type Kind = LifeObservation['kind']
export type Observed<K extends Kind> = Extract<LifeObservation, { kind: K }>

/** A life and what was observed of it, with handshakes instead of waiting times. */
export interface WatchedLife {
  readonly life: ProcessLife
  readonly seen: readonly LifeObservation[]
  /** The first observation of this kind, seen already or yet to come. */
  until<K extends Kind>(kind: K): Promise<Observed<K>>
  /** The first line that matches, seen already or yet to come. */
  line(pattern: RegExp): Promise<RegExpExecArray>
  signal(signal: NodeJS.Signals | 0, to?: 'process' | 'group'): Promise<boolean>
  survivors(): Promise<readonly number[]>
}

let incarnation = 0

export function launch(
  session: ProcessSession,
  request: Partial<SpawnRequest> & Pick<SpawnRequest, 'command'>,
  onObservation: (observation: LifeObservation) => void = () => {},
): WatchedLife {
  const seen: LifeObservation[] = []
  const waiters = new Set<() => void>()
  const life = session.spawn(
    {
      life: { stream: '/test', incarnation: ++incarnation },
      args: [],
      env: {},
      envMode: 'merge',
      shell: false,
      stdin: 'ignore',
      stdout: 'lines',
      stderr: 'lines',
      lifetime: 'attached',
      killTimeoutMs: 5000,
      drainMs: 200,
      ...request,
    },
    (observation) => {
      seen.push(observation)
      onObservation(observation)
      for (const check of waiters) check()
    },
  )
  const wait = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const check = (): void => {
        const found = find()
        if (found === undefined) return
        waiters.delete(check)
        resolve(found)
      }
      waiters.add(check)
      check()
    })
  return {
    life,
    seen,
    until: <K extends Kind>(kind: K) =>
      wait(() => seen.find((observation): observation is Observed<K> => observation.kind === kind)),
    line: (pattern) =>
      wait(() => {
        for (const observation of seen) {
          const match = observation.kind === 'line' ? pattern.exec(observation.text) : null
          if (match !== null) return match
        }
        return undefined
      }),
    signal: (signal, to = 'group') => new Promise((resolve) => life.signal(signal, to, resolve)),
    survivors: () =>
      new Promise((resolve) => life.survivors((survivors) => resolve(survivors.map((survivor) => survivor.pid)))),
  }
}

export const sh = (script: string) => ({ command: 'sh', args: ['-c', script] })

/** Lines of one life, in order. */
export const linesOf = (watched: WatchedLife, source: 'stdout' | 'stderr' = 'stdout'): string[] =>
  watched.seen.flatMap((each) => (each.kind === 'line' && each.source === source ? [each.text] : []))

export const kindsOf = (watched: WatchedLife): Kind[] => watched.seen.map((each) => each.kind)

/** Whether a process runs: a zombie does not. */
export function isRunning(pid: number): boolean {
  const stat = readStat(pid)
  return stat !== null && !stat.dead
}

/** Resolves when the process `pid`, signalled by somebody else, runs no more. */
export async function untilEnded(pid: number): Promise<void> {
  while (isRunning(pid)) await new Promise((resolve) => setImmediate(resolve))
}
