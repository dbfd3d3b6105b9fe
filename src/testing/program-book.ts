import type { SpawnRequest } from '../ports.ts'
import type { Behaviour, Program } from './behaviour.ts'
import { spawnFailed } from './spawn-failure.ts'
import type { SpawnFailed } from './spawn-failure.ts'

/** What a spawn comes to: a program, or the reason why there is none. */
export type SpawnAnswer =
  | { readonly kind: 'runs'; readonly behaviour: Behaviour }
  | { readonly kind: 'fails'; readonly observation: SpawnFailed }

/** The programs a world knows, and the spawns that will fail whatever they ask for. */
export interface ProgramBook {
  program(command: string, program: Program): void
  fail(code: string, times: number): void
  answer(request: SpawnRequest): SpawnAnswer
}

const anyCommand = '*'

/** An empty book: every command is missing. */
export function createProgramBook(): ProgramBook {
  const programs = new Map<string, Program>()
  const spawned = new Map<string, number>()
  const failures: Array<{ readonly code: string; left: number }> = []

  function nextFailure(): string | undefined {
    const [failure] = failures
    if (failure === undefined) return undefined
    failure.left -= 1
    if (failure.left === 0) failures.shift()
    return failure.code
  }

  return {
    program(command, program) {
      programs.set(command, program)
    },

    fail(code, times) {
      if (!(Number.isInteger(times) || times === Infinity) || times < 0) {
        throw new RangeError(`Expected \`times\` to be an integer >= 0, got ${times}`)
      }
      if (times > 0) failures.push({ code, left: times })
    },

    answer({ command, life }) {
      const failure = nextFailure()
      if (failure !== undefined) return { kind: 'fails', observation: spawnFailed(command, failure) }
      const program = programs.get(command) ?? programs.get(anyCommand)
      if (program === undefined) return { kind: 'fails', observation: spawnFailed(command, 'ENOENT') }
      const n = (spawned.get(command) ?? 0) + 1
      spawned.set(command, n)
      return { kind: 'runs', behaviour: typeof program === 'function' ? program(life, n) : program }
    },
  }
}
