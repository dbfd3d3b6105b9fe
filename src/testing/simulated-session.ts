import type { Clock, LifeOwner, ProcessLife, ProcessSession, SpawnRequest } from '../ports.ts'
import type { Behaviour } from './behaviour.ts'
import type { ProgramBook } from './program-book.ts'
import type { Pulse } from './pulse.ts'
import { createSimulatedAdoption } from './simulated-adoption.ts'
import type { SimulatedKernel } from './simulated-kernel.ts'
import { createRawStreams } from './simulated-output.ts'
import { targetsOf } from './simulated-process.ts'
import type { SimulatedLife, SimulatedProcess } from './simulated-process.ts'
import { spawnFailed } from './spawn-failure.ts'
import type { WorldCalls } from './world-calls.ts'

/** What a session is made with. */
export interface SimulatedSessionOptions {
  readonly owner: LifeOwner
  readonly bootId: string
  /** The host's, as its clock is: what it asks for when it is dead comes to nothing. */
  readonly pulse: Pulse
  readonly clock: Clock
  readonly kernel: SimulatedKernel
  /** The host's forks under way. */
  readonly forks: Set<() => void>
  readonly book: ProgramBook
  readonly calls: { -readonly [K in keyof WorldCalls]: WorldCalls[K] }
  readonly forbid: (problem: string) => never
}

/** One tree's use of the simulated host. It watches over its user: two lives at a time in one stream are forbidden. */
export function createSimulatedSession(options: SimulatedSessionOptions): ProcessSession {
  const { clock, kernel, book, calls, forbid, forks, pulse } = options
  const unended = new Map<string, SimulatedLife>()

  function begin(life: SimulatedLife, command: string, behaviour: Behaviour): void {
    const leader = kernel.table.create(life, command, behaviour)
    if (leader === undefined) {
      unended.delete(life.key.stream)
      life.observe(spawnFailed(command, 'EAGAIN'))
      return
    }
    life.leader = leader
    life.stage = 'alive'
    kernel.run(leader)
    const identity = kernel.identityOf(leader)
    life.observe({ kind: 'spawned', pid: leader.pid, identity, spawnMs: behaviour.spawnMs ?? 0 })
  }

  const deliver = (process: SimulatedProcess, signal: NodeJS.Signals): void => {
    kernel.deliver(process, signal)
    // A stopped process acts on no SIGTERM before it is continued.
    if (signal === 'SIGTERM' && process.ending === undefined) kernel.deliver(process, 'SIGCONT')
  }

  const handle = (life: SimulatedLife): ProcessLife => ({
    ...life.streams,
    signal(signal, to, done) {
      if (!pulse.beats) return
      calls.signals += 1
      const targets = targetsOf(life, to)
      if (signal !== 0) for (const process of targets) deliver(process, signal)
      // A leader that died in this turn is a zombie until its exit is observed, and signals to zombies are delivered. To
      // a tree nobody is but the living.
      const isZombie = life.stage === 'alive' && life.keeper === life.parent
      done(targets.length > 0 || (to !== 'tree' && isZombie))
    },
    survivors(done) {
      if (!pulse.beats) return
      calls.surveys += 1
      const seen = life.living.filter((process) => process.pgid === life.leader?.pid || process.found)
      done(seen.map(kernel.identityOf))
    },
  })

  let open = true
  const listens = (): boolean => open && pulse.beats
  const adopt = createSimulatedAdoption({ ...options, unended, handle })

  return {
    adopt: (request, observe) => adopt(request, (observation) => void (open && observe(observation))),
    spawn(request, observe) {
      const life = createLife(request, observe, listens, options, unended)
      if (!pulse.beats) return handle(life)
      calls.spawns += 1
      const { stream, incarnation } = life.key
      const other = unended.get(stream)
      if (other !== undefined) {
        forbid(`Life ${incarnation} of ${stream} was spawned before life ${other.key.incarnation} was seen to end`)
      }
      const answer = book.answer(request)
      if (answer.kind === 'fails') {
        // Node tells most failures by an event, after spawn() returned.
        clock.nextTurn(() => life.observe(answer.observation))
        return handle(life)
      }
      const { behaviour } = answer
      unended.set(stream, life)
      if ((behaviour.spawnMs ?? 0) === 0) begin(life, request.command, behaviour)
      else {
        const fork = (): void => {
          if (forks.delete(fork)) begin(life, request.command, behaviour)
        }
        forks.add(fork)
        clock.arm(behaviour.spawnMs ?? 0, fork)
      }
      return handle(life)
    },
    close() {
      open = false
    },
  }
}

function createLife(
  request: SpawnRequest,
  observe: SimulatedLife['observe'],
  listens: () => boolean,
  { owner, pulse }: Pick<SimulatedSessionOptions, 'owner' | 'pulse'>,
  unended: Map<string, SimulatedLife>,
): SimulatedLife {
  // Not the request itself: arguments and environments of ten thousand processes would be kept for nothing.
  return {
    key: request.life,
    owner,
    lifetime: request.lifetime,
    stdout: request.stdout,
    stderr: request.stderr,
    drainMs: request.drainMs,
    parent: pulse,
    keeper: pulse,
    graceMs: request.killTimeoutMs,
    observe(observation) {
      if (listens()) observe(observation)
    },
    unended,
    streams: createRawStreams(request),
    leader: undefined,
    living: [],
    stage: 'spawning',
    output: 'open',
    uncut: undefined,
    awaited: false,
  }
}
