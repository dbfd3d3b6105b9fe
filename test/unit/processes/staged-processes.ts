import { createReaper, type Reaped } from '../../../src/actors/reaper.ts'
import { createProcesses, type Processes, type ProcessesOptions } from '../../../src/processes/processes.ts'
import type { ProcessHost } from '../../../src/ports.ts'
import { createWorld, type Behaviour, type World, type WorldOptions } from '../../../src/testing/index.ts'
import { stageKernel, type StagedKernel } from '../os/staged-kernel.ts'

export interface StagedProcesses extends Processes {
  readonly world: World
  readonly kernel: StagedKernel
  readonly warnings: readonly string[]
  /** The sessions that are open. */
  readonly open: () => number
  readonly exits: () => Promise<readonly Reaped[]>
}

/** Processes on a simulated host and a kernel on paper, in virtual time. */
export function stageProcesses(
  programs: Readonly<Record<string, Behaviour>> = {},
  rest: Partial<ProcessesOptions> = {},
  options: WorldOptions = {},
): StagedProcesses {
  const world = createWorld(options)
  for (const [command, behaviour] of Object.entries(programs)) world.program(command, behaviour)
  const { clock, random, host } = world.ports
  const kernel = stageKernel()
  const reaper = createReaper(clock)
  const warnings: string[] = []
  let sessions = 0
  const counting: ProcessHost = {
    ...host,
    open(tree) {
      sessions++
      const session = host.open(tree)
      return { ...session, close: () => void sessions-- }
    },
  }
  const processes = createProcesses({
    clock,
    random,
    reaper,
    host: () => counting,
    kernel: () => kernel,
    forget: (request, observe) => void host.open({ treeId: 'forgotten', report: () => {} }).spawn(request, observe),
    warn: (message) => warnings.push(message),
    ...rest,
  })
  return {
    ...processes,
    world,
    kernel,
    warnings,
    open: () => sessions,
    async exits() {
      const exits: Reaped[] = []
      for await (const exit of reaper.read({ live: false })) if ('pid' in exit) exits.push(exit)
      return exits
    },
  }
}

/** A promise that can be looked at without waiting for it. */
export interface Followed<T> {
  readonly state: 'pending' | 'resolved' | 'rejected'
  readonly value?: T
  readonly error?: unknown
}

export function follow<T>(promise: Promise<T>): Followed<T> {
  const followed: { state: Followed<T>['state']; value?: T; error?: unknown } = { state: 'pending' }
  promise.then(
    (value) => Object.assign(followed, { state: 'resolved', value }),
    (error: unknown) => Object.assign(followed, { state: 'rejected', error }),
  )
  return followed
}
